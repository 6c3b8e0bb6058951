import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GuestkitError } from '../errors.ts';
import { inTemporaryFolder } from './temporary-folder.ts';
import type { Nasm } from './tool.ts';

/** How long one NASM may take before it is killed. NASM itself needs milliseconds; macros can loop. */
export const DEFAULT_TIMEOUT_MS = 20_000;
/** No file that NASM writes may grow beyond this. */
export const FILE_LIMIT_MIB = 64;
/** What NASM may allocate. It keeps the whole image in memory, `times` by `times`. */
export const MEMORY_LIMIT_MIB = 1024;
/** What NASM may print: enough for the 100,000 notes of a macro that calls itself without end. */
export const OUTPUT_LIMIT_MIB = 16;

const MIB = 2 ** 20;

/**
 * The shell sets the limits and becomes NASM: only so does the kernel hold them (RLIMIT_FSIZE, RLIMIT_AS),
 * and a hostile source can fill neither disk nor memory. `ulimit -f` counts blocks of 512 bytes (POSIX), `-v` KiB.
 * A limit that is already lower stays. What NASM prints goes to files, not pipes: the sockets and streams for
 * two pipes take 5 ms at a process's first start of another.
 */
const LIMITED = [
  `ulimit -f ${(FILE_LIMIT_MIB * MIB) / 512} 2>/dev/null`,
  `ulimit -v ${(MEMORY_LIMIT_MIB * MIB) / 1024} 2>/dev/null`,
  'exec >"$1" 2>"$2"',
  'shift 2',
  'exec "$@"',
].join('; ');

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
}

/** The bounds of one run. */
export interface RunOptions {
  cwd: string;
  /** A folder for what NASM prints, its own and empty; who made it clears it away. */
  folder: string;
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

/**
 * Runs NASM and waits for its end. Throws {@link GuestkitError} `nasm` when it cannot be started, and the
 * signal's reason when `signal` aborts.
 */
export async function runNasm(nasm: Nasm, args: readonly string[], options: RunOptions): Promise<NasmRun> {
  const { execa } = await import('execa');
  options.signal?.throwIfAborted();
  const printed = { stdout: join(options.folder, 'stdout'), stderr: join(options.folder, 'stderr') };
  const result = await execa(
    '/bin/sh',
    ['-c', LIMITED, 'sh', printed.stdout, printed.stderr, nasm.path, ...args],
    {
      cwd: options.cwd,
      stdio: 'ignore',
      reject: false,
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
      ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    },
  );
  options.signal?.throwIfAborted();
  const { exitCode } = result;
  const [stdout, stderr] = [readPrinted(printed.stdout), readPrinted(printed.stderr)];
  if (exitCode === SHELL_CANNOT_EXECUTE || exitCode === SHELL_NOT_FOUND || result.code === 'ENOENT') {
    throw new GuestkitError(
      'nasm',
      `could not start ${nasm.path}: ${stderr.text.trim() || result.shortMessage}`,
      {
        hint: 'Reinstall nasm, or set NASM to the path of one that works.',
        cause: result.cause,
      },
    );
  }
  const ending = stdout.tooLong || stderr.tooLong ? 'output-limit' : endingOf(result);
  return { ending, signal: result.signal, stdout: stdout.text, stderr: stderr.text };
}

/** What NASM printed, cut at the limit; `ulimit -f` keeps the file itself small. */
function readPrinted(path: string): { text: string; tooLong: boolean } {
  if (!existsSync(path)) return { text: '', tooLong: false };
  const bytes = readFileSync(path);
  const tooLong = bytes.length > OUTPUT_LIMIT_MIB * MIB;
  return { text: bytes.subarray(0, OUTPUT_LIMIT_MIB * MIB).toString('utf8'), tooLong };
}

function endingOf(result: {
  exitCode?: number | undefined;
  signal?: string | undefined;
  timedOut: boolean;
}): NasmRun['ending'] {
  if (result.timedOut) return 'timeout';
  if (result.signal === 'SIGXFSZ') return 'file-limit';
  if (result.exitCode === undefined) return 'killed';
  return result.exitCode === 0 ? 'done' : 'refused';
}

/** NASM's own version line, "NASM version 2.16.01"; throws like {@link runNasm}. */
export async function nasmVersion(nasm: Nasm): Promise<string> {
  const limits = { cwd: process.cwd(), timeoutMs: DEFAULT_TIMEOUT_MS, signal: undefined };
  const run = await inTemporaryFolder((folder) => runNasm(nasm, ['-v'], { ...limits, folder }));
  const line = run.stdout.split('\n', 1)[0]?.trim();
  if (run.ending === 'done' && line) return line;
  throw new GuestkitError('nasm', `${nasm.path} -v failed: ${run.stderr.trim() || run.ending}`, {
    hint: 'Reinstall nasm, or set NASM to the path of one that works.',
  });
}

/** Loads what starting NASM needs, ahead of the first time: a watcher has time for it, a save has not. */
export async function preloadNasm(): Promise<void> {
  await import('execa');
}
