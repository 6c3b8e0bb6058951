import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { defaultCacheDir } from '../cache-dir.ts';
import { GuestkitError } from '../errors.ts';
import { AssemblyError } from './assembly-error.ts';
import { type CacheSlot, readEntry, storeEntry } from './cache.ts';
import { DEPENDENCY_TARGET, parseMakeRule } from './dependencies.ts';
import { type Diagnostic, parseDiagnostics } from './diagnostics.ts';
import { BuiltImage, type Image } from './image.ts';
import { doPending, later } from './later.ts';
import { FILE_LIMIT_MIB, OUTPUT_LIMIT_MIB } from './limits.ts';
import { DEFAULT_TIMEOUT_MS, type NasmRun, type RunOptions, runNasm } from './run.ts';
import { type SourceScan, scanSource } from './scan.ts';
import { candidatePaths, openPath, searchPrefixes, uniquePaths } from './search.ts';
import { readSource } from './source.ts';
import { inTemporaryFolder } from './temporary-folder.ts';
import { findNasm, type Nasm, requireNasm } from './tool.ts';

/** The largest flat binary that is loaded. */
export const IMAGE_LIMIT_BYTES: number = 16 * 2 ** 20;

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
  return new BuiltImage({ ...build, source, dependencies, cached: true });
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

  const prefixes = searchPrefixes(source, options.includePaths ?? []);
  const scan = scanSource({ path: source, bytes: readSource(source) }, cwd, prefixes);
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return inTemporaryFolder((folder) => {
    const run: RunOptions = { cwd, folder, timeoutMs, signal: options.signal };
    return buildImage({ nasm, source, scan, prefixes, run }, slot);
  });
}

/** One call of {@link assemble} that needs NASM. */
interface Build {
  nasm: Nasm;
  source: string;
  scan: SourceScan;
  prefixes: readonly string[];
  run: RunOptions;
}

async function buildImage(build: Build, slot: CacheSlot | undefined): Promise<Image> {
  const { nasm, source, scan } = build;
  const { folder } = build.run;
  const paths = {
    image: join(folder, 'image'),
    listing: join(folder, 'listing'),
    rule: join(folder, 'rule'),
  };
  const outputs = ['-f', 'bin', '-o', paths.image, '-l', paths.listing];
  const rule = ['-MD', paths.rule, '-MT', DEPENDENCY_TARGET];
  // The map goes to stdout: in [map all FILE] a file name can hold no blank.
  const map = scan.hasMap ? [] : ['--before', '[map symbols]'];
  const run = await runNasm(nasm, [...outputs, ...rule, ...map, ...inputArguments(build)], build.run);
  const diagnostics = diagnosticsOf(run, build);
  if (run.ending !== 'done') return await refuse(build, run, diagnostics);

  const size = statSync(paths.image).size;
  if (size > IMAGE_LIMIT_BYTES) {
    const message = `the image has ${size} bytes, guestkit loads at most ${IMAGE_LIMIT_BYTES}`;
    return await refuse(build, run, [fatal(source, message), ...diagnostics]);
  }
  const made = {
    image: readFileSync(paths.image),
    listing: readFileSync(paths.listing),
    map: Buffer.from(run.stdout),
    warnings: diagnostics,
  };
  // NASM 2.16 leaves %include out of -MD, but what macros made of incbin shows there.
  const [, ...listed] = parseMakeRule(readFileSync(paths.rule, 'utf8'));
  const known = new Set(scan.inputs.map(({ path }) => path));
  if (slot !== undefined && scan.complete && scan.repeatable && listed.every((name) => known.has(name))) {
    later(() => storeEntry(slot, { ...made, inputs: scan.inputs, absent: scan.absent }));
  }
  const names = scan.complete ? listed : [...listed, ...(await namesFromNasm(build))];
  const found = names.flatMap((name) => candidatePaths(name, build.prefixes).find(existsIn(build)) ?? []);
  const dependencies = uniquePaths(build.run.cwd, [...known, ...found]);
  return new BuiltImage({ ...made, source, dependencies, cached: false });
}

/** Throws what a run without an image means; NASM is asked for dependencies where macros make their names. */
async function refuse(build: Build, run: NasmRun, diagnostics: Diagnostic[]): Promise<never> {
  const { source, scan, prefixes } = build;
  // What stopped NASM at a limit would only do so again.
  const names =
    scan.complete || (run.ending !== 'refused' && run.ending !== 'done') ? [] : await namesFromNasm(build);
  const mentioned = diagnostics.map(({ file }) => file);
  const included = names.flatMap((name) => {
    const candidates = candidatePaths(name, prefixes);
    return candidates.find(existsIn(build)) ?? candidates;
  });
  const paths = [...scan.inputs.map(({ path }) => path), ...scan.absent, ...mentioned, ...included];
  throw new AssemblyError(
    source,
    diagnostics,
    uniquePaths(build.run.cwd, paths),
    searchHint(build, diagnostics),
  );
}

/** The names that `nasm -M` lists, missing files included; none where even the preprocessor gives up. */
async function namesFromNasm(build: Build): Promise<string[]> {
  const list = ['-M', '-MT', DEPENDENCY_TARGET];
  const run = await runNasm(build.nasm, [...list, ...inputArguments(build)], build.run);
  return run.ending === 'done' ? parseMakeRule(run.stdout) : [];
}

/** `-Xgnu` undoes a `-Xvc` in NASMENV. A `--` would not protect a leading dash: NASM 2.16.01 trips over it. */
function inputArguments({ source, prefixes }: Build): string[] {
  const folders = prefixes.filter(Boolean).flatMap((prefix) => ['-I', prefix]);
  return ['-Xgnu', ...folders, source.startsWith('-') ? `./${source}` : source];
}

function existsIn(build: Build): (path: string) => boolean {
  return (path) => existsSync(openPath(build.run.cwd, path));
}

function diagnosticsOf(run: NasmRun, build: Build): Diagnostic[] {
  const diagnostics = parseDiagnostics(run.stderr, build.source);
  const stopped = stopMessage(run, build.run.timeoutMs);
  if (stopped !== undefined) return [fatal(build.source, stopped), ...diagnostics];
  if (run.ending === 'refused' && diagnostics.every(({ severity }) => severity === 'warning')) {
    return [...diagnostics, fatal(build.source, 'NASM failed and did not say why')];
  }
  return diagnostics;
}

function stopMessage(run: NasmRun, timeoutMs: number): string | undefined {
  switch (run.ending) {
    case 'done':
    case 'refused':
      return undefined;
    case 'timeout':
      return `NASM was stopped: it was still working after ${timeoutMs} ms`;
    case 'file-limit':
      return `NASM was stopped: a file it writes grew over ${FILE_LIMIT_MIB} MiB`;
    case 'output-limit':
      return `NASM was stopped: it printed more than ${OUTPUT_LIMIT_MIB} MiB`;
    case 'killed':
      return `NASM was stopped by ${run.signal ?? 'a signal'}`;
  }
}

function fatal(source: string, message: string): Diagnostic {
  return { file: source, line: undefined, severity: 'fatal', message, flag: undefined, notes: [] };
}

function searchHint(build: Build, diagnostics: readonly Diagnostic[]): string | undefined {
  if (!diagnostics.some(({ message }) => /unable to (?:open include|get length of) file/.test(message))) {
    return undefined;
  }
  const folders = build.prefixes.map((prefix) => prefix || `the current folder (${build.run.cwd})`);
  return `Files to include are searched in ${folders.join(', then in ')}.`;
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
