import type { CaseRun } from './case-run.ts';
import { CHANNELS, type Channel, type Goldens, goldenPath } from './channels.ts';
import { type Compare, compareBytes, copyOf } from './comparison.ts';
import { endingReason, refusalOf } from './ending.ts';
import { compareAccesses } from './exits-golden.ts';
import { checkExpectations } from './expectations.ts';
import { compareMemory } from './mem-golden.ts';
import type { CasePlan, TestCase } from './plan.ts';
import { compareRegisters } from './regs-golden.ts';
import { routineReasons } from './routine-checks.ts';
import { asksForEnding } from './settings.ts';
import type { FailedVerdict, FailureReason, NewVerdict, PassedVerdict, PendingGolden } from './verdict.ts';

const COMPARE: Readonly<Record<Channel, Compare>> = {
  serial: (golden, _path, { output }) => compareBytes(golden, output),
  debug: (golden, _path, { debugOutput }) => compareBytes(golden, debugOutput),
  regs: compareRegisters,
  mem: compareMemory,
  exits: compareAccesses,
};

/**
 * Compares a run with all that is expected of it, in this order: its ending, the channels that have a golden,
 * the expectations of its source, the results of a routine that returned. Call it while the machine is
 * there; the verdict keeps nothing of it.
 *
 * Fails with a `GoldenError` or `DirectiveError` when a golden or a comment is wrong: no such symbol, a row
 * that cannot be read.
 */
export function judge(
  testCase: TestCase,
  plan: CasePlan,
  goldens: Goldens,
  run: CaseRun,
  attempts: number,
): PassedVerdict | FailedVerdict | NewVerdict {
  const reasons: FailureReason[] = [];
  const pending: PendingGolden[] = [];
  const ending = endingReason(plan, run);
  if (ending !== undefined) reasons.push(ending);
  const isCompared = compareChannels(testCase, goldens, run, reasons, pending);
  const missed = checkExpectations(plan.expectations, run.output);
  if (missed !== undefined) reasons.push(missed);
  if (plan.call !== undefined && run.routine?.returned === true) {
    const context = { symbols: run.symbols(), source: testCase.source, line: plan.line };
    reasons.push(...routineReasons(plan.call, run, context));
  }

  const saysNothing =
    !isCompared && plan.expectations.length === 0 && plan.call === undefined && !asksForEnding(plan.settings);
  if (saysNothing) {
    const path = goldenPath(testCase.stem, 'serial');
    pending.push({ channel: 'serial', path, expected: undefined, actual: copyOf(run.output) });
  }
  const { outcome, durationMs } = run;
  const facts = { case: testCase, outcome, durationMs, attempts };
  if (reasons.length === 0 && pending.length === 0) return { status: 'passed', ...facts };
  const refusal = refusalOf(plan, run, pending);
  if (reasons.length === 0) return { status: 'new', ...facts, pending, refusal };
  return { status: 'failed', ...facts, reasons, pending, refusal };
}

/** Adds what differs; whether there was a golden at all. */
function compareChannels(
  testCase: TestCase,
  goldens: Goldens,
  run: CaseRun,
  reasons: FailureReason[],
  pending: PendingGolden[],
): boolean {
  let isCompared = false;
  for (const channel of CHANNELS) {
    const golden = goldens[channel];
    if (golden === undefined) continue;
    isCompared = true;
    const path = goldenPath(testCase.stem, channel);
    const comparison = COMPARE[channel](golden, path, run);
    if (comparison === undefined) continue;
    const { failure, accepted } = comparison;
    if (failure !== undefined) {
      reasons.push({ kind: 'golden', channel, path, ...failure, writtenBy: undefined });
    }
    if (accepted !== undefined) pending.push({ channel, path, expected: golden, actual: accepted });
  }
  return isCompared;
}
