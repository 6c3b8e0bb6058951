import { dirname, isAbsolute, resolve } from 'node:path';

/**
 * The prefixes NASM puts before the name of an included file, in its order (NASM manual, 2.1.18): none, which
 * means the current folder, then each `-I`: here the source's own folder and the caller's include paths.
 * NASM 2.15 and older join without a slash, so each ends in one.
 */
export function searchPrefixes(source: string, includePaths: readonly string[]): string[] {
  const folder = dirname(source);
  const folders = folder === '.' ? includePaths : [folder, ...includePaths];
  return ['', ...folders.filter(Boolean).map((path) => (path.endsWith('/') ? path : `${path}/`))];
}

/** Every path at which NASM would find `name`, first choice first, relative ones still relative. */
export function candidatePaths(name: string, prefixes: readonly string[]): string[] {
  return isAbsolute(name) ? [name] : prefixes.map((prefix) => prefix + name);
}

/** Unlike `path.resolve` this keeps `..` behind symbolic links pointing where NASM's `open` goes. */
export function openPath(cwd: string, path: string): string {
  return isAbsolute(path) ? path : `${cwd}/${path}`;
}

/** Absolute paths without repeats, in the order given. */
export function uniquePaths(cwd: string, paths: Iterable<string>): string[] {
  return [...new Set(Array.from(paths, (path) => resolve(cwd, path)))];
}
