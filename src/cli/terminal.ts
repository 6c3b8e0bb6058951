import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { styleText } from 'node:util';
import type { Style } from '../report/style.ts';

export const STDOUT = 1;
export const STDERR = 2;

/** While a pipe is full the host waits this long before it tries again, in milliseconds. */
const FULL_PIPE_WAIT_MS = 1;

/**
 * Writes all of `data` to a file descriptor before it returns, so that nothing is lost when the process ends.
 * @returns false when nobody reads there any more
 */
export function writeAll(fd: number, data: Uint8Array | string): boolean {
  let rest = typeof data === 'string' ? Buffer.from(data) : data;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'EAGAIN') return false;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_WAIT_MS);
    }
  }
  return true;
}

/** Prints lines for the person, as opposed to what the guest prints: on stderr unless the command says otherwise. */
export function say(lines: string | readonly string[], fd: number = STDERR): void {
  const text = typeof lines === 'string' ? lines : lines.join('\n');
  writeAll(fd, `${text}\n`);
}

/** Whether to colour what goes to `fd`: NO_COLOR beats FORCE_COLOR beats being a terminal. */
export function usesColour(fd: number, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isatty(fd) && env['TERM'] !== 'dumb';
}

/** The way to colour text for `fd`, or to leave it alone. */
export function styleFor(fd: number): Style {
  return usesColour(fd)
    ? (name, text) => styleText(name, text, { validateStream: false })
    : (_name, text) => text;
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
