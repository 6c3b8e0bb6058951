import { posix } from 'node:path';
import type { Complaint } from './problems.ts';

/** Beside the source, under its name. */
const DEFAULT_NAMING = '{dir}/{name}';
const PLACEHOLDER = /\{(\w*)\}/g;
const PLACEHOLDERS: readonly string[] = ['dir', 'name', 'path'];

/** Where the goldens of a source are. */
export interface GoldenNaming {
  /** The folder that has all of them; `undefined` when they are in the sources' own folders or below those. */
  root: string | undefined;
  /** The goldens of a source, without their ending: `asm/uart/echo` of `asm/uart/echo.asm`. */
  stem(source: string): string;
}

/**
 * What is wrong with a pattern for goldens, or `undefined`. A pattern that is right never has two sources
 * share a golden, and never leads out of the project or to where nothing is looked for.
 */
export function goldenNamingComplaint(pattern: string): Complaint | undefined {
  const names = Array.from(pattern.matchAll(PLACEHOLDER), ([, name = '']) => name);
  if (
    !names.every((name) => PLACEHOLDERS.includes(name)) ||
    /[{}\\\0]/.test(pattern.replace(PLACEHOLDER, ''))
  ) {
    return { must: 'have no braces but {path}, {dir} and {name}, and no backslash' };
  }
  const segments = pattern.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return { must: "stay in the project's folder and have no empty parts" };
  }
  if (segments.some((segment) => segment.startsWith('.') || segment === 'node_modules')) {
    return {
      must: 'use no names that begin with a dot, nor node_modules',
      hint: 'Nothing is looked for there.',
    };
  }
  const used = names.toSorted().join(' ');
  if (used !== 'path' && used !== 'dir name') {
    return {
      must: 'have either {path}, or {dir} and {name}, once',
      hint: 'Else two sources could share a golden. goldens/{path} puts all goldens into one folder.',
    };
  }
  if (used === 'dir name' && !segments.slice(0, -1).includes('{dir}'))
    return { must: 'have {dir} as a folder' };
  if (used === 'path' && !segments.some((segment) => segment.startsWith('{path}'))) {
    return { must: 'have {path} at the start or after a slash' };
  }
  return undefined;
}

/** @param pattern one that has no problem, or `undefined` for the default */
export function goldenNaming(pattern: string = DEFAULT_NAMING): GoldenNaming {
  const before = pattern.slice(0, pattern.indexOf('{'));
  const root = before.includes('/') ? posix.dirname(`${before}x`) : undefined;
  return {
    root,
    stem(source) {
      const path = source.endsWith('.asm') ? source.slice(0, -'.asm'.length) : source;
      if (pattern === DEFAULT_NAMING || source.startsWith('/') || source.startsWith('../')) return path;
      const parts: Record<string, string> = {
        path,
        dir: posix.dirname(path),
        name: posix.basename(path),
      };
      return posix.normalize(pattern.replace(PLACEHOLDER, (_, name: string) => parts[name] ?? ''));
    },
  };
}
