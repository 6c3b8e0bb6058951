import { statSync } from 'node:fs';

/** File systems stamp files with the time of the last timer tick, up to this much ago. */
const CLOCK_GRAIN_MS = 10;

/**
 * What files looked like at one moment, to tell later whether one of them moved: events of the file system
 * come late, come once for two writes, or not at all, but size, time and inode do not lie.
 */
export class Snapshot {
  readonly #signatures: Map<string, string | undefined> = new Map();
  readonly #takenAt: number = Date.now();

  constructor(paths: Iterable<string>) {
    for (const path of paths) this.#signatures.set(path, signature(path)?.text);
  }

  /**
   * Takes in files that were learned of only now, though they were read since the snapshot was taken. One that
   * was written in between counts as moved: which of its contents was read cannot be known.
   */
  include(paths: Iterable<string>): void {
    for (const path of paths) {
      if (this.#signatures.has(path)) continue;
      const now = signature(path);
      const written = now !== undefined && now.changedMs >= this.#takenAt - CLOCK_GRAIN_MS;
      this.#signatures.set(path, written ? 'written since' : now?.text);
    }
  }

  /** Whether any of the files is not as it was, or is there or gone where it was not. */
  moved(): boolean {
    for (const [path, before] of this.#signatures) {
      if (signature(path)?.text !== before) return true;
    }
    return false;
  }
}

/** `undefined` also for a path that can lead to no file, such as one below a file or with too long a name. */
function signature(path: string): { text: string; changedMs: number } | undefined {
  try {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    return {
      text: `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`,
      changedMs: Number(stat.ctimeMs),
    };
  } catch {
    return undefined;
  }
}
