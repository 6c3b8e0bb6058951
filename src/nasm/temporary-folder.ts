import { mkdtempSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GuestkitError } from '../errors.ts';
import { later } from './later.ts';

/**
 * Calls `work` with a new folder for files, which is taken away soon after it is done.
 * @throws GuestkitError `file` when the system's place for such folders cannot be written
 */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = makeTemporaryFolder();
  try {
    return await work(folder);
  } finally {
    later(() => removeFolder(folder));
  }
}

/** Takes a folder of files away. By hand: rmSync loads a module for the general case first. */
function removeFolder(folder: string): void {
  try {
    for (const name of readdirSync(folder)) unlinkSync(join(folder, name));
    rmdirSync(folder);
  } catch {
    // The system clears its temporary files away too.
  }
}

/**
 * A new folder among the system's temporary files.
 * @throws GuestkitError `file` when their place cannot be written
 */
function makeTemporaryFolder(): string {
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
