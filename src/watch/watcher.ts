import { basename, join } from 'node:path';
import type { FSWatcher } from 'chokidar';
import { GuestkitError } from '../errors.ts';
import { placesOf } from './places.ts';

/** What a watcher tells its owner. */
export interface WatchEvents {
  /**
   * Something moved at these paths; whether a file is another one now is for a `Snapshot` to say. It comes
   * before the watcher does anything itself: whoever saved a file waits for the answer.
   * @param namesMoved names came or went, so that {@link Watcher.watch} has to be called again
   */
  touched(paths: ReadonlySet<string>, namesMoved: boolean): void;
  /** The system refuses to watch a folder. */
  refused(error: GuestkitError): void;
}

/** One folder under watch. */
interface Watched {
  watcher: FSWatcher;
  /** Resolves when changes in it are seen. */
  ready: Promise<void>;
}

/**
 * Tells when something moves in the folders of a set of files.
 *
 * It watches folders, not files: editors save by renaming a new file over the old one, which a watch on the
 * old file never sees, and an include that is missing has no file yet. A missing folder is waited for in the
 * nearest one above that exists.
 *
 * Only chokidar's raw events count. It holds back a second change within 50 ms and a second removal within
 * 100 ms of the first, and can lose a file that is replaced twice in a moment.
 */
export class Watcher {
  readonly #open: (folder: string) => FSWatcher;
  readonly #events: WatchEvents;
  readonly #folders: Map<string, Watched> = new Map();
  /** Where watched files really are, which is what events name, and what they are watched as. */
  #aliases: ReadonlyMap<string, readonly string[]> = new Map();
  #following: Promise<boolean> = Promise.resolve(false);
  #touched: Set<string> = new Set();
  #namesMoved = false;
  #closed = false;

  private constructor(open: (folder: string) => FSWatcher, events: WatchEvents) {
    this.#open = open;
    this.#events = events;
  }

  /** Begins to watch nothing yet; see {@link watch}. */
  static async open(events: WatchEvents): Promise<Watcher> {
    const { FSWatcher } = await import('chokidar');
    /** chokidar reads the folder anew at each event, all of its files: 10 ms for a thousand, while someone waits. */
    class EventWatcher extends FSWatcher {
      override _readdirp(): undefined {
        return undefined;
      }
    }
    return new Watcher((folder) => {
      // The files in it need no watch of their own.
      const options = { ignoreInitial: true, depth: 0, ignored: (path: string) => path !== folder };
      return new EventWatcher(options).add(folder);
    }, events);
  }

  /**
   * Makes these the files and folders watched from now on; absolute paths. Resolves when changes to them are
   * seen: whether there are folders among them whose changes were not seen before.
   */
  watch(files: ReadonlySet<string>, folders: ReadonlySet<string>): Promise<boolean> {
    this.#following = this.#following.then(() => this.#follow(files, folders));
    return this.#following;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(Array.from(this.#folders.values(), ({ watcher }) => watcher.close()));
  }

  /** Once more when some folders came or went meanwhile. */
  async #follow(files: ReadonlySet<string>, folders: ReadonlySet<string>): Promise<boolean> {
    let anyNew = false;
    for (;;) {
      const { wanted, aliases } = placesOf(files, folders);
      this.#aliases = aliases;
      for (const [folder, { watcher }] of this.#folders) {
        if (wanted.has(folder)) continue;
        this.#folders.delete(folder);
        void watcher.close();
      }
      const isSettled = [...wanted].every((folder) => this.#folders.has(folder));
      if (this.#closed) return anyNew;
      await Promise.all(Array.from(wanted, (folder) => this.#add(folder)));
      if (isSettled) return anyNew;
      anyNew = true;
    }
  }

  #add(folder: string): Promise<void> {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known.ready;
    const watcher = this.#open(folder);
    const ready = new Promise<void>((resolve) => {
      watcher.on('ready', resolve);
      watcher.on('error', (cause) => {
        this.#events.refused(watchError(folder, cause));
        resolve();
      });
    });
    watcher.on('raw', (event, name) => this.#moved(folder, event, name));
    this.#folders.set(folder, { watcher, ready });
    return ready;
  }

  #moved(folder: string, event: string, name: string | null): void {
    if (event === 'rename') {
      this.#namesMoved = true;
      // So the system names the folder itself when it goes away: another may be in its place already.
      if (name === basename(folder)) this.#leave(folder);
    }
    // A save is several events: they are answered together.
    if (this.#touched.size === 0) setImmediate(() => this.#tell());
    this.#touch(folder);
    if (name !== null) this.#touch(join(folder, name));
  }

  #touch(path: string): void {
    this.#touched.add(path);
    for (const alias of this.#aliases.get(path) ?? []) this.#touched.add(alias);
  }

  /** Ends the watch on a folder, and on those in it, which went with it and say nothing of that. */
  #leave(folder: string): void {
    for (const [path, { watcher }] of this.#folders) {
      if (path !== folder && !path.startsWith(`${folder}/`)) continue;
      this.#folders.delete(path);
      void watcher.close();
    }
  }

  #tell(): void {
    const [touched, namesMoved] = [this.#touched, this.#namesMoved];
    this.#touched = new Set();
    this.#namesMoved = false;
    if (!this.#closed) this.#events.touched(touched, namesMoved);
  }
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
