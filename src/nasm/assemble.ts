import { defaultCacheDir } from '../cache-dir.ts';
import { GuestkitError } from '../errors.ts';
import { type CacheSlot, cacheSlot, readEntry } from './cache.ts';
import { BuiltImage, type Image } from './image.ts';
import { doPending, isPending } from './later.ts';
import { uniquePaths } from './search.ts';
import { findNasm, type Nasm, requireNasm } from './tool.ts';

export interface AssembleOptions {
  /** Where builds are kept; default `$GUESTKIT_CACHE_DIR`, `$XDG_CACHE_HOME/guestkit`, `~/.cache/guestkit`. */
  cacheDir?: string;
  /** More arguments for NASM: macros (`-DDEBUG=1`, `-UDEBUG`), warnings (`-w+all`), `-O` levels. */
  flags?: readonly string[];
  /** Folders searched for included files after the current one and the source's own. */
  includePaths?: readonly string[];
  /** Stops NASM; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** NASM is killed after this many milliseconds; default 20,000. */
  timeoutMs?: number;
}

/** Loaded when it is needed, for an image that is cached needs none of it, and kept: asking again takes time. */
let builder: typeof import('./build.ts') | undefined;

/** Part of every key, so that entries of another layout or other NASM arguments are never taken for this one's. */
const FORMAT = 'guestkit image 3';
/** In NASMENV these bring files or folders into the build that are not known here. */
const UNKNOWN_FILES_IN_NASMENV = /-[iIpP@]|-include/;
/** In macros of the command line: the clock, and environment variables. */
const UNREPEATABLE = /__\??(?:UTC_)?(?:DATE|TIME|POSIX_TIME)|%/i;

/**
 * The image of a source whose build is cached and still right, without starting a process; else `undefined`,
 * also when the source is missing. Synchronous, and loads nothing: this is what starts before anything else.
 */
export function readCached(source: string, options: AssembleOptions = {}): Image | undefined {
  const nasm = findNasm();
  const cwd = currentFolder();
  if (nasm === undefined || cwd === undefined) return undefined;
  return fromCache(slotOf(nasm, source, cwd, options), source, cwd);
}

function fromCache(slot: CacheSlot | undefined, source: string, cwd: string): Image | undefined {
  if (slot === undefined) return undefined;
  if (isPending(slot.key)) doPending();
  const build = readEntry(slot);
  if (build === undefined) return undefined;
  const dependencies = uniquePaths(
    cwd,
    build.inputs.map(({ path }) => path),
  );
  const absent = uniquePaths(cwd, build.absent);
  return new BuiltImage({ ...build, source, dependencies, absent, repeatable: true, cached: true });
}

/**
 * Makes the image of a source: from the cache, else with one run of NASM in the current folder (a second one
 * where macros make names of included files). Includes are searched in the current folder, beside the source,
 * then in `includePaths`.
 *
 * Throws {@link AssemblyError} when NASM refuses the source, needs too long for it or makes too much of it;
 * {@link GuestkitError} `file` when the source cannot be read, `usage` for a flag that cannot be, and `nasm`
 * when there is no NASM that runs.
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
  const slot = slotOf(nasm, source, cwd, options);
  const cached = fromCache(slot, source, cwd);
  if (cached !== undefined) return cached;

  builder ??= await import('./build.ts');
  return builder.build({ nasm, source, cwd, slot, ...options });
}

function slotOf(nasm: Nasm, source: string, cwd: string, options: AssembleOptions): CacheSlot | undefined {
  const folder = options.cacheDir ?? defaultCacheDir();
  const { NASMENV: nasmEnv = '' } = process.env;
  const { flags = [], includePaths = [] } = options;
  if (folder === undefined || UNKNOWN_FILES_IN_NASMENV.test(nasmEnv)) return undefined;
  if ([nasmEnv, ...flags].some((text) => UNREPEATABLE.test(text))) return undefined;
  const key = JSON.stringify([FORMAT, nasm.identity, cwd, source, flags, includePaths, nasmEnv]);
  return cacheSlot(folder, key, cwd);
}

/** `undefined` when it was deleted under this process. */
function currentFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}
