import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { DEFAULT_TIMEOUT_MS, setLimits } from './limits.ts';
import { OutputFiles, outputPath } from './output-files.ts';

/** How a program ended, in execa's words. */
export interface ProgramEnd {
  exitCode?: number | undefined;
  signal?: string | undefined;
  timedOut: boolean;
  /** Of the error when it could not be started, with what it says. */
  code?: string | undefined;
  shortMessage?: string | undefined;
  cause?: unknown;
}

/** What is used of execa's subprocess. */
type Subprocess = Promise<unknown> &
  Pick<ChildProcess, 'exitCode' | 'signalCode' | 'pid' | 'ref' | 'unref'> & { stdin: Socket; stdout: Socket };

/** A shell gives the status of a program that a signal ended as this plus the signal (POSIX, 2.8.2). */
const SIGNAL_BASE = 128;
/** The longest run that a shell is for: after that time on the CPU the kernel stops it. */
export const SHELL_TIMEOUT_MS: number = DEFAULT_TIMEOUT_MS;

/**
 * A shell that runs programs, one after the other. Starting a process costs Node milliseconds, and a shell a
 * fraction of one.
 *
 * It reads its commands from a pipe and answers each one with its status. When this process ends, however it
 * does, that pipe ends too, and so does the shell. It has a process group of its own, so that what it runs can
 * be killed without asking it. It keeps this process alive only while it runs something.
 */
export class Shell implements Disposable {
  readonly files: OutputFiles;
  readonly #cwd: string;
  readonly #nasmEnv: string | undefined;
  readonly #environment: string;
  readonly #process: Subprocess;
  /** Takes the status of the program that runs; `undefined`: the shell itself ended. */
  #settle: ((status: number | undefined) => void) | undefined;
  #over = false;
  #answer = '';

  private constructor(cwd: string, files: OutputFiles, subprocess: Subprocess) {
    this.files = files;
    this.#cwd = cwd;
    this.#nasmEnv = nasmEnv();
    this.#environment = environment();
    this.#process = subprocess;
    const { stdin, stdout } = subprocess;
    // The shell may be gone by the time that it is told something.
    stdin.on('error', () => undefined);
    stdout.on('error', () => undefined);
    stdout.setEncoding('latin1').on('data', (text: string) => this.#hear(text));
    subprocess.then(() => this.#finish());
    const redirections = `</dev/null >${outputPath('stdout')} 2>${outputPath('stderr')}`;
    const limits = setLimits({ fileMib: files.limitMib, timeoutMs: SHELL_TIMEOUT_MS });
    stdin.write(`${limits}; run() { "$@" ${redirections}; echo $?; }\n`);
    this.#setBusy(false);
  }

  static async start(cwd: string): Promise<Shell> {
    const { execa } = await import('execa');
    const files = OutputFiles.open();
    try {
      const subprocess = execa('/bin/sh', {
        cwd,
        stdio: ['pipe', 'pipe', 'ignore', ...files.descriptors],
        buffer: false,
        detached: true,
        cleanup: false,
        reject: false,
      });
      return new Shell(cwd, files, subprocess as unknown as Subprocess);
    } catch (error) {
      files[Symbol.dispose]();
      throw error;
    }
  }

  /** Whether it can run another program. */
  get ready(): boolean {
    return !this.#over && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /**
   * Whether a program runs in it as it would if it were started now. Without `readsEnvironment` only what NASM
   * itself reads of the environment counts.
   */
  suits(cwd: string, readsEnvironment: boolean): boolean {
    if (cwd !== this.#cwd || nasmEnv() !== this.#nasmEnv) return false;
    return !readsEnvironment || environment() === this.#environment;
  }

  /**
   * Runs a program, its output going to {@link files}, and waits for its end; `undefined` when the shell ended
   * before it. An abort of `signal` ends program and shell.
   */
  async run(
    words: readonly string[],
    options: { timeoutMs: number; signal: AbortSignal | undefined },
  ): Promise<ProgramEnd | undefined> {
    if (!this.ready) return undefined;
    let timedOut = false;
    const stop = (): void => this.#kill();
    const timer = setTimeout(() => {
      timedOut = true;
      stop();
    }, options.timeoutMs);
    options.signal?.addEventListener('abort', stop, { once: true });
    this.#setBusy(true);
    const status = await new Promise<number | undefined>((settle) => {
      this.#settle = settle;
      this.#process.stdin.write(`run ${words.map(quote).join(' ')}\n`);
    });
    this.#setBusy(false);
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', stop);
    if (timedOut || options.signal?.aborted) return { timedOut, signal: 'SIGKILL' };
    return status === undefined ? undefined : endOf(status);
  }

  /** Ends the shell and what it runs, at once; the files are closed. */
  [Symbol.dispose](): void {
    this.#kill();
    this.#process.stdin.destroy();
    this.#process.stdout.destroy();
    this.files[Symbol.dispose]();
  }

  #kill(): void {
    const { pid } = this.#process;
    if (!this.ready || pid === undefined) return;
    this.#over = true;
    process.kill(-pid, 'SIGKILL');
  }

  #hear(text: string): void {
    this.#answer += text;
    if (!this.#answer.endsWith('\n')) return;
    const status = Number(this.#answer);
    this.#answer = '';
    this.#take(status);
  }

  #finish(): void {
    this.#over = true;
    this.#take(undefined);
  }

  #take(status: number | undefined): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(status);
  }

  #setBusy(busy: boolean): void {
    const { stdin, stdout } = this.#process;
    for (const handle of [this.#process, stdin, stdout]) {
      if (busy) handle.ref();
      else handle.unref();
    }
  }
}

function nasmEnv(): string | undefined {
  return process.env['NASMENV'];
}

/** All of it, to be compared: a source can read any variable. */
function environment(): string {
  return JSON.stringify(process.env);
}

function endOf(status: number): ProgramEnd {
  if (status <= SIGNAL_BASE) return { exitCode: status, timedOut: false };
  const { signals } = process.getBuiltinModule('node:os').constants;
  const [signal] = Object.entries(signals).find(([, number]) => number === status - SIGNAL_BASE) ?? [];
  return { signal: signal ?? `signal ${status - SIGNAL_BASE}`, timedOut: false };
}

/** A word of a shell command that stands for itself. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
