import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { fileError, readRegularFile } from '../golden/files.ts';

/** Files of their own for settings, of which a project has one at the most. */
export const CONFIG_FILES: readonly string[] = ['ts', 'mts', 'js', 'mjs', 'cjs'].map(
  (ending) => `guestkit.config.${ending}`,
);
export const PACKAGE = 'package.json';
/** The files that may hold a project's settings, from its folder. */
export const SETTINGS_FILES: readonly string[] = [...CONFIG_FILES, PACKAGE];
/** The key of package.json. */
export const KEY = 'guestkit';
export const SIZE_LIMIT: number = 2 ** 20;

/** As a dependency, or as the name of a command, the key has a string behind it. */
const SETTINGS_IN_MANIFEST = new RegExp(`"${KEY}"\\s*:\\s*[^\\s"]`);

/**
 * Whether a project may have settings, before anything is loaded that reads them: most have none, and a guest is
 * run in the time that it takes to load that.
 * @throws GuestkitError `file` when a file cannot be read
 */
export function maySetSomething(root: string): boolean {
  if (CONFIG_FILES.some((name) => isThere(join(root, name)))) return true;
  const manifest = manifestWithKey(join(root, PACKAGE));
  return manifest !== undefined && SETTINGS_IN_MANIFEST.test(Buffer.from(manifest).toString('latin1'));
}

/** Whether anything has this name, be it a link that leads nowhere. */
export function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw fileError('read', path, error);
  }
}

/** A package.json in which the key occurs: nearly none does, and need not be parsed to know that. */
export function manifestWithKey(path: string): Uint8Array | undefined {
  const bytes = readRegularFile(path, SIZE_LIMIT);
  return bytes !== undefined && Buffer.from(bytes).includes(`"${KEY}"`) ? bytes : undefined;
}
