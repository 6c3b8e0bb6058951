import { readFileSync, statSync } from 'node:fs';

/** A file that goes into an image, with the bytes it had when it was read. */
export interface Input {
  /** As NASM names it; {@link openPath} tells where it is. */
  path: string;
  bytes: Buffer;
}

/** The bytes of a regular file of at most `limit` bytes; `undefined` for anything else (devices never end). */
export function readInput(file: string, limit: number): Buffer | undefined {
  try {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined || !stat.isFile() || stat.size > limit) return undefined;
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
