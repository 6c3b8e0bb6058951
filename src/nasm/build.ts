import { existsSync } from 'node:fs';
import { AssemblyError } from './assembly-error.ts';
import { type CacheSlot, storeEntry } from './cache.ts';
import { DEPENDENCY_TARGET, parseMakeRule } from './dependencies.ts';
import { type Diagnostic, parseDiagnostics } from './diagnostics.ts';
import { checkFlags } from './flags.ts';
import { BuiltImage, IMAGE_LIMIT_BYTES, type Image } from './image.ts';
import { later } from './later.ts';
import { DEFAULT_TIMEOUT_MS, FILE_LIMIT_MIB, OUTPUT_LIMIT_MIB } from './limits.ts';
import { outputPath } from './output-files.ts';
import { type NasmRun, type RunOptions, runNasm } from './run.ts';
import { type SourceScan, scanSource } from './scan.ts';
import { candidatePaths, openPath, searchPrefixes, uniquePaths } from './search.ts';
import { readSource } from './source.ts';
import type { Nasm } from './tool.ts';

/** What is asked of {@link build}. */
export interface BuildRequest {
  nasm: Nasm;
  source: string;
  /** Where NASM runs. */
  cwd: string;
  /** Where the build is kept, if it can be. */
  slot: CacheSlot | undefined;
  flags?: readonly string[];
  includePaths?: readonly string[];
  signal?: AbortSignal;
  timeoutMs?: number;
}

/** Makes an image with NASM, and keeps it. Throws as `assemble` does. */
export async function build(request: BuildRequest): Promise<Image> {
  const { nasm, source, cwd, slot, flags = [], signal, timeoutMs = DEFAULT_TIMEOUT_MS } = request;
  checkFlags(flags);
  const prefixes = searchPrefixes(source, request.includePaths ?? []);
  const scan = scanSource({ path: source, bytes: readSource(source) }, cwd, prefixes);
  const readsEnvironment = slot === undefined || !scan.complete || !scan.repeatable;
  const run: RunOptions = { cwd, readsEnvironment, timeoutMs, signal };
  return await buildImage({ nasm, source, flags, scan, prefixes, run }, slot);
}

/** One build under way. */
interface Build {
  nasm: Nasm;
  source: string;
  flags: readonly string[];
  scan: SourceScan;
  prefixes: readonly string[];
  run: RunOptions;
}

async function buildImage(build: Build, slot: CacheSlot | undefined): Promise<Image> {
  const { nasm, source, scan } = build;
  const outputs = ['-f', 'bin', '-o', outputPath('image'), '-l', outputPath('listing')];
  const rule = ['-MD', outputPath('rule'), '-MT', DEPENDENCY_TARGET];
  // The map goes to stdout: in [map all FILE] a file name can hold no blank.
  const map = scan.hasMap ? [] : ['--before', '[map brief symbols]'];
  const run = await runNasm(nasm, [...outputs, ...rule, ...map, ...inputArguments(build)], build.run);
  const diagnostics = diagnosticsOf(run, build);
  if (run.ending !== 'done') return await refuse(build, run, diagnostics);

  // NASM 2.16 leaves %include out of -MD, but what macros made of incbin shows there.
  const [main, ...listed] = parseMakeRule(run.rule.toString('utf8'));
  if (main === undefined) {
    const message = 'NASM ended well but wrote no image: NASMENV may ask it for something else';
    return await refuse(build, run, [fatal(source, message), ...diagnostics]);
  }
  const size = run.image.length;
  if (size > IMAGE_LIMIT_BYTES) {
    const message = `the image has ${size} bytes, guestkit loads at most ${IMAGE_LIMIT_BYTES}`;
    return await refuse(build, run, [fatal(source, message), ...diagnostics]);
  }
  const made = {
    image: run.image,
    listing: run.listing,
    map: Buffer.from(run.stdout),
    warnings: diagnostics,
  };
  const known = new Set(scan.inputs.map(({ path }) => path));
  const repeatable = scan.complete && scan.repeatable && listed.every((name) => known.has(name));
  if (slot !== undefined && repeatable) {
    later(slot.key, () => storeEntry(slot, { ...made, inputs: scan.inputs, absent: scan.absent }));
  }
  const names = scan.complete ? listed : [...listed, ...(await namesFromNasm(build))];
  const found = names.flatMap((name) => candidatePaths(name, build.prefixes).find(existsIn(build)) ?? []);
  const dependencies = uniquePaths(build.run.cwd, [...known, ...found]);
  const absent = uniquePaths(build.run.cwd, scan.absent);
  return new BuiltImage({ ...made, source, dependencies, absent, repeatable, cached: false });
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
function inputArguments({ source, flags, prefixes }: Build): string[] {
  const folders = prefixes.filter(Boolean).flatMap((prefix) => ['-I', prefix]);
  return ['-Xgnu', ...flags, ...folders, source.startsWith('-') ? `./${source}` : source];
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
