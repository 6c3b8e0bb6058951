import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { defaultCacheDir } from '../cache-dir.ts';

/** What a chunk of the bundle is to those that require it. */
interface ChunkModule {
  exports: Record<string, unknown>;
}

/**
 * Loads the files of this package's bundle, each a function around a CommonJS module, with V8's compiled code for them, functions that were called
 * included, taken from the cache folder (`vm.Script`, `cachedData`): every run after the first starts without
 * compiling. Node's own loader takes 14 ms to compile the largest file and a millisecond to find any.
 *
 * V8 itself refuses code of another version or made with other flags; a key behind the code tells which file
 * it was made from. Files are renamed into place whole. One set is kept for each command, since each calls
 * other functions.
 */
export class ChunkLoader {
  readonly #folder: string;
  readonly #require: (id: string) => unknown;
  readonly #codeFolder: string | undefined;
  readonly #command: string;
  readonly #modules: Map<string, ChunkModule> = new Map();
  readonly #fresh: { path: string; key: Buffer; script: Script }[] = [];

  /**
   * @param folder of the bundle
   * @param require for what is not in the bundle
   * @param command what the code is kept under
   */
  constructor(folder: string, require: (id: string) => unknown, command: string) {
    this.#folder = folder;
    this.#require = require;
    this.#command = command;
    const cache = defaultCacheDir();
    this.#codeFolder = cache === undefined ? undefined : join(cache, 'code');
    process.once('exit', () => this.keep());
  }

  /** The exports of a chunk, "./core.cjs", or of whatever else the bundle requires. */
  load(id: string): unknown {
    if (!id.startsWith('./')) return this.#require(id);
    const known = this.#modules.get(id);
    if (known !== undefined) return known.exports;
    const module: ChunkModule = { exports: {} };
    this.#modules.set(id, module);
    const filename = join(this.#folder, id);
    const body = this.#compile(filename, id.slice('./'.length, -'.cjs'.length)).runInThisContext();
    body(module.exports, (other: string) => this.load(other), module, filename, this.#folder);
    return module.exports;
  }

  #compile(filename: string, name: string): Script {
    const source = readFileSync(filename, 'utf8');
    if (this.#codeFolder === undefined) return new Script(source, { filename });
    const { mtimeMs, size } = statSync(filename);
    const key = Buffer.from([filename, process.version, process.arch, size, mtimeMs].join('\n'));
    const path = join(this.#codeFolder, `${name}-${this.#command}`);
    const script = new Script(source, { filename, cachedData: readCode(path, key) });
    if (script.cachedDataRejected !== false) this.#fresh.push({ path, key, script });
    return script;
  }

  /** Keeps what was compiled: at the end of the process at the latest, when all that is ever called has been. */
  keep(): void {
    for (const { path, key, script } of this.#fresh.splice(0)) {
      try {
        const code = script.createCachedData();
        mkdirSync(dirname(path), { recursive: true });
        const part = `${path}.${process.pid}.part`;
        writeFileSync(part, Buffer.concat([code, code, key]));
        renameSync(part, path);
      } catch {
        // A cache that cannot be written only costs time.
      }
    }
  }
}

/**
 * The key stands behind the code, which V8 wants aligned. The code is there twice: V8 does not check what it is
 * given and crashes on damaged code, and comparing two copies costs a hundredth of any checksum.
 */
function readCode(path: string, key: Buffer): Buffer | undefined {
  try {
    const file = readFileSync(path);
    const length = (file.length - key.length) / 2;
    const code = file.subarray(0, length);
    const whole = code.equals(file.subarray(length, length * 2)) && file.subarray(length * 2).equals(key);
    return whole ? code : undefined;
  } catch {
    return undefined;
  }
}
