import type { FailedVerdict, NewVerdict, Verdict } from '../golden/verdict.ts';

/** How many cases a suite had of each kind. */
export interface Counts {
  passed: number;
  failed: number;
  /** Without a golden, and none was written. */
  new: number;
  error: number;
  skipped: number;
  /** Of those passed: how many did so only when they were run again. */
  flaky: number;
  /** Goldens that were written. */
  written: number;
}

/** What a case counts as. */
export type Standing = Verdict['status'];

export function emptyCounts(): Counts {
  return { passed: 0, failed: 0, new: 0, error: 0, skipped: 0, flaky: 0, written: 0 };
}

/**
 * What a case counts as: its status, but `passed` once every golden that was its only fault has been written.
 * @param wrote the paths of the goldens that were written from this verdict
 */
export function standingOf(verdict: Verdict, wrote: readonly string[]): Standing {
  if (verdict.status !== 'failed' && verdict.status !== 'new') return verdict.status;
  return wrote.length > 0 && isMendedBy(verdict, wrote) ? 'passed' : verdict.status;
}

/** Whether it would pass if the goldens with these paths were as the guest has it. */
export function isMendedBy(verdict: FailedVerdict | NewVerdict, paths: readonly string[]): boolean {
  const reasons = verdict.status === 'failed' ? verdict.reasons : [];
  return [...reasons, ...verdict.pending].every((fault) => 'path' in fault && paths.includes(fault.path));
}

/** Whether it passed, and only after it had failed. */
export function isFlaky({ status, attempts }: Verdict): boolean {
  return status === 'passed' && attempts > 1;
}

/** Adds a verdict to the counts. `wrote` as for {@link standingOf}. */
export function countVerdict(counts: Counts, verdict: Verdict, wrote: readonly string[] = []): void {
  counts[standingOf(verdict, wrote)] += 1;
  if (isFlaky(verdict)) counts.flaky += 1;
  counts.written += wrote.length;
}

/** How many cases have a verdict. */
export function countedCases({ passed, failed, new: unwritten, error, skipped }: Counts): number {
  return passed + failed + unwritten + error + skipped;
}

/** How many cases are not as they should be; a suite with any of them fails. */
export function badCases({ failed, new: unwritten, error }: Counts): number {
  return failed + unwritten + error;
}
