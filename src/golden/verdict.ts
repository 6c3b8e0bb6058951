import { GuestkitError } from '../errors.ts';
import { describeOutcome } from '../machine/describe-outcome.ts';
import type { Outcome } from '../machine/outcome.ts';
import { renderDiff } from './diff.ts';
import type { DiffLine } from './diff-line.ts';
import type { Directives, ExpectableKind } from './directives.ts';
import { replaceFile } from './files.ts';
import type { TestCase } from './test-case.ts';

/** The ending a test case asks for; `ended-well` is exit status 0 or HLT, which counts as status 0. */
export type ExpectedOutcome =
  | { kind: 'ended-well' }
  | { kind: 'exited'; code: number }
  | { kind: Exclude<ExpectableKind, 'exited'> };

/** What came of one run of a guest. */
export interface GuestRun {
  outcome: Outcome;
  /** Every byte it printed. */
  output: Uint8Array;
  durationMs: number;
}

/** Why a case failed, ready to be printed. */
export type FailureReason =
  /** The ending: "timed out after 500 ms, expected to exit with 0 or halt". */
  | { kind: 'outcome'; message: string }
  /** What was printed. */
  | { kind: 'output'; diff: readonly DiffLine[] };

/** The guest ran and ended as expected, and there is no golden to compare its output with. */
export interface NewVerdict extends GuestRun {
  status: 'new';
  case: TestCase;
  expectedOutcome: ExpectedOutcome;
}

/** The guest ran, and its ending, its output or both are not what was expected. */
export interface FailedVerdict extends GuestRun {
  status: 'failed';
  case: TestCase;
  expectedOutcome: ExpectedOutcome;
  /** `undefined` when there is no golden. */
  expectedOutput: Uint8Array | undefined;
  /** One or both, never none. */
  reasons: readonly FailureReason[];
}

/** The guest ran, ended as expected and printed its golden byte for byte. */
export interface PassedVerdict extends GuestRun {
  status: 'passed';
  case: TestCase;
  expectedOutcome: ExpectedOutcome;
}

/** What became of one test case. */
export type Verdict =
  | PassedVerdict
  | FailedVerdict
  | NewVerdict
  /** Its directive says that it is not to be run. */
  | { status: 'skipped'; case: TestCase; why: string }
  /** It could not be run or compared. */
  | { status: 'error'; case: TestCase; error: GuestkitError; durationMs: number };

/** The ending that a source's directives ask for. */
export function expectedOutcomeOf(directives: Directives): ExpectedOutcome {
  const { exit, outcome } = directives;
  if (exit !== undefined || outcome === 'exited') return { kind: 'exited', code: exit ?? 0 };
  return { kind: outcome ?? 'ended-well' };
}

/** Compares a run with what its directives and its golden (`undefined`: there is none) ask for. */
export function judge(
  testCase: TestCase,
  directives: Directives,
  golden: Uint8Array | undefined,
  run: GuestRun,
): PassedVerdict | FailedVerdict | NewVerdict {
  const expectedOutcome = expectedOutcomeOf(directives);
  const { outcome, output, durationMs } = run;
  const facts = { case: testCase, expectedOutcome, outcome, output, durationMs };

  const reasons: FailureReason[] = [];
  if (!endedAs(outcome, expectedOutcome)) {
    const message = `${describeOutcome(outcome)}, expected ${describeExpected(expectedOutcome)}`;
    reasons.push({ kind: 'outcome', message });
  }
  if (golden !== undefined && Buffer.compare(golden, output) !== 0) {
    reasons.push({ kind: 'output', diff: renderDiff(golden, output) });
  }
  if (reasons.length > 0) return { status: 'failed', ...facts, expectedOutput: golden, reasons };
  return { status: golden === undefined ? 'new' : 'passed', ...facts };
}

function endedAs(outcome: Outcome, expected: ExpectedOutcome): boolean {
  switch (expected.kind) {
    case 'ended-well':
      return outcome.kind === 'halted' || (outcome.kind === 'exited' && outcome.code === 0);
    case 'exited':
      return outcome.kind === 'exited' && outcome.code === expected.code;
    default:
      return outcome.kind === expected.kind;
  }
}

/**
 * Makes what a guest printed its golden. Only a run that ended by itself and as its directives ask is
 * accepted: after a crash, a time limit or a stop, the output ends at a point that means nothing, even
 * where that ending is expected. Fails with code `file` when it refuses, and when it cannot write.
 */
export function acceptGolden(verdict: FailedVerdict | NewVerdict): void {
  const { outcome, expectedOutcome } = verdict;
  const refuse = (hint: string): never => {
    const reason = `the guest ${describeOutcome(outcome)}`;
    throw new GuestkitError('file', `${verdict.case.golden} was not written: ${reason}`, { hint });
  };
  if (outcome.kind !== 'exited' && outcome.kind !== 'halted') {
    refuse(
      endedAs(outcome, expectedOutcome)
        ? 'No golden is written from such a run, even where it is expected. Write the bytes into the file yourself; for none, an empty file will do.'
        : 'No golden is written from such a run. Let the guest write 0 to the exit port, or halt, when it is done.',
    );
  }
  if (!endedAs(outcome, expectedOutcome)) {
    const setting = outcome.kind === 'exited' ? `exit=${outcome.code}` : `outcome=${outcome.kind}`;
    refuse(
      `It was expected ${describeExpected(expectedOutcome)}. Mend the guest, or say '; guestkit: ${setting}' in it.`,
    );
  }
  replaceFile(verdict.case.golden, verdict.output);
}

function describeExpected(expected: ExpectedOutcome): string {
  switch (expected.kind) {
    case 'ended-well':
      return 'to exit with 0 or halt';
    case 'exited':
      return `to exit with ${expected.code}`;
    case 'halted':
      return 'to halt';
    case 'timeout':
      return 'to run into its time limit';
    case 'crashed':
      return 'to crash';
  }
}
