import type { ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
import { SET_LIMITS } from './limits.ts';

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
type Shell = Promise<ProgramEnd> & Pick<ChildProcess, 'exitCode' | 'signalCode'> & { stdin: Writable };

/**
 * A shell that has been started ahead of time and waits to become another program: from a save to the verdict
 * the start of a process is the longest part, and a watcher has time for it before.
 *
 * It reads its commands from standard input. When this process ends, however it ends, that ends too, and so
 * does the shell.
 */
export class Standby {
  readonly cwd: string;
  readonly #shell: Shell;
  readonly #stop: AbortController;

  private constructor(cwd: string, shell: Shell, stop: AbortController) {
    this.cwd = cwd;
    this.#shell = shell;
    this.#stop = stop;
    // The shell may be gone by the time that it is told something.
    shell.stdin.on('error', () => undefined);
    shell.stdin.write(`${SET_LIMITS}\n`);
  }

  static async start(cwd: string): Promise<Standby> {
    const { execa } = await import('execa');
    const stop = new AbortController();
    const shell = execa('/bin/sh', {
      cwd,
      stdin: 'pipe',
      stdout: 'ignore',
      stderr: 'ignore',
      reject: false,
      killSignal: 'SIGKILL',
      cancelSignal: stop.signal,
    });
    return new Standby(cwd, shell, stop);
  }

  /** Whether the shell still waits. */
  get ready(): boolean {
    return this.#shell.exitCode === null && this.#shell.signalCode === null;
  }

  /**
   * Becomes a program, what it prints going to files, and waits for its end. Can be called once. As with
   * execa, `timedOut` tells that the time was over; an abort of `signal` just ends it.
   */
  async become(
    words: readonly string[],
    printed: { stdout: string; stderr: string },
    options: { timeoutMs: number; signal: AbortSignal | undefined },
  ): Promise<ProgramEnd> {
    let timedOut = false;
    const stop = (): void => this.#stop.abort();
    const timer = setTimeout(() => {
      timedOut = true;
      stop();
    }, options.timeoutMs);
    options.signal?.addEventListener('abort', stop, { once: true });
    const redirections = `</dev/null >${quote(printed.stdout)} 2>${quote(printed.stderr)}`;
    this.#shell.stdin.end(`exec ${words.map(quote).join(' ')} ${redirections}\n`);
    const result = await this.#shell;
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', stop);
    return { ...result, timedOut };
  }
}

/** A word of a shell command that stands for itself. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

let standby: Standby | undefined;
let preparing: Promise<Standby> | undefined;

/** Has a shell wait for the next run of NASM in the current folder; one at the most. */
export async function prepareStandby(): Promise<void> {
  if (standby?.ready === true || preparing !== undefined) return;
  preparing = Standby.start(process.cwd());
  try {
    standby = await preparing;
  } finally {
    preparing = undefined;
  }
}

/** The shell that waits in this folder, if there is one: the caller's from now on. */
export function takeStandby(cwd: string): Standby | undefined {
  const taken = standby;
  if (taken?.cwd !== cwd) return undefined;
  standby = undefined;
  return taken.ready ? taken : undefined;
}
