import { existsSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { GuestkitError } from '../errors.ts';

/** The NASM that will be started. */
export interface Nasm {
  /** Absolute path, symbolic links not followed. */
  path: string;
  /**
   * Changes whenever the program does: its path, and size, modification time and inode of what that leads to.
   * It stands for the version, so that a cached build need not start NASM to ask for it.
   */
  identity: string;
}

/** Package managers in the order they are looked for, each with the command that installs NASM. */
const INSTALL_COMMANDS: readonly (readonly [program: string, command: string])[] = [
  ['apt-get', 'apt-get install nasm'],
  ['dnf', 'dnf install nasm'],
  ['pacman', 'pacman -S nasm'],
  ['apk', 'apk add nasm'],
  ['brew', 'brew install nasm'],
];

/** What was found last, for which environment, and when. */
let found: { question: string; nasm: Nasm; at: number } | undefined;
/** A suite asks thousands of times in a second, and nobody counts on a NASM installed in less. */
const FOUND_FOR_MS = 100;

/**
 * Finds NASM: `$NASM` (a path, or a name on PATH) where that is set, else `nasm` on PATH.
 * `undefined` when there is none; never throws.
 */
export function findNasm(): Nasm | undefined {
  const { NASM: wanted = '', PATH: folders = '' } = process.env;
  // performance.now() would load a dozen modules at the start.
  const now = Date.now();
  try {
    const question = [process.cwd(), wanted, folders].join('\n');
    if (found?.question === question && Math.abs(now - found.at) < FOUND_FOR_MS) return found.nasm;
    found = undefined;
    const path = findProgram(wanted || 'nasm');
    if (path === undefined) return undefined;
    const { size, mtimeMs, dev, ino } = statSync(path);
    const nasm = { path, identity: `${path} ${size} ${mtimeMs} ${dev} ${ino}` };
    found = { question, nasm, at: now };
    return nasm;
  } catch {
    return undefined;
  }
}

/** {@link findNasm}, or a {@link GuestkitError} `nasm` whose hint names this system's install command. */
export function requireNasm(): Nasm {
  const nasm = findNasm();
  if (nasm !== undefined) return nasm;
  const { NASM: wanted } = process.env;
  if (wanted) {
    throw new GuestkitError('nasm', `NASM not found: $NASM is '${wanted}', which is no executable file`, {
      hint: 'Set NASM to the path of a nasm program, or unset it to use the nasm on PATH.',
    });
  }
  throw new GuestkitError('nasm', 'NASM not found: no nasm on PATH', { hint: installHint() });
}

function installHint(): string {
  for (const [program, command] of INSTALL_COMMANDS) {
    if (findProgram(program) === undefined) continue;
    // Homebrew refuses to run as root; the others need it.
    const asRoot = program === 'brew' || process.getuid?.() === 0 ? '' : 'sudo ';
    return `Install it with: ${asRoot}${command}`;
  }
  return 'Install NASM from https://www.nasm.us and put it on PATH, or set NASM to its path.';
}

function findProgram(name: string): string | undefined {
  if (name.includes('/')) return isExecutable(name) ? resolve(name) : undefined;
  const { PATH: folders = '' } = process.env;
  for (const folder of folders.split(delimiter)) {
    const path = join(folder || '.', name);
    if (isExecutable(path)) return resolve(path);
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  // Most folders of PATH lack it, and existsSync costs a fifth of what statSync does.
  if (!existsSync(path)) return false;
  try {
    const stat = statSync(path);
    return stat.isFile() && (stat.mode & 0o111) !== 0;
  } catch {
    return false;
  }
}
