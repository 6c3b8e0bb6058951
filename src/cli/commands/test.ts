import { rmSync } from 'node:fs';
import { now } from '../../clock.ts';
import { GuestkitError } from '../../errors.ts';
import { acceptPending } from '../../golden/accept.ts';
import { fileError } from '../../golden/files.ts';
import type { Verdict } from '../../golden/verdict.ts';
import { Kvm } from '../../hypervisor/kvm/system.ts';
import { badCases, countVerdict, emptyCounts } from '../../report/counts.ts';
import { caseError } from '../../runner/case-error.ts';
import { type Selection, Suite } from '../../runner/suite.ts';
import { onInterrupt } from '../interrupt.ts';
import { hasLiveTerminal, LiveLine } from '../live-line.ts';
import { nothingToTest } from '../nothing-to-test.ts';
import { Progress } from '../progress.ts';
import { Reports } from '../reports.ts';
import { STATUS } from '../status.ts';
import { isCi } from '../terminal.ts';
import { isEverything, parseTestFlags, type TestFlags } from '../test-flags.ts';

/**
 * Runs the test cases of the project, or those that are asked for, and reports on them.
 * @returns the exit status
 */
export async function test(filters: readonly string[], flags: TestFlags): Promise<number> {
  const request = parseTestFlags(filters, flags);
  if (request.mergeReports !== undefined) {
    const { mergeReports } = await import('../merge-reports.ts');
    return mergeReports(request.mergeReports, request.reporters);
  }
  const { selection, update, prune, bail } = request;
  if ((update || prune) && isCi()) {
    throw new GuestkitError('usage', `no golden is ${update ? 'written' : 'deleted'} where CI is set`, {
      hint: `Run guestkit test ${update ? '-u' : '--prune'} on your machine and commit the goldens.`,
    });
  }
  const start = now();
  const stop = onInterrupt();
  const { signal } = stop;
  const reports = new Reports(request.reporters);
  using kvm = Kvm.open();
  const suite = await Suite.open(kvm, isEverything(request) ? { jobs: request.run.jobs } : undefined);
  const chosen = suite.choose(selection);
  requireMatch(suite, selection);
  // What nobody reads, or nothing takes any more, need not be found out.
  const live = new LiveLine(!reports.isDocument && hasLiveTerminal(), (error) => stop.abort(error));
  const progress = new Progress(chosen.sources.length);
  const counts = emptyCounts();
  const attempts = (request.run.retries ?? 0) + 1;
  const shard = selection.shard === undefined ? undefined : { ...selection.shard, cut: chosen.cut };
  live.print(reports.begin({ shard, attempts, updating: update }));

  let ran = 0;
  let bailed = false;
  for await (const report of suite.run(chosen, { ...request.run, signal })) {
    ran += 1;
    let text = '';
    for (const found of report.verdicts) {
      const { verdict, wrote } = settle(found, update);
      countVerdict(counts, verdict, wrote);
      progress.add(verdict);
      text += reports.verdict(verdict, wrote);
    }
    live.print(text);
    live.show(progress.line(ran, counts));
    bailed = bail !== undefined && badCases(counts) >= bail;
    if (bailed) break;
  }
  live.end();
  if (signal.reason instanceof GuestkitError) throw signal.reason;
  const interrupted = signal.aborted;
  if (progress.cases === 0 && !interrupted) {
    if (!isPart(selection)) throw nothingToTest(suite, chosen, selection);
    if (!reports.isDocument) live.print(`${whyEmpty(selection)}\n`);
  }
  // Only a run of everything knows all test cases there are.
  const obsolete = isEverything(request) && !interrupted && !bailed ? suite.obsoleteGoldens() : [];
  const { pruned, failure } = prune ? deleteAll(obsolete) : { pruned: [], failure: undefined };
  const summary = {
    counts,
    durationMs: now() - start,
    obsolete: obsolete.filter((path) => !pruned.includes(path)),
    pruned,
    interrupted,
    bailed: bailed && ran < chosen.sources.length,
    notRun: chosen.sources.length - ran,
  };
  live.print(reports.end(summary));
  live.end();
  // The durations decide about the cut, and all shards must be cut alike: here or on machines with this cache.
  if (selection.shard === undefined) suite.save();
  reports.save();
  if (signal.reason instanceof GuestkitError) throw signal.reason;
  if (failure !== undefined) throw failure;
  if (interrupted) return STATUS.interrupted;
  return badCases(counts) > 0 ? STATUS.testsFailed : STATUS.ok;
}

/**
 * Writes the goldens of a verdict that may be written: all with `-u`, else those of a case that has nothing to
 * be compared with yet. In CI nothing is.
 */
function settle(verdict: Verdict, update: boolean): { verdict: Verdict; wrote: readonly string[] } {
  const isOpen = verdict.status === 'new' || (verdict.status === 'failed' && update);
  if (!isOpen || verdict.pending.length === 0 || verdict.refusal !== undefined || isCi()) {
    return { verdict, wrote: [] };
  }
  try {
    return { verdict, wrote: acceptPending(verdict) };
  } catch (cause) {
    const { case: testCase, durationMs, attempts } = verdict;
    return {
      verdict: { status: 'error', case: testCase, durationMs, attempts, error: caseError(cause) },
      wrote: [],
    };
  }
}

/** Deletes what it can. */
function deleteAll(obsolete: readonly string[]): { pruned: string[]; failure: GuestkitError | undefined } {
  const pruned: string[] = [];
  let failure: GuestkitError | undefined;
  for (const path of obsolete) {
    try {
      rmSync(path, { force: true });
      pruned.push(path);
    } catch (cause) {
      failure ??= fileError('delete', path, cause);
    }
  }
  return { pruned, failure };
}

/** A filter that no source fits is a mistake even where nothing would be run. */
function requireMatch(suite: Suite, { filters }: Selection): void {
  const matched = suite.choose({ filters });
  if (matched.sources.length === 0) throw nothingToTest(suite, matched, { filters });
}

/** Whether it is for what there is now to decide which test cases are in a selection; it may have none. */
function isPart({ changed, failed, shard }: Selection): boolean {
  return changed !== undefined || failed === true || shard !== undefined;
}

function whyEmpty({ changed, failed, shard }: Selection): string {
  if (failed === true) return 'nothing failed the last time';
  if (changed !== undefined) return 'no test case is concerned by what changed';
  return `shard ${shard?.index} of ${shard?.count} is empty`;
}
