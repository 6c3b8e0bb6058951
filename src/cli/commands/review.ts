import { GuestkitError } from '../../errors.ts';
import { acceptPending } from '../../golden/accept.ts';
import { renderDiff } from '../../golden/diff.ts';
import type { FailedVerdict, NewVerdict, PendingGolden, Verdict } from '../../golden/verdict.ts';
import { Kvm } from '../../hypervisor/kvm/system.ts';
import { caseLines } from '../../report/case-lines.ts';
import { countVerdict, emptyCounts } from '../../report/counts.ts';
import { headline } from '../../report/headline.ts';
import type { Diagnostic } from '../../report/reporter.ts';
import type { Style } from '../../report/style.ts';
import { amount } from '../../report/text.ts';
import { Suite } from '../../runner/suite.ts';
import { renderNasm } from '../diagnostics.ts';
import { onInterrupt } from '../interrupt.ts';
import { hasLiveTerminal, LiveLine } from '../live-line.ts';
import { nothingToTest } from '../nothing-to-test.ts';
import { Progress } from '../progress.ts';
import { type ReviewKey, ReviewKeys } from '../review-keys.ts';
import { STATUS } from '../status.ts';
import { isCi, printable, STDOUT, say, styleFor, writeAll } from '../terminal.ts';

/** What `-u` would accept. */
type Pending = FailedVerdict | NewVerdict;

type Decision = 'accept' | 'reject' | 'skip';

const DECISIONS: Readonly<Record<Exclude<ReviewKey, 'quit' | 'interrupt'>, Decision>> = {
  accept: 'accept',
  reject: 'reject',
  skip: 'skip',
  'accept-all': 'accept',
  'reject-all': 'reject',
  'skip-all': 'skip',
};

const KEYS = 'a accept, r reject, s skip, A R S all that are left, q quit';

/**
 * Runs the test cases and shows each difference to a golden, for the person to accept it or not.
 * @returns the exit status: 0 when nothing is left
 */
export async function review(filters: readonly string[]): Promise<number> {
  if (isCi() || !process.stdin.isTTY) {
    throw new GuestkitError('usage', 'review asks a person, and there is no terminal to answer at', {
      hint: 'guestkit test shows the differences, guestkit test -u accepts them all.',
    });
  }
  const { signal } = onInterrupt();
  using kvm = Kvm.open();
  const suite = await Suite.open(kvm);
  const chosen = suite.choose({ filters });
  const live = new LiveLine(hasLiveTerminal(), () => undefined);
  const progress = new Progress(chosen.sources.length);
  const counts = emptyCounts();
  const pending: Pending[] = [];
  let others = 0;
  let ran = 0;
  for await (const { verdicts } of suite.run(chosen, { signal })) {
    ran += 1;
    for (const verdict of verdicts) {
      progress.add(verdict);
      countVerdict(counts, verdict);
      const open = reviewable(verdict);
      if (open !== undefined) pending.push(open);
      else if (verdict.status !== 'passed' && verdict.status !== 'skipped') others += 1;
    }
    live.show(progress.line(ran, counts));
  }
  live.end();
  suite.save();
  if (signal.aborted) return STATUS.interrupted;
  if (progress.cases === 0) throw nothingToTest(suite, chosen, { filters });
  if (pending.length === 0) {
    say(others > 0 ? 'nothing to review' : 'nothing to review: every golden is as its guest has it', STDOUT);
  }
  const { left, interrupted } = await reviewAll(pending, signal);
  if (others > 0) say(`${amount(others, 'case')} failed for other reasons: guestkit test --failed`, STDOUT);
  if (interrupted) return STATUS.interrupted;
  return left + others > 0 ? STATUS.testsFailed : STATUS.ok;
}

function reviewable(verdict: Verdict): Pending | undefined {
  if (verdict.status !== 'failed' && verdict.status !== 'new') return undefined;
  return verdict.pending.length > 0 && verdict.refusal === undefined ? verdict : undefined;
}

/** Asks about one after the other. `left`: how many were not accepted. */
async function reviewAll(
  pending: readonly Pending[],
  signal: AbortSignal,
): Promise<{ left: number; interrupted: boolean }> {
  if (pending.length === 0) return { left: 0, interrupted: false };
  const style = styleFor(STDOUT);
  const tally: Record<Decision, number> = { accept: 0, reject: 0, skip: 0 };
  using keys = new ReviewKeys(signal);
  let forAll: Decision | undefined;
  let interrupted = false;
  for (const [index, verdict] of pending.entries()) {
    let decision = forAll;
    if (decision === undefined) {
      say(['', style('bold', `${index + 1} of ${pending.length}`), ...shown(verdict, style)], STDOUT);
      writeAll(STDOUT, `  ${style('cyan', KEYS)} > `);
      const key = await keys.next();
      interrupted = key === 'interrupt';
      if (key === 'interrupt' || key === 'quit') {
        tally.skip += pending.length - index;
        say('', STDOUT);
        break;
      }
      decision = DECISIONS[key];
      if (key.endsWith('-all')) forAll = decision;
    }
    if (decision === 'accept' && !accept(verdict, style)) decision = 'skip';
    else if (decision === 'reject') say(style('yellow', printable(`rejected ${verdict.case.name}`)), STDOUT);
    else if (decision === 'skip') say(style('dim', printable(`skipped ${verdict.case.name}`)), STDOUT);
    tally[decision] += 1;
  }
  say(['', `${tally.accept} accepted, ${tally.reject} rejected, ${tally.skip} skipped`], STDOUT);
  return { left: tally.reject + tally.skip, interrupted };
}

/** The case with what it differs in; one without a golden with what would be its golden. */
function shown(verdict: Pending, style: Style): string[] {
  const options = {
    style,
    attempts: 1,
    updating: true,
    diagnostics: (found: readonly Diagnostic[]) => renderNasm(found, style).split('\n'),
  };
  if (verdict.status === 'failed') return caseLines(verdict, [], options);
  return [
    headline(verdict.case.name, verdict, [], 1, style),
    ...verdict.pending.flatMap((golden) => newGolden(golden, style)),
  ];
}

/** What would be in a golden that is not there, or that leaves values open. */
function newGolden({ path, expected = new Uint8Array(), actual }: PendingGolden, style: Style): string[] {
  if (actual.length === 0) return [printable(`    ${path} would be empty`)];
  // The first two lines say where the two part, and how long they are: what is new begins at its start.
  const lines = renderDiff(expected, actual).slice(expected.length === 0 ? 2 : 0);
  return [
    printable(`    ${path} would be`),
    ...lines.map(({ kind, text }) => {
      const line = printable(text);
      if (kind === 'actual') return style('green', `    + ${line}`);
      return kind === 'expected' ? style('red', `    - ${line}`) : style('dim', `    ${line}`);
    }),
  ];
}

/** What cannot be written is said, and the others are asked for all the same. */
function accept(verdict: Pending, style: Style): boolean {
  try {
    const wrote = acceptPending(verdict);
    say(style('green', printable(`wrote ${wrote.join(', ')}`)), STDOUT);
    return true;
  } catch (error) {
    if (!(error instanceof GuestkitError)) throw error;
    say(style('red', error.message), STDOUT);
    return false;
  }
}
