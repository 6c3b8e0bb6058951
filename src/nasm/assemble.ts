import { defaultCacheDir } from '../cache-dir.ts';
import { GuestkitError } from '../errors.ts';
import { type CacheSlot, readEntry } from './cache.ts';
import { BuiltImage, type Image } from './image.ts';
import { doPending } from './later.ts';
import { uniquePaths } from './search.ts';
import { findNasm, type Nasm, requireNasm } from './tool.ts';

export interface AssembleOptions {
  /** Where builds are kept; default `$GUESTKIT_CACHE_DIR`, `$XDG_CACHE_HOME/guestkit`, `~/.cache/guestkit`. */
  cacheDir?: string;
  /** Folders searched for included files after the current one and the source's own. */
  includePaths?: readonly string[];
  /** Stops NASM; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** NASM is killed after this many milliseconds; default 20,000. */
  timeoutMs?: number;
}

/** Part of every key, so that entries of another layout or other NASM arguments are never taken for this one's. */
const FORMAT = 'guestkit image 1';
/** In NASMENV these bring files or folders into the build that are not known here. */
const UNKNOWN_FILES_IN_NASMENV = /-[iIpP@]|-include/;

/**
 * The image of a source whose build is cached and still right, without starting a process; else `undefined`,
 * also when the source is missing. Synchronous, and loads nothing: this is what starts before anything else.
 */
export function readCached(source: string, options: AssembleOptions = {}): Image | undefined {
  const nasm = findNasm();
  const cwd = currentFolder();
  if (nasm === undefined || cwd === undefined) return undefined;
  return fromCache(cacheSlot(nasm, source, cwd, options), source, cwd);
}

function fromCache(slot: CacheSlot | undefined, source: string, cwd: string): Image | undefined {
  doPending();
  const build = slot === undefined ? undefined : readEntry(slot);
  if (build === undefined) return undefined;
  const dependencies = uniquePaths(
    cwd,
    build.inputs.map(({ path }) => path),
  );
  const absent = uniquePaths(cwd, build.absent);
  return new BuiltImage({ ...build, source, dependencies, absent, cached: true });
}

/**
 * Makes the image of a source: from the cache, else with one run of NASM in the current folder (a second one
 * where macros make names of included files). Includes are searched in the current folder, beside the source,
 * then in `includePaths`.
 *
 * Throws {@link AssemblyError} when NASM refuses the source, needs too long for it or makes too much of it;
 * {@link GuestkitError} `file` when the source cannot be read and `nasm` when there is no NASM that runs.
 */
export async function assemble(source: string, options: AssembleOptions = {}): Promise<Image> {
  options.signal?.throwIfAborted();
  const nasm = requireNasm();
  const cwd = currentFolder();
  if (cwd === undefined) {
    throw new GuestkitError('file', `cannot assemble ${source}: the current folder is gone`, {
      hint: 'Change to a folder that exists.',
    });
  }
  const slot = cacheSlot(nasm, source, cwd, options);
  const cached = fromCache(slot, source, cwd);
  if (cached !== undefined) return cached;

  // Loaded here: an image that is cached needs none of it.
  const { build } = await import('./build.ts');
  return build({ nasm, source, cwd, slot, ...options });
}

function cacheSlot(nasm: Nasm, source: string, cwd: string, options: AssembleOptions): CacheSlot | undefined {
  const folder = options.cacheDir ?? defaultCacheDir();
  const { NASMENV: nasmEnv = '' } = process.env;
  if (folder === undefined || UNKNOWN_FILES_IN_NASMENV.test(nasmEnv)) return undefined;
  const key = JSON.stringify([FORMAT, nasm.identity, cwd, source, options.includePaths ?? [], nasmEnv]);
  return { folder, key, cwd };
}

/** `undefined` when it was deleted under this process. */
function currentFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}
