import { type Complaint, configError, oneLine } from './problems.ts';

/** The sources of a project that says nothing. */
export const DEFAULT_INCLUDE = 'asm/**/*.asm';

/** A glob as somebody wrote it, and the key it stands at, for messages. */
export interface Glob {
  key: string;
  text: string;
}

/** Which paths are sources, and where to look for them. */
export interface Selection {
  roots: readonly string[];
  enters(folder: string): boolean;
  matches(path: string): boolean;
}

type Match = (path: string) => boolean;

/** Names that are never looked at, wherever they stand in a path. */
const HIDDEN = /(?:^|\/)(?:\.[^/]|node_modules(?:\/|$))/;
/** As long as a path can be (Linux, PATH_MAX). */
const LONGEST_GLOB = 4096;
const WILDCARD = /[*?[\]{}()\\]/;

/** A glob in the form that is worked with: what people write around it says nothing. */
export function tidyGlob(text: string): string {
  return text.replace(/^(?:\.\/+)+/, '').replace(/(?<=[^/])\/+$/, '');
}

/** What is wrong with a glob for sources (`include`) or for files and folders (`exclude`), or `undefined`. */
export function globComplaint(text: string, list: 'include' | 'exclude'): Complaint | undefined {
  const glob = tidyGlob(text);
  if (glob === '' || glob.includes('\0')) return { must: 'not be empty, nor have a NUL' };
  if (glob.length > LONGEST_GLOB) return { must: `have ${LONGEST_GLOB} characters at the most` };
  if (/^!(?!\()/.test(glob)) {
    const hint =
      list === 'include' ? 'What is to be left out goes into exclude, without the mark.' : undefined;
    return { must: "not begin with '!'", hint };
  }
  if (glob.startsWith('/')) return { must: "be relative to the project's folder" };
  if (glob.split('/').includes('..')) return { must: "stay in the project's folder" };
  if (list === 'exclude') return undefined;
  if (HIDDEN.test(glob)) {
    return {
      must: 'use no names that begin with a dot, nor node_modules',
      hint: 'Nothing is looked for there.',
    };
  }
  const last = glob.slice(glob.lastIndexOf('/') + 1);
  const selective = !WILDCARD.test(last) || /\.\w+$/.test(last);
  if (selective && !last.endsWith('.asm')) {
    const folder = WILDCARD.test(last) ? glob.slice(0, -last.length) : `${glob}/`;
    return {
      must: 'end in .asm, as sources do',
      hint: `For all sources in a folder write '${folder}**/*.asm'.`,
    };
  }
  return undefined;
}

/** The folder that holds all a glob can match: `asm/uart` of `asm/uart/*.asm`, `.` when that is the project's. */
function staticPrefix(glob: string): string {
  const folders = glob.split('/').slice(0, -1);
  const dynamic = folders.findIndex((segment) => WILDCARD.test(segment));
  return (dynamic === -1 ? folders : folders.slice(0, dynamic)).join('/') || '.';
}

/** In how many folders, one within the other, a file that a glob matches can be at the most. */
function deepest(glob: string): number {
  return /\*\*|[({]/.test(glob) ? Infinity : glob.split('/').length - 1;
}

/**
 * Makes a selection of globs without problems. Without any, nothing is loaded for it.
 * Fails as a problem of the settings in `file` where the brackets of one do not match.
 */
export async function select(
  file: string | undefined,
  include: readonly Glob[] | undefined,
  exclude: readonly Glob[],
): Promise<Selection> {
  if (include === undefined && exclude.length === 0) return selection(['asm'], Infinity, isInAsm, never);
  const compile = await compiler(file);
  const included = include?.map((glob) => ({ ...glob, text: tidyGlob(glob.text) }));
  return selection(
    outermost(included?.map(({ text }) => staticPrefix(text)) ?? ['asm']),
    included === undefined ? Infinity : Math.max(...included.map(({ text }) => deepest(text))),
    included === undefined ? isInAsm : compile(included),
    compile(exclude.map((glob) => ({ ...glob, text: tidyGlob(glob.text) }))),
  );
}

/** What `asm/**\/*.asm` means, once names that are never looked at and other endings are out. */
function isInAsm(path: string): boolean {
  return path.startsWith('asm/');
}

function never(): boolean {
  return false;
}

/** @param depth the most folders, one within the other, that a source can be in */
function selection(roots: readonly string[], depth: number, included: Match, excluded: Match): Selection {
  // Sources come folder by folder, so the last answer is nearly always the next one too.
  let lastFolder = '.';
  let lastOpen = true;
  const isOpen = (folder: string): boolean => {
    if (folder === lastFolder) return lastOpen;
    const open = !HIDDEN.test(folder) && !excludes(folder, excluded);
    lastFolder = folder;
    lastOpen = open;
    return open;
  };
  return {
    roots,
    enters(folder) {
      const inside = roots.some((root) => root === '.' || folder === root || folder.startsWith(`${root}/`));
      const folders = folder === '.' ? 0 : folder.split('/').length;
      return inside && folders <= depth && isOpen(folder);
    },
    matches(path) {
      if (!path.endsWith('.asm')) return false;
      const slash = path.lastIndexOf('/');
      if (path.charAt(slash + 1) === '.') return false;
      return isOpen(slash === -1 ? '.' : path.slice(0, slash)) && included(path) && !excluded(path);
    },
  };
}

/** Whether a folder, or one that it is in, is excluded. */
function excludes(folder: string, excluded: Match): boolean {
  for (let end = folder.indexOf('/'); end !== -1; end = folder.indexOf('/', end + 1)) {
    if (excluded(folder.slice(0, end))) return true;
  }
  return folder !== '.' && excluded(folder);
}

/** Folders that are not within another of them. */
function outermost(folders: readonly string[]): string[] {
  const unique = [...new Set(folders)];
  if (unique.includes('.')) return ['.'];
  return unique.filter((folder) => !unique.some((other) => folder.startsWith(`${other}/`))).sort();
}

/** Loaded here: most projects have no globs of their own. */
async function compiler(file: string | undefined): Promise<(globs: readonly Glob[]) => Match> {
  const { default: picomatch } = await import('picomatch');
  return (globs) => {
    const patterns = globs.map(({ key, text }) => {
      try {
        return picomatch.makeRe(text, { strictBrackets: true });
      } catch (error) {
        const reason = error instanceof Error ? oneLine(error.message) : '';
        throw configError(`${file}: ${key} is not a glob: ${reason}`, { cause: error });
      }
    });
    // A name with brackets in it is also itself.
    const names = new Set(globs.map(({ text }) => text));
    return (path) => names.has(path) || patterns.some((pattern) => pattern.test(path));
  };
}
