import { type Dirent, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorName, fileError } from '../golden/files.ts';
import type { Config } from './config.ts';

const ENDING = '.asm';

/** The sources of a project, and what lies about them. */
export interface Findings {
  /**
   * The paths of the sources from the project's folder, with slashes. Their order is that of their names
   * without `.asm`, by UTF-16 units, which no locale changes.
   */
  sources: string[];
  /**
   * The folders that were looked into, each with the names of all that is in it: folders, links and hidden
   * files too. Those that hold sources, and those that hold their goldens, are among them, but for folders
   * that are excluded or hidden.
   */
  folders: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether anything has this path, relative as those of the sources. In other folders it asks the disk. */
  exists(path: string): boolean;
}

/**
 * Finds the sources that a project's settings select. Names that begin with a dot and node_modules are left
 * out; links to folders are not followed, but a folder that a glob names may be one. A link that leads nowhere
 * counts as a source, so that its case fails by name instead of vanishing.
 *
 * @throws GuestkitError `file` when a folder cannot be read. One that is not there is empty.
 */
export function findSources(root: string, config: Config): Findings {
  const stems: string[] = [];
  const folders = new Map<string, ReadonlySet<string>>();
  const walk = (roots: readonly string[], enters: (folder: string) => boolean, isSource: IsSource): void => {
    const pending = [...roots];
    for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
      if (folders.has(folder) || !enters(folder)) continue;
      const entries = readFolder(join(root, folder));
      if (entries === undefined) continue;
      const names = new Set<string>();
      folders.set(folder, names);
      const prefix = folder === '.' ? '' : `${folder}/`;
      for (const entry of entries) {
        const { name } = entry;
        names.add(name);
        if (entry.isDirectory()) pending.push(prefix + name);
        else if (name.endsWith(ENDING) && isSource(prefix + name) && !isLinkToFolder(entry, root, folder)) {
          stems.push(prefix + name.slice(0, -ENDING.length));
        }
      }
    }
  };
  walk(config.roots, config.enters, config.matches);
  if (config.goldenRoot !== undefined) walk([config.goldenRoot], isVisible, () => false);

  return {
    sources: stems.sort().map((stem) => stem + ENDING),
    folders,
    exists(path) {
      const slash = path.lastIndexOf('/');
      const names = folders.get(slash === -1 ? '.' : path.slice(0, slash));
      return names === undefined ? isThere(join(root, path)) : names.has(path.slice(slash + 1));
    },
  };
}

type IsSource = (path: string) => boolean;

function isVisible(folder: string): boolean {
  const name = folder.slice(folder.lastIndexOf('/') + 1);
  return !name.startsWith('.') && name !== 'node_modules';
}

/** `undefined` when it is not there, or went away meanwhile. */
function readFolder(folder: string): Dirent[] | undefined {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (errorName(error) === 'ENOENT') return undefined;
    throw fileError('read', folder, error);
  }
}

function isLinkToFolder(entry: Dirent, root: string, folder: string): boolean {
  if (!entry.isSymbolicLink()) return false;
  try {
    return statSync(join(root, folder, entry.name)).isDirectory();
  } catch {
    return false;
  }
}

/** A link that leads nowhere is there, as in the folders that were read. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
