import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { FSWatcher } from 'chokidar';
import { GuestkitError } from '../errors.ts';

/**
 * Tells when one of a set of files appears, changes or goes away.
 *
 * It watches folders, not files: editors save by renaming a new file over the old one, which a watch on the
 * old file never sees, and an include that is missing has no file yet. A missing folder is waited for in the
 * nearest one above that exists.
 */
export class Watcher {
  readonly #watch: WatchFolder;
  readonly #onChange: (path: string) => void;
  readonly #onError: (error: GuestkitError) => void;
  /** One for each folder: chokidar says `ready` for the first folders of a watcher only. */
  readonly #folders: Map<string, FSWatcher> = new Map();
  #paths: ReadonlySet<string> = new Set();

  private constructor(
    watch: WatchFolder,
    onChange: (path: string) => void,
    onError: (error: GuestkitError) => void,
  ) {
    this.#watch = watch;
    this.#onChange = onChange;
    this.#onError = onError;
  }

  /**
   * Begins to watch nothing yet; see {@link watch}.
   * @param onChange called with the path of a watched file that is not as it was
   * @param onError called when the system refuses to watch a folder
   */
  static async open(
    onChange: (path: string) => void,
    onError: (error: GuestkitError) => void,
  ): Promise<Watcher> {
    const chokidar = await import('chokidar');
    return new Watcher(chokidar.watch, onChange, onError);
  }

  /** Makes `paths`, absolute, the files watched from now on. Resolves when changes to them are seen. */
  async watch(paths: ReadonlySet<string>): Promise<void> {
    this.#paths = paths;
    const wanted = new Set(Array.from(paths, nearestFolder));
    for (const [folder, watcher] of this.#folders) {
      if (wanted.has(folder)) continue;
      this.#folders.delete(folder);
      void watcher.close();
    }
    await Promise.all(Array.from(wanted, (folder) => this.#add(folder)));
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#folders.values(), (watcher) => watcher.close()));
  }

  #add(folder: string): Promise<void> | undefined {
    if (this.#folders.has(folder)) return undefined;
    // No `awaitWriteFinish` and no `atomic`: they hold every event back for 50 ms and more.
    const watcher = this.#watch(folder, { ignoreInitial: true, depth: 0, atomic: false });
    this.#folders.set(folder, watcher);
    return new Promise((resolve) => {
      watcher.on('all', (event, path) => this.#changed(event, path));
      watcher.on('error', (cause) => {
        this.#onError(watchError(folder, cause));
        resolve();
      });
      watcher.on('ready', resolve);
    });
  }

  #changed(event: string, path: string): void {
    if (this.#paths.has(path)) this.#onChange(path);
    if (event === 'unlinkDir' || event === 'addDir') void this.#foldersMoved(event, path);
  }

  /** A folder went away, or one came that watched files may lie in: the nearest folders are others now. */
  async #foldersMoved(event: string, folder: string): Promise<void> {
    if (event === 'unlinkDir') {
      void this.#folders.get(folder)?.close();
      this.#folders.delete(folder);
    }
    const below = [...this.#paths].filter((path) => path.startsWith(`${folder}/`));
    if (below.length === 0) return;
    await this.watch(this.#paths);
    // Files may have come before the folder was watched.
    for (const path of below) {
      if (event === 'unlinkDir' || existsSync(path)) this.#onChange(path);
    }
  }
}

/** chokidar's own entry. */
type WatchFolder = typeof import('chokidar').watch;

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
