import { existsSync } from 'node:fs';
import { type Input, readInput } from './input.ts';
import { candidatePaths, openPath } from './search.ts';

/** What a source says about the files it is made of, read without NASM. */
export interface SourceScan {
  /** The source, then what it includes, directly or not, in code that is switched off (`%if`) too. */
  inputs: Input[];
  /** Paths that NASM tries for an included file and that hold none: a file there would change the build. */
  absent: string[];
  /**
   * Every name stands in the sources as a plain string. Else a macro makes some of them, only NASM knows
   * which, and `inputs` and `absent` may lack files.
   */
  complete: boolean;
  /** The image depends on nothing but `inputs` and `absent`: not on the clock or the environment. */
  repeatable: boolean;
  /** A source has a `[map]` directive of its own, which a second one would overrule. */
  hasMap: boolean;
}

/** Beyond these a scan gives up and is not `complete`. */
const MAX_INPUTS = 1000;
const MAX_BYTES = 32 * 2 ** 20;

const STRING = /(?:"([^"\n]*)"|'([^'\n]*)'|`([^`\\\n]*)`)/.source;
/** `%include` and `%require` work at the start of a line only, `incbin` also behind a label or `times`. */
const PLAIN_INCLUDE = new RegExp(String.raw`^[ \t]*%(?:include|require)[ \t]*${STRING}[ \t\r]*$`, 'gim');
const PLAIN_INCBIN = new RegExp(String.raw`\bincbin[ \t]*${STRING}[ \t\r]*(?=,|$)`, 'gim');
const ANY_INCLUDE = /%(?:include|require)\b|\bincbin\b|%depend\b/gi;

const STRING_OR_COMMENT = /"[^"\n]*"|'[^'\n]*'|`[^`\n]*`|(;[^\n]*)/g;
/** A line that goes on in the next, an escaped backquote: where a string ends then takes more than that regexp. */
const UNCERTAIN_STRINGS = /\\\r?\n|\\`/;

/**
 * What makes one source yield two images: date and time macros, `%!environment` and its `%ifenv` forms,
 * searches for files that are not included, and strings made into code, which could be any of these.
 */
const UNREPEATABLE = new RegExp(
  [
    /__\??(?:UTC_)?(?:DATE|TIME|POSIX_TIME)/,
    /%!/,
    /%(?:el)?ifn?(?:env|file)\b/,
    /%pathsearch\b/,
    /%i?deftok\b|%tok\b/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
);
/** It writes a file beside the image, which a cached build would not. */
const MAP_DIRECTIVE = /\[\s*map\b/i;

/**
 * Reads a source and, recursively, the files it names. It takes the source's bytes as given, so that the
 * caller's read is the only one. Linear in the size of the files; never throws.
 * @param prefixes from `searchPrefixes`
 */
export function scanSource(source: Input, cwd: string, prefixes: readonly string[]): SourceScan {
  const scan: SourceScan = { inputs: [source], absent: [], complete: true, repeatable: true, hasMap: false };
  const seen = new Map<string, 'text' | 'binary'>([[source.path, 'text']]);
  const absent = new Set<string>();
  const pending = [source];
  let total = source.bytes.length;

  const visit = (name: string, kind: 'text' | 'binary'): void => {
    for (const path of candidatePaths(name, prefixes)) {
      const before = seen.get(path);
      if (before === 'text' || before === kind) return;
      if (absent.has(path)) continue;
      const file = openPath(cwd, path);
      if (!existsSync(file)) {
        absent.add(path);
        continue;
      }
      const known = before === undefined ? undefined : scan.inputs.find((input) => input.path === path);
      const bytes = known?.bytes ?? readInput(file, MAX_BYTES - total);
      if (bytes === undefined || scan.inputs.length >= MAX_INPUTS) {
        scan.complete = false;
        return;
      }
      seen.set(path, kind);
      if (known === undefined) {
        total += bytes.length;
        scan.inputs.push({ path, bytes });
      }
      if (kind === 'text') pending.push({ path, bytes });
      return;
    }
  };

  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { text, code } = strip(next.bytes.toString('utf8'));
    const includes = namesIn(text, PLAIN_INCLUDE);
    const binaries = namesIn(text, PLAIN_INCBIN);
    if (includes.length + binaries.length < (text.match(ANY_INCLUDE)?.length ?? 0)) scan.complete = false;
    if (MAP_DIRECTIVE.test(code)) scan.hasMap = true;
    if (scan.hasMap || UNREPEATABLE.test(code)) scan.repeatable = false;
    for (const name of includes) visit(name, 'text');
    for (const name of binaries) visit(name, 'binary');
  }
  scan.absent = [...absent];
  return scan;
}

function namesIn(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), ([, double, single, back]) => double ?? single ?? back ?? '');
}

/**
 * A source without comments (`text`), and without strings too (`code`). Where it is uncertain what is which,
 * all of it stays: too careful is only slower.
 */
function strip(source: string): { text: string; code: string } {
  if (UNCERTAIN_STRINGS.test(source)) return { text: source, code: source };
  const text = source.replace(STRING_OR_COMMENT, (match, comment?: string) => (comment ? '' : match));
  return { text, code: source.replace(STRING_OR_COMMENT, '') };
}
