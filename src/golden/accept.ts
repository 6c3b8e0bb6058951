import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { GuestkitError } from '../errors.ts';
import { fileError, replaceFile } from './files.ts';
import type { FailedVerdict, NewVerdict } from './verdict.ts';

/**
 * Makes what a guest gave its goldens: writes all that are pending, each whole or not at all, and the folders
 * that the naming of goldens asks for. Fails with code `file` when the verdict refuses, and when a golden
 * cannot be written; those written before it stay.
 * @returns the paths written, none where goldens are not the reason
 */
export function acceptPending(verdict: FailedVerdict | NewVerdict): string[] {
  const { refusal, pending } = verdict;
  if (refusal !== undefined) throw new GuestkitError('file', refusal.message, { hint: refusal.hint });
  return pending.map(({ path, actual }) => {
    makeFolder(dirname(path));
    replaceFile(path, actual);
    return path;
  });
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw fileError('make the folder', folder, error);
  }
}
