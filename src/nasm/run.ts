import { GuestkitError } from '../errors.ts';
import { DEFAULT_TIMEOUT_MS, MIB, OUTPUT_LIMIT_MIB, setLimits } from './limits.ts';
import { OutputFiles, outputPath } from './output-files.ts';
import { type ProgramEnd, SHELL_TIMEOUT_MS } from './shell.ts';
import { lendShell, type ShellRequest } from './shells.ts';
import type { Nasm } from './tool.ts';

/** What the shell reports when it cannot start a program (POSIX, "Exit Status for Commands"). */
const SHELL_CANNOT_EXECUTE = 126;
const SHELL_NOT_FOUND = 127;

/** How a run of NASM ended. */
export interface NasmRun {
  /**
   * - `done`: it ended by itself with status 0
   * - `refused`: any other status
   * - `timeout`, `file-limit`, `output-limit`: it was stopped at that limit
   * - `killed`: something else stopped it, see `signal`
   */
  ending: 'done' | 'refused' | 'timeout' | 'file-limit' | 'output-limit' | 'killed';
  signal: string | undefined;
  stdout: string;
  stderr: string;
  /** What {@link outputPath} had it write; all empty where it wrote no `rule`, which it does at the end. */
  image: Buffer;
  listing: Buffer;
  rule: Buffer;
}

/** The bounds of one run. */
export interface RunOptions extends ShellRequest {
  timeoutMs: number;
}

/**
 * Runs NASM and waits for its end. Throws {@link GuestkitError} `nasm` when it cannot be started, and the
 * signal's reason when `signal` aborts.
 */
export async function runNasm(nasm: Nasm, args: readonly string[], options: RunOptions): Promise<NasmRun> {
  options.signal?.throwIfAborted();
  const words = [nasm.path, ...args];
  const run = (await runInShell(words, options)) ?? (await start(words, OutputFiles.open(), options));
  if (run.ending !== 'file-limit' || !run.inMemory) return run;
  return await start(words, OutputFiles.openOnDisk(), options);
}

/** `undefined` where no shell can do it. */
async function runInShell(words: readonly string[], options: RunOptions): Promise<PlacedRun | undefined> {
  if (options.timeoutMs > SHELL_TIMEOUT_MS) return undefined;
  return await lendShell(options, async (shell) => {
    if (!shell.files.hasRoom) return undefined;
    shell.files.empty('rule');
    const end = await shell.run(words, options);
    return end === undefined ? undefined : runOf(end, words, shell.files, options);
  });
}

/**
 * The shell sets the limits, then becomes NASM. What NASM prints goes to files, not pipes: the sockets and
 * streams for two pipes take 5 ms at a process's first start of another.
 */
async function start(words: readonly string[], files: OutputFiles, options: RunOptions): Promise<PlacedRun> {
  try {
    const { execa } = await import('execa');
    options.signal?.throwIfAborted();
    const limits = setLimits({ fileMib: files.limitMib, timeoutMs: options.timeoutMs });
    const script = `${limits}; exec "$@" >${outputPath('stdout')} 2>${outputPath('stderr')}`;
    const end = await execa('/bin/sh', ['-c', script, 'sh', ...words], {
      cwd: options.cwd,
      stdio: ['ignore', 'ignore', 'ignore', ...files.descriptors],
      reject: false,
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
      ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    });
    return runOf(end, words, files, options);
  } finally {
    files[Symbol.dispose]();
  }
}

interface PlacedRun extends NasmRun {
  /** Its files were, and had to be small. */
  inMemory: boolean;
}

function runOf(
  end: ProgramEnd,
  [program = '']: readonly string[],
  files: OutputFiles,
  { signal }: RunOptions,
): PlacedRun {
  signal?.throwIfAborted();
  const limit = OUTPUT_LIMIT_MIB * MIB;
  const printed = [files.read('stdout', limit + 1), files.read('stderr', limit + 1)];
  const tooLong = printed.some(({ length }) => length > limit);
  const [stdout = '', stderr = ''] = printed.map((bytes) => bytes.toString('utf8', 0, limit));
  const { exitCode } = end;
  if (exitCode === SHELL_CANNOT_EXECUTE || exitCode === SHELL_NOT_FOUND || end.code === 'ENOENT') {
    throw new GuestkitError('nasm', `could not start ${program}: ${stderr.trim() || end.shortMessage}`, {
      hint: 'Reinstall nasm, or set NASM to the path of one that works.',
      cause: end.cause,
    });
  }
  const rule = files.read('rule');
  const read = (name: 'image' | 'listing'): Buffer => (rule.length === 0 ? rule : files.read(name));
  return {
    ending: tooLong ? 'output-limit' : endingOf(end),
    signal: end.signal,
    stdout,
    stderr,
    image: read('image'),
    listing: read('listing'),
    rule,
    inMemory: files.inMemory,
  };
}

function endingOf(end: ProgramEnd): NasmRun['ending'] {
  if (end.timedOut) return 'timeout';
  if (end.signal === 'SIGXFSZ') return 'file-limit';
  if (end.exitCode === undefined) return 'killed';
  return end.exitCode === 0 ? 'done' : 'refused';
}

/** NASM's own version line, "NASM version 2.16.01"; throws like {@link runNasm}. */
export async function nasmVersion(nasm: Nasm): Promise<string> {
  const run = await runNasm(nasm, ['-v'], {
    cwd: process.cwd(),
    readsEnvironment: false,
    timeoutMs: DEFAULT_TIMEOUT_MS,
    signal: undefined,
  });
  const line = run.stdout.split('\n', 1)[0]?.trim();
  if (run.ending === 'done' && line) return line;
  throw new GuestkitError('nasm', `${nasm.path} -v failed: ${run.stderr.trim() || run.ending}`, {
    hint: 'Reinstall nasm, or set NASM to the path of one that works.',
  });
}
