import { GuestkitError } from '../errors.ts';
import { describeOutcome } from '../machine/describe-outcome.ts';
import type { GuestRun } from './guest-run.ts';
import { type MatcherContext, type MatcherResult, nameOf, runLines } from './matcher.ts';

/**
 * Whether a guest wrote `code` to the exit port.
 * @throws GuestkitError `usage` for what no guest can exit with
 */
export function matchExit(run: GuestRun, code: number, context: MatcherContext): MatcherResult {
  if (!Number.isInteger(code) || code < 0 || code > 255) {
    throw new GuestkitError('usage', `toExitWith(${code}): no guest exits with that`, {
      hint: 'An exit code is a byte: 0 to 255.',
    });
  }
  const pass = run.outcome.kind === 'exited' && run.outcome.code === code;
  return ending(run, pass, `to exit with ${code}`, context);
}

/** Whether a guest executed HLT. */
export function matchHalt(run: GuestRun, context: MatcherContext): MatcherResult {
  return ending(run, run.outcome.kind === 'halted', 'to halt', context);
}

function ending(
  run: GuestRun,
  pass: boolean,
  asked: string,
  { isNot, style }: MatcherContext,
): MatcherResult {
  return {
    pass,
    message() {
      const head = `${nameOf(run)} ${describeOutcome(run.outcome)}, expected ${isNot ? 'it not ' : ''}${asked}`;
      return [style('red', head), ...runLines(run)].join('\n');
    },
  };
}
