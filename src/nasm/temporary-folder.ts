import { mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GuestkitError } from '../errors.ts';

/**
 * Calls `work` with a new folder that is gone when it is done.
 * @throws GuestkitError `file` when the system's place for such folders cannot be written
 */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = make();
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function make(): string {
  const { tmpdir } = process.getBuiltinModule('node:os');
  const parent = resolve(tmpdir());
  try {
    return mkdtempSync(join(parent, 'guestkit-'));
  } catch (error) {
    throw new GuestkitError('file', `cannot make a folder for NASM's output in ${parent}: ${String(error)}`, {
      hint: 'Set TMPDIR to a folder that can be written.',
      cause: error,
    });
  }
}
