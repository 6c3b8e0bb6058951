import { writeSync } from 'node:fs';
import { styleText } from 'node:util';
import { GuestkitError } from '../errors.ts';
import type { Style } from '../report/style.ts';

export const STDOUT = 1;
export const STDERR = 2;

/** While a pipe is full the host waits this long before it tries again, in milliseconds. */
const FULL_PIPE_WAIT_MS = 1;

/** What writing fails with once nobody reads: a pipe without its other end, a terminal that was hung up. */
const GONE: readonly unknown[] = ['EPIPE', 'EIO'];

/**
 * Writes all of `data` to a file descriptor before it returns, so that nothing is lost when the process ends.
 * @returns false when nobody reads there any more
 * @throws GuestkitError `file` when standard output cannot take it for another reason, such as a full disk
 */
export function writeAll(fd: number, data: Uint8Array | string): boolean {
  let rest = typeof data === 'string' ? Buffer.from(data) : data;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'EAGAIN') return giveUp(fd, code, error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_WAIT_MS);
    }
  }
  return true;
}

/** Errors are said on stderr: when that itself fails there is no place left to say so. */
function giveUp(fd: number, code: unknown, cause: unknown): false {
  if (fd === STDERR || GONE.includes(code)) return false;
  throw new GuestkitError('file', `cannot write to standard output: ${code ?? cause}`, { cause });
}

/**
 * Prints lines for the person, as opposed to what the guest prints: on stderr unless the command says otherwise.
 * @returns and throws as {@link writeAll}
 */
export function say(lines: string | readonly string[], fd: number = STDERR): boolean {
  const text = typeof lines === 'string' ? lines : lines.join('\n');
  return writeAll(fd, `${text}\n`);
}

/** Whether to colour what goes to `fd`: NO_COLOR beats FORCE_COLOR beats being a terminal. */
export function usesColour(fd: number, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  // Loaded here: it brings all of node:net along, 3 ms, and only some commands colour anything.
  return process.getBuiltinModule('node:tty').isatty(fd) && env['TERM'] !== 'dumb';
}

/** The way to colour text for `fd`, or to leave it alone; which of the two is found out when there is some. */
export function styleFor(fd: number): Style {
  let colour: boolean | undefined;
  return (name, text) => {
    colour ??= usesColour(fd);
    return colour ? styleText(name, text, { validateStream: false }) : text;
  };
}

/** Whether a machine runs this and nobody watches: no prompts, no watching, no golden is written. */
export function isCi(env: NodeJS.ProcessEnv = process.env): boolean {
  const value = env['CI'];
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}

/** Text that cannot steer the terminal: control characters but newline and tab show as U+FFFD. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (letter) => (letter === '\n' || letter === '\t' ? letter : '\u{FFFD}'));
}
