import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { GuestkitError } from '../errors.ts';
import { type Directives, parseDirectives } from './directives.ts';
import { errorName, fileError, readRegularFile } from './files.ts';

/** The folder below a project's root that holds its guests. */
const GUEST_FOLDER = 'asm';
const SOURCE_LIMIT = 16 * 2 ** 20;
const GOLDEN_LIMIT = 64 * 2 ** 20;

/** A guest and the file that says what it is expected to print. */
export interface TestCase {
  /** The path below the project's root without `.asm`, with slashes: `asm/uart/echo`. */
  name: string;
  /** The path of the source. */
  source: string;
  /** The path of the golden: the source's with `.golden` for `.asm`. */
  golden: string;
}

/** The case of one source, whether its golden exists or not. Both paths are taken as they are given. */
export function testCaseOf(root: string, source: string): TestCase {
  const stem = source.replace(/\.asm$/, '');
  return { name: relative(root, stem).split(sep).join('/'), source, golden: `${stem}.golden` };
}

/**
 * The test cases of a project: every `asm/**\/*.asm` with a `.golden` beside it, in the order of the names'
 * UTF-16 units, which no locale changes. Names that begin with a dot are left out, links to folders are
 * not followed. A project without an `asm` folder has none.
 *
 * Fails with code `file` when a folder cannot be read.
 */
export function findTestCases(root: string): TestCase[] {
  const cases: TestCase[] = [];
  const folders = [join(root, GUEST_FOLDER)];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = readFolder(folder);
    const names = new Set(entries.map((entry) => entry.name));
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        folders.push(path);
      } else if (entry.name.endsWith('.asm') && names.has(`${entry.name.slice(0, -4)}.golden`)) {
        if (!isLinkToFolder(entry, path)) cases.push(testCaseOf(root, path));
      }
    }
  }
  return cases.sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
}

/** A folder that is not there, or that went away meanwhile, holds nothing. */
function readFolder(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (errorName(error) === 'ENOENT') return [];
    throw fileError('read', folder, error);
  }
}

/** A link that leads nowhere counts as a file, so that its case fails by name instead of vanishing. */
function isLinkToFolder(entry: Dirent, path: string): boolean {
  if (!entry.isSymbolicLink()) return false;
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/**
 * The bytes a guest is expected to print, or `undefined` when there is no golden.
 * Fails with code `file` when it is a folder, unreadable or larger than 64 MiB.
 */
export function readGolden(path: string): Uint8Array | undefined {
  return readRegularFile(path, GOLDEN_LIMIT);
}

/**
 * Reads a source's directives; `name` is the source's name in messages.
 * Fails with code `file` when it cannot be read, and as {@link parseDirectives} does.
 */
export function readDirectives(source: string, name: string = source): Directives {
  const bytes = readRegularFile(source, SOURCE_LIMIT);
  if (bytes === undefined) throw new GuestkitError('file', `cannot read ${source}: there is no such file`);
  return parseDirectives(new TextDecoder().decode(bytes), name);
}
