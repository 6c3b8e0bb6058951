import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GuestkitError } from '../errors.ts';
import { MIB, OUTPUT_LIMIT_MIB, SET_LIMITS } from './limits.ts';
import { type ProgramEnd, takeStandby } from './standby.ts';
import { inTemporaryFolder } from './temporary-folder.ts';
import type { Nasm } from './tool.ts';

/** How long one NASM may take before it is killed. NASM itself needs milliseconds; macros can loop. */
export const DEFAULT_TIMEOUT_MS = 20_000;
/**
 * The shell sets the limits, then becomes NASM. What NASM prints goes to files, not pipes: the sockets and
 * streams for two pipes take 5 ms at a process's first start of another.
 */
const LIMITED = `${SET_LIMITS}; exec >"$1" 2>"$2"; shift 2; exec "$@"`;

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
  options.signal?.throwIfAborted();
  const printed = { stdout: join(options.folder, 'stdout'), stderr: join(options.folder, 'stderr') };
  const words = [nasm.path, ...args];
  const standby = takeStandby(options.cwd);
  const result = await (standby === undefined
    ? start(words, printed, options)
    : standby.become(words, printed, options));
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

async function start(
  words: readonly string[],
  printed: { stdout: string; stderr: string },
  options: RunOptions,
): Promise<ProgramEnd> {
  const { execa } = await import('execa');
  options.signal?.throwIfAborted();
  return await execa('/bin/sh', ['-c', LIMITED, 'sh', printed.stdout, printed.stderr, ...words], {
    cwd: options.cwd,
    stdio: 'ignore',
    reject: false,
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
  });
}

/** What NASM printed, cut at the limit; `ulimit -f` keeps the file itself small. */
function readPrinted(path: string): { text: string; tooLong: boolean } {
  if (!existsSync(path)) return { text: '', tooLong: false };
  const bytes = readFileSync(path);
  const tooLong = bytes.length > OUTPUT_LIMIT_MIB * MIB;
  return { text: bytes.subarray(0, OUTPUT_LIMIT_MIB * MIB).toString('utf8'), tooLong };
}

function endingOf(result: ProgramEnd): NasmRun['ending'] {
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
