import type { Verdict } from '../golden/verdict.ts';
import { isFlaky, type Standing, standingOf } from './counts.ts';
import type { Style, StyleName } from './style.ts';
import { milliseconds, oneLine } from './text.ts';

const MARKS: Readonly<Record<Standing, readonly [mark: string, colour: StyleName]>> = {
  passed: ['✓', 'green'],
  failed: ['✗', 'red'],
  error: ['✗', 'red'],
  new: ['+', 'yellow'],
  skipped: ['-', 'yellow'],
};

/** The sign of a standing, coloured. */
export function markOf(standing: Standing, style: Style): string {
  const [mark, colour] = MARKS[standing];
  return style(colour, mark);
}

/**
 * A case on one line: its sign, `name`, its time, and what is remarkable about it.
 * @param most how often a case may run
 */
export function headline(
  name: string,
  verdict: Verdict,
  wrote: readonly string[],
  most: number,
  style: Style,
): string {
  const standing = standingOf(verdict, wrote);
  const accepted = standing !== verdict.status;
  const mark = accepted && verdict.status === 'new' ? style('green', '+') : markOf(standing, style);
  const parts = [mark, oneLine(name)];
  if (verdict.status === 'skipped') parts.push(style('dim', `skipped: ${oneLine(verdict.why)}`));
  else if (verdict.status !== 'error') parts.push(style('dim', milliseconds(verdict.durationMs)));
  if (accepted) parts.push(acceptedGoldens(verdict));
  else if (verdict.attempts > 1) parts.push(style('yellow', attempts(verdict, most)));
  return parts.join(' ');
}

function attempts(verdict: Verdict, most: number): string {
  if (isFlaky(verdict)) return `(${flakyText(verdict, most)})`;
  return `(${verdict.attempts} attempts)`;
}

/** "flaky: passed at attempt 2 of 3". */
export function flakyText({ attempts }: Verdict, most: number): string {
  return `flaky: passed at attempt ${attempts} of ${Math.max(attempts, most)}`;
}

/** "wrote asm/x.golden, updated asm/x.regs.golden". */
function acceptedGoldens(verdict: Verdict): string {
  if (verdict.status !== 'failed' && verdict.status !== 'new') return '';
  return verdict.pending
    .map(({ path, expected }) => `${expected === undefined ? 'wrote' : 'updated'} ${oneLine(path)}`)
    .join(', ');
}
