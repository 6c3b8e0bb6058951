import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { GuestkitError } from '../errors.ts';

/** The name of an errno such as ENOENT, where `error` came from a system call. */
export function errorName(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A failed `action` on `path` as a GuestkitError: "cannot read asm/x.golden: EACCES: permission denied". */
export function fileError(action: string, path: string, cause: unknown): GuestkitError {
  const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split(', ');
  return new GuestkitError('file', `cannot ${action} ${path}: ${reason}`, { cause });
}

/**
 * Reads a regular file of at most `limit` bytes; `undefined` when there is none.
 * Folders, pipes, devices and larger files are refused with code `file`; none of them can block the host.
 */
export function readRegularFile(path: string, limit: number): Uint8Array | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errorName(error) === 'ENOENT') return undefined;
    throw fileError('read', path, error);
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) {
      const kind = status.isDirectory() ? 'a folder' : 'not a regular file';
      throw new GuestkitError('file', `cannot read ${path}: it is ${kind}`);
    }
    if (status.size > limit) {
      const size = `${status.size} bytes`;
      throw new GuestkitError('file', `cannot read ${path}: it has ${size}, and at most ${limit} are read`);
    }
    return readFileSync(descriptor);
  } catch (error) {
    throw error instanceof GuestkitError ? error : fileError('read', path, error);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Writes a file so that a reader, and a crash in the middle, sees the old content or the new, never a part:
 * the bytes go into a temporary file of the same folder, which then takes the name over. An existing
 * file keeps its mode, and a symbolic link stays one. A pipe or device is never replaced.
 * Fails with code `file`, leaving nothing behind.
 */
export function replaceFile(path: string, bytes: Uint8Array): void {
  let temporary: string | undefined;
  try {
    const { target, mode } = existing(path);
    const unique = `${process.pid}-${Math.random().toString(36).slice(2)}`;
    const name = join(dirname(target), `.guestkit-${unique}.tmp`);
    const descriptor = openSync(name, 'wx');
    temporary = name;
    try {
      writeFileSync(descriptor, bytes);
    } finally {
      closeSync(descriptor);
    }
    if (mode !== undefined) chmodSync(name, mode);
    renameSync(name, target);
    temporary = undefined;
  } catch (error) {
    throw error instanceof GuestkitError ? error : fileError('write', path, error);
  } finally {
    if (temporary !== undefined) rmSync(temporary, { force: true });
  }
}

function existing(path: string): { target: string; mode: number | undefined } {
  try {
    const target = realpathSync(path);
    const status = statSync(target);
    // A folder is refused by the rename; anything else would be lost to it.
    if (!status.isFile() && !status.isDirectory()) {
      throw new GuestkitError('file', `cannot write ${path}: it is not a regular file`);
    }
    return { target, mode: status.mode & 0o7777 };
  } catch (error) {
    if (errorName(error) !== 'ENOENT') throw error;
    return { target: path, mode: undefined };
  }
}
