import { createRequire } from 'node:module';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { defaultCacheDir } from '../cache-dir.ts';
import { errorName } from '../golden/files.ts';
import { defineConfig } from './config.ts';
import { configError, oneLine } from './problems.ts';

/** What a configuration can import without having guestkit installed beside it. */
const PROVIDED = { 'guestkit/config': { defineConfig } };

/** What a full or foreign cache folder makes of writing to it. */
const CACHE_FAILURES = new Set(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'EISDIR']);

/**
 * Runs a configuration, TypeScript or JavaScript of either module system, and gives what it exports by
 * default. It and the files it imports are read anew each time, packages once. It cannot wait at its top
 * level: it runs synchronously, since only so Node keeps nothing of its ES modules.
 *
 * @param path of the file, whose text is `source`
 * Fails as a problem of the settings that names the file and line where it went wrong.
 */
export async function evaluate(path: string, source: string): Promise<{ exported: unknown }> {
  const { createJiti } = await import('jiti');
  const file = resolve(path);
  const cache = defaultCacheDir();
  // Compiled code goes where guestkit's own does: without it, TypeScript would take 150 ms more at each start.
  const load = (fsCache: string | false): unknown => {
    const jiti = createJiti(file, { moduleCache: false, fsCache, virtualModules: PROVIDED });
    // Compiled in any case: what Node runs by itself would be run again when it throws.
    const options = { filename: file, ext: extname(file), async: false, forceTranspile: true };
    return withoutTraces(file, () => jiti.evalModule(source, options));
  };
  let exported: unknown;
  try {
    exported = cache === undefined ? load(false) : loadCached(load, join(cache, 'config'));
  } catch (error) {
    throw failure(path, error);
  }
  // Within an object, so that a promise that somebody exports stays one.
  return { exported: defaultExport(path, exported) };
}

function loadCached(load: (fsCache: string | false) => unknown, cache: string): unknown {
  try {
    return load(cache);
  } catch (error) {
    if (!CACHE_FAILURES.has(errorName(error) ?? '')) throw error;
    return load(false);
  }
}

/** Does something and makes Node forget the files, other than those of packages, that were loaded by it. */
function withoutTraces<T>(file: string, load: () => T): T {
  const { cache } = createRequire(file);
  const before = new Set(Object.keys(cache));
  try {
    return load();
  } finally {
    for (const path of Object.keys(cache)) {
      if (!before.has(path) && !path.includes('/node_modules/')) delete cache[path];
    }
  }
}

/** What a module exports by default: `export default`, or `module.exports` without that. */
function defaultExport(path: string, exported: unknown): unknown {
  if (typeof exported !== 'object' || exported === null) return exported;
  // The loader's view of a module has a default for everything; only its properties are the module's own.
  const own = Object.getOwnPropertyDescriptor(exported, 'default');
  if (own !== undefined) return own.get === undefined ? own.value : own.get.call(exported);
  const isEsModule = Object.hasOwn(exported, '__esModule');
  const isEmpty = Object.keys(exported).length === 0;
  if (isEsModule || (isEmpty && !/\.c?js$/.test(path))) {
    throw configError(`${path}: there is no default export`, {
      hint: "Write export default { timeout: '2s' }; (or, in CommonJS, module.exports = ...).",
    });
  }
  return exported;
}

/** Where in the sources something went wrong. */
interface Place {
  path: string;
  /** `:3` or `:3:7`, or nothing where it is not known. */
  position: string;
}

function failure(path: string, error: unknown): Error {
  const { what, place, hint } = describe(error);
  const at = place ?? { path, position: '' };
  const isConfig = resolve(at.path) === resolve(path);
  const folder = dirname(path);
  const name = isConfig ? path : join(folder, relative(folder, at.path));
  const by = isConfig ? '' : ` (imported by ${path})`;
  return configError(`${name}${at.position}: ${what}${by}`, { hint, cause: error });
}

function describe(error: unknown): { what: string; place: Place | undefined; hint: string } {
  const { text, stack } = textOf(error);
  const parse = /^(?:Error: )?ParseError: (.*?)\s*\n (.+):(\d+:\d+)/.exec(text);
  if (parse !== null) {
    const [, what = '', path = '', position = ''] = parse;
    return {
      what: `syntax error: ${oneLine(what)}`,
      place: { path, position: `:${position}` },
      hint: 'Correct the syntax there.',
    };
  }
  if (errorName(error) === 'MODULE_NOT_FOUND') {
    const [, importer] = /\n- (.+)/.exec(text) ?? [];
    return {
      what: oneLine(text.replace(/^Error: C/, 'c')),
      place: importer === undefined ? undefined : { path: importer, position: '' },
      hint: 'Correct the path, or install the package.',
    };
  }
  if (text.startsWith('SyntaxError: await is only valid')) {
    const [, path = ''] = /^(\/.+):\d+$/m.exec(stack) ?? [];
    return {
      what: 'await cannot be used at the top level',
      place: path === '' ? undefined : { path, position: '' },
      hint: 'A configuration is run synchronously: read files with readFileSync, and run commands with execFileSync.',
    };
  }
  return {
    what: `it throws ${oneLine(text)}`,
    place: thrownAt(stack),
    hint: 'A configuration is a program, and this error is its own. Without it all settings have their defaults.',
  };
}

/** The error as text; what is thrown can be anything, and run code when it is looked at. */
function textOf(error: unknown): { text: string; stack: string } {
  try {
    if (error instanceof Error) return { text: String(error), stack: String(error.stack) };
    return { text: typeof error === 'string' ? JSON.stringify(error) : String(error), stack: '' };
  } catch {
    return { text: 'something that cannot be shown', stack: '' };
  }
}

/** The first file of the stack that is neither Node's nor a package's. Columns are those of compiled code. */
function thrownAt(stack: string): Place | undefined {
  for (const [, path = '', line = ''] of stack.matchAll(
    /^ +at (?:.*\()?(?:file:\/\/)?(\/.+?):(\d+):\d+\)?$/gm,
  )) {
    if (!path.includes('/node_modules/')) return { path, position: `:${line}` };
  }
  return undefined;
}
