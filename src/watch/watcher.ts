import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { FSWatcher } from 'chokidar';
import { GuestkitError } from '../errors.ts';

/** chokidar's own entry. */
type WatchFolder = typeof import('chokidar').watch;

/** One folder under watch. */
interface Watched {
  watcher: FSWatcher;
  /** Resolves when changes in it are seen. */
  ready: Promise<void>;
}

/**
 * Tells when something moves near one of a set of files; whether a file is another one now is for a
 * `Snapshot` to say.
 *
 * It watches folders, not files: editors save by renaming a new file over the old one, which a watch on the
 * old file never sees, and an include that is missing has no file yet. A missing folder is waited for in the
 * nearest one above that exists.
 *
 * Only chokidar's raw events count. It holds back a second change within 50 ms and a second removal within
 * 100 ms of the first, and can lose a file that is replaced twice in a moment.
 */
export class Watcher {
  readonly #watchFolder: WatchFolder;
  readonly #onChange: () => void;
  readonly #onError: (error: GuestkitError) => void;
  readonly #folders: Map<string, Watched> = new Map();
  #paths: ReadonlySet<string> = new Set();
  #woken = false;
  #closed = false;

  private constructor(
    watchFolder: WatchFolder,
    onChange: () => void,
    onError: (error: GuestkitError) => void,
  ) {
    this.#watchFolder = watchFolder;
    this.#onChange = onChange;
    this.#onError = onError;
  }

  /**
   * Begins to watch nothing yet; see {@link watch}.
   * @param onChange called when a watched file may have changed, appeared or gone
   * @param onError called when the system refuses to watch a folder
   */
  static async open(onChange: () => void, onError: (error: GuestkitError) => void): Promise<Watcher> {
    const chokidar = await import('chokidar');
    return new Watcher(chokidar.watch, onChange, onError);
  }

  /** Makes `paths`, absolute, the files watched from now on. Resolves when changes to them are seen. */
  async watch(paths: ReadonlySet<string>): Promise<void> {
    this.#paths = paths;
    await this.#follow();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(Array.from(this.#folders.values(), ({ watcher }) => watcher.close()));
  }

  /** Watches the folders that the paths lie in now; once more when some came or went meanwhile. */
  async #follow(): Promise<void> {
    for (let wanted = foldersOf(this.#paths); !this.#closed; wanted = foldersOf(this.#paths)) {
      for (const [folder, { watcher }] of this.#folders) {
        if (wanted.has(folder)) continue;
        this.#folders.delete(folder);
        void watcher.close();
      }
      const settled = [...wanted].every((folder) => this.#folders.has(folder));
      await Promise.all(Array.from(wanted, (folder) => this.#add(folder)));
      if (settled) return;
    }
  }

  #add(folder: string): Promise<void> {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known.ready;
    const watcher = this.#watchFolder(folder, {
      ignoreInitial: true,
      depth: 0,
      // The files in it need no watch of their own.
      ignored: (path) => path !== folder,
    });
    const ready = new Promise<void>((resolve) => {
      watcher.on('ready', resolve);
      watcher.on('error', (cause) => {
        this.#onError(watchError(folder, cause));
        resolve();
      });
    });
    watcher.on('raw', (event, name) => this.#moved(folder, event, name));
    this.#folders.set(folder, { watcher, ready });
    return ready;
  }

  #moved(folder: string, event: string, name: string): void {
    if (event === 'rename' && name === basename(folder)) {
      // So the system names the folder itself when it goes away: another may be in its place already.
      void this.#folders.get(folder)?.watcher.close();
      this.#folders.delete(folder);
    }
    if (this.#woken) return;
    this.#woken = true;
    // A save is several events: they are answered together.
    setImmediate(() => void this.#wake());
  }

  async #wake(): Promise<void> {
    this.#woken = false;
    await this.#follow();
    if (!this.#closed) this.#onChange();
  }
}

/** The nearest folders that exist; of a symbolic link the folder of what it leads to, too. */
function foldersOf(paths: Iterable<string>): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    folders.add(nearestFolder(path));
    try {
      folders.add(dirname(realpathSync(path)));
    } catch {
      // It leads nowhere now.
    }
  }
  return folders;
}

function nearestFolder(path: string): string {
  let folder = dirname(path);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

function watchError(folder: string, cause: unknown): GuestkitError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new GuestkitError('file', `cannot watch ${folder}: ${reason}`, {
    hint: reason.includes('ENOSPC')
      ? 'The system has no watches left; raise the limit: sudo sysctl fs.inotify.max_user_watches=524288.'
      : undefined,
    cause,
  });
}
