import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { defaultCacheDir } from '../cache-dir.ts';

/** What Node gives to the handler of a file name's ending (`require.extensions`). */
interface CommonJsModule {
  exports: unknown;
  require(id: string): unknown;
}

/**
 * Makes every run after the first start without compiling: V8's code for this package's files, with the
 * functions that were called, is kept in the cache folder and taken from there (`vm.Script`, `cachedData`).
 * That halves what the files cost at start, and Node's own loader takes 14 ms to compile the largest.
 *
 * V8 itself refuses code of another version, other flags or another source, and files are renamed into place
 * whole. One set is kept for each command, since each calls other functions.
 */
export function installCompileCache(command: string): void {
  const folder = defaultCacheDir();
  if (folder === undefined) return;
  const fresh: { path: string; script: Script }[] = [];
  createRequire(__filename).extensions['.cjs'] = (module: unknown, filename: string) => {
    const { mtimeMs, size } = statSync(filename);
    const name = [basename(filename, '.cjs'), command, process.version, process.arch, size, mtimeMs].join(
      '-',
    );
    const path = join(folder, 'code', name);
    const script = compile(filename, readIfThere(path));
    if (script.cachedDataRejected !== false) fresh.push({ path, script });
    const { exports, require } = module as CommonJsModule;
    const load = (id: string): unknown => require.call(module, id);
    script.runInThisContext()(exports, load, module, filename, dirname(filename));
  };
  process.once('exit', () => {
    for (const { path, script } of fresh) keep(path, script.createCachedData());
  });
}

function compile(filename: string, cachedData: Buffer | undefined): Script {
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(filename, 'utf8')}\n})`;
  return new Script(source, { filename, cachedData });
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** A cache that cannot be written only costs time. */
function keep(path: string, code: Buffer): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const part = `${path}.${process.pid}.part`;
    writeFileSync(part, code);
    renameSync(part, path);
  } catch {}
}
