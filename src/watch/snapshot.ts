import { readFileSync } from 'node:fs';
import { CLOCK_GRAIN_MS, type FileSignature, fileSignature, sameSignature } from '../file-signature.ts';

/** Tells what a file looks like. */
export type Look = (path: string) => FileSignature | undefined;

/** What a file looked like. */
interface Seen {
  signature: FileSignature | undefined;
  /** What was in it, while its signature could still be that of another content too. */
  bytes: Buffer | undefined;
}

/** Of a larger file that was just written the signature must do. */
const READ_LIMIT = 2 ** 20;

/**
 * What files looked like at one moment, to tell later whether one of them moved: events of the file system
 * come late, come once for two writes, or not at all, but size, time and inode do not lie. Only within the
 * grain of the time stamps they may: a file that was written just before is known by its content as well.
 */
export class Snapshot {
  readonly #files: Map<string, Seen> = new Map();
  readonly #takenAt: number = Date.now();

  /** @param look for several snapshots of one moment: {@link lookOnce} */
  constructor(paths: Iterable<string>, look: Look = fileSignature) {
    for (const path of paths) {
      const signature = look(path);
      this.#files.set(path, { signature, bytes: this.#isFresh(signature) ? readSmall(path) : undefined });
    }
  }

  /**
   * Takes in files that were learned of only now, though they were read since the snapshot was taken. One that
   * was written in between counts as moved: which of its contents was read cannot be known.
   */
  include(paths: Iterable<string>): void {
    for (const path of paths) {
      if (this.#files.has(path)) continue;
      const now = fileSignature(path);
      this.#files.set(path, { signature: this.#isFresh(now) ? NEVER : now, bytes: undefined });
    }
  }

  /** Whether any of the files is not as it was, or is there or gone where it was not. */
  moved(look: Look = fileSignature): boolean {
    for (const [path, seen] of this.#files) {
      const signature = look(path);
      if (!sameSignature(signature, seen.signature)) return true;
      if (seen.bytes === undefined) continue;
      // Asked for before the content is read: a write in between is younger, and shows the next time.
      const isSettled = signature === undefined || signature[3] < Date.now() - CLOCK_GRAIN_MS;
      if (readSmall(path)?.equals(seen.bytes) !== true) return true;
      if (isSettled) seen.bytes = undefined;
    }
    return false;
  }

  /** Whether it could be written once more and look the same. */
  #isFresh(signature: FileSignature | undefined): boolean {
    return signature !== undefined && signature[3] >= this.#takenAt - CLOCK_GRAIN_MS;
  }
}

/** Looks at each file once, however often it is asked: what many snapshots share costs as much as in one. */
export function lookOnce(): Look {
  const seen = new Map<string, FileSignature | undefined>();
  return (path) => {
    if (seen.has(path)) return seen.get(path);
    const signature = fileSignature(path);
    seen.set(path, signature);
    return signature;
  };
}

/** What no file looks like. */
const NEVER: FileSignature = [-1, -1, -1, -1];

/** `undefined` for one that is too large, or cannot be read. */
function readSmall(path: string): Buffer | undefined {
  const size = fileSignature(path)?.[1] ?? 0;
  if (size > READ_LIMIT) return undefined;
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
