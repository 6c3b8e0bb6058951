import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Where something has to be watched. */
export interface Places {
  /** The nearest folders that exist; of a symbolic link the folder of what it leads to, too. */
  wanted: Set<string>;
  /** The paths as which files are watched, by where they really are, where the two differ. */
  aliases: Map<string, string[]>;
}

/** Where files, and what comes and goes in folders, can be watched now. All paths are absolute. */
export function placesOf(files: Iterable<string>, folders: Iterable<string>): Places {
  const wanted = new Set<string>();
  const aliases = new Map<string, string[]>();
  const nearest = new Map<string, string>();
  const addNearest = (folder: string): void => {
    const known = nearest.get(folder) ?? nearestFolder(folder);
    nearest.set(folder, known);
    wanted.add(known);
  };
  for (const folder of folders) addNearest(folder);
  for (const file of files) {
    addNearest(dirname(file));
    const real = realPath(file);
    if (real === undefined || real === file) continue;
    wanted.add(dirname(real));
    aliases.set(real, [...(aliases.get(real) ?? []), file]);
  }
  return { wanted, aliases };
}

/** The folder itself, or the first above it that exists. */
function nearestFolder(folder: string): string {
  let found = folder;
  while (!isFolder(found) && dirname(found) !== found) found = dirname(found);
  return found;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}

/** `undefined` when it leads nowhere now. */
function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}
