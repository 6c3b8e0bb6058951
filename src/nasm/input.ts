import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** A file that goes into an image, with the bytes it had when it was read. */
export interface Input {
  /** As NASM names it; {@link openPath} tells where it is. */
  path: string;
  bytes: Buffer;
}

/** Opening a pipe does not wait for a writer, and a terminal does not become this process's. */
const OPEN = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** The bytes of a regular file of at most `limit` bytes; `undefined` for anything else (devices never end). */
export function readInput(file: string, limit: number): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, OPEN);
    const stat = fstatSync(descriptor);
    return stat.isFile() && stat.size <= limit ? readBytes(descriptor, stat.size) : undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** The first `size` bytes of a file, fewer where it ends before. */
export function readBytes(descriptor: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  while (at < size) {
    const count = readSync(descriptor, bytes, at, size - at, at);
    if (count === 0) break;
    at += count;
  }
  return bytes.subarray(0, at);
}
