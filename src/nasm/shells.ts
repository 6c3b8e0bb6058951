import { Shell } from './shell.ts';

/** More at a time would only wait for each other's CPUs. */
const MOST = 4;
/** So many runs are cheaper without a shell, which first has to be started itself. */
const RUNS_WITHOUT = 2;

/** Those that wait for a program to run. */
const idle: Shell[] = [];
/** How many are lent, or started to be. */
let lent = 0;
/** Those that run something. */
const busy: Set<Shell> = new Set();
/** Who waits until fewer than {@link MOST} are lent, the first first. */
const queue: Set<() => void> = new Set();
let runs = 0;
let watchesExit = false;

/** Where and how a program is to run. */
export interface ShellRequest {
  cwd: string;
  /** It may read any environment variable, not only those that NASM reads by itself. */
  readsEnvironment: boolean;
  signal: AbortSignal | undefined;
}

/**
 * Lends `work` a shell in a folder, and waits while too many are lent. `undefined` when the run is better
 * started without one. `work` must be done with the shell when it resolves.
 * @throws the signal's reason when it aborts while waiting
 */
export async function lendShell<T>(
  { cwd, readsEnvironment, signal }: ShellRequest,
  work: (shell: Shell) => Promise<T>,
): Promise<T | undefined> {
  runs += 1;
  if (runs <= RUNS_WITHOUT && idle.length === 0) return undefined;
  while (lent >= MOST) await nextTurn(signal);
  lent += 1;
  try {
    const shell = takeIdle(cwd, readsEnvironment) ?? (await startShell(cwd));
    if (shell === undefined) return undefined;
    busy.add(shell);
    try {
      return await work(shell);
    } finally {
      busy.delete(shell);
      if (shell.ready) idle.push(shell);
      else shell[Symbol.dispose]();
    }
  } finally {
    lent -= 1;
    const [next] = queue;
    next?.();
  }
}

/** Has a shell wait in the current folder: the next run of NASM then starts at once. */
export async function prepareShell(): Promise<void> {
  const cwd = process.cwd();
  const shell = takeIdle(cwd, true) ?? (lent === 0 ? await startShell(cwd) : undefined);
  if (shell !== undefined) idle.push(shell);
}

/** Ends those that wait, for whoever will not assemble again soon; the next one starts another. */
export function endShells(): void {
  for (const shell of idle.splice(0)) shell[Symbol.dispose]();
}

/** `undefined` where it cannot be started; a start without it then says why. */
async function startShell(cwd: string): Promise<Shell | undefined> {
  if (!watchesExit) {
    watchesExit = true;
    process.once('exit', () => {
      for (const shell of busy) shell[Symbol.dispose]();
    });
  }
  try {
    return await Shell.start(cwd);
  } catch {
    return undefined;
  }
}

/** One that waits and suits; those that do not are ended. */
function takeIdle(cwd: string, readsEnvironment: boolean): Shell | undefined {
  for (let shell = idle.pop(); shell !== undefined; shell = idle.pop()) {
    if (shell.ready && shell.suits(cwd, readsEnvironment)) return shell;
    shell[Symbol.dispose]();
  }
  return undefined;
}

function nextTurn(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      queue.delete(settle);
      signal?.removeEventListener('abort', settle);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    };
    queue.add(settle);
    signal?.addEventListener('abort', settle, { once: true });
  });
}
