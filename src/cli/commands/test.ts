import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { GuestkitError } from '../../errors.ts';
import { findTestCases, type TestCase, testCaseOf } from '../../golden/test-case.ts';
import { acceptGolden, type Verdict } from '../../golden/verdict.ts';
import { Kvm } from '../../hypervisor/kvm/system.ts';
import { now } from '../../machine/clock.ts';
import { AssemblyError } from '../../nasm/assembly-error.ts';
import { type Counts, count, milliseconds, prettyCounts, prettyVerdict } from '../../report/pretty.ts';
import type { Style } from '../../report/style.ts';
import { runSuite } from '../../runner/suite.ts';
import { assemblyLines } from '../diagnostics.ts';
import { onInterrupt } from '../interrupt.ts';
import { STATUS } from '../status.ts';
import { isCi, STDOUT, say, styleFor } from '../terminal.ts';

/**
 * Runs the guests that have a golden, or those of them that the filters name, and prints a verdict each.
 * @returns the exit status
 */
export async function test(filters: readonly string[], flags: { update?: boolean }): Promise<number> {
  const update = flags.update === true;
  if (update && isCi()) {
    throw new GuestkitError('usage', 'no golden is written where CI is set', {
      hint: 'Run guestkit test -u on your machine and commit the goldens.',
    });
  }
  const cases = select(filters);
  if (cases.length === 0) throw nothingToTest(filters);

  const start = now();
  const style = styleFor(STDOUT);
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  let acceptable = false;
  const stop = onInterrupt();
  using kvm = Kvm.open();
  for await (const { verdict } of runSuite(kvm, cases, stop.signal)) {
    const shown = update ? accept(verdict) : verdict;
    count(counts, shown);
    acceptable ||= isAcceptable(shown);
    say(verdictLines(shown, style), STDOUT);
    if (shown !== verdict && shown.status === 'passed') say(`    wrote ${shown.case.golden}`, STDOUT);
  }
  if (acceptable) say(['', 'If what they print is right now, accept it: guestkit test -u'], STDOUT);
  const ran = counts.passed + counts.failed + counts.skipped;
  const guests = `${cases.length} ${cases.length === 1 ? 'guest' : 'guests'}`;
  const amount = ran === cases.length ? guests : `interrupted after ${ran} of ${guests}`;
  say(['', style('dim', `${amount}, ${milliseconds(now() - start)}`)], STDOUT);
  say(prettyCounts(counts, style), STDOUT);
  if (stop.signal.aborted) return STATUS.interrupted;
  return counts.failed > 0 ? STATUS.testsFailed : STATUS.ok;
}

function verdictLines(verdict: Verdict, style: Style): string[] {
  const lines = prettyVerdict(verdict, style);
  if (verdict.status !== 'error' || !(verdict.error instanceof AssemblyError)) return lines;
  return [...lines.slice(0, 1), ...assemblyLines(verdict.error, style)];
}

/** Whether `-u` would make it pass. */
function isAcceptable(verdict: Verdict): boolean {
  if (verdict.status === 'failed') return verdict.reasons.every(({ kind }) => kind === 'output');
  return verdict.status === 'new';
}

/** The cases that a filter's text is in; a source named in full is taken even when it has no golden yet. */
function select(filters: readonly string[]): TestCase[] {
  const all = findTestCases('.');
  if (filters.length === 0) return all;
  const texts = filters.flatMap((filter) => [filter, fromHere(filter)]);
  const cases = all.filter(({ source }) => texts.some((text) => source.includes(text)));
  const chosen = new Map(cases.map((testCase) => [testCase.name, testCase]));
  for (const filter of filters) {
    if (!filter.endsWith('.asm') || !existsSync(filter)) continue;
    const testCase = testCaseOf('.', fromHere(filter));
    if (!chosen.has(testCase.name)) chosen.set(testCase.name, testCase);
  }
  return [...chosen.values()];
}

/** A path as the cases' own are written: `./asm//x.asm` and `/home/me/project/asm/x.asm` become `asm/x.asm`. */
function fromHere(path: string): string {
  return relative('.', path) + (path.endsWith('/') ? '/' : '');
}

function nothingToTest(filters: readonly string[]): GuestkitError {
  const what =
    filters.length === 0 ? 'no asm/**/*.asm has a .golden beside it' : `none matches ${filters.join(' or ')}`;
  return new GuestkitError('usage', `there is nothing to test: ${what}`, {
    hint: 'guestkit new hello writes a guest with its golden; guestkit test -u asm/x.asm makes a golden for asm/x.asm.',
  });
}

/** What `-u` makes of a verdict: the golden is written where that is allowed, and the case counts as passed. */
function accept(verdict: Verdict): Verdict {
  if (verdict.status !== 'failed' && verdict.status !== 'new') return verdict;
  try {
    acceptGolden(verdict);
    return { ...verdict, status: 'passed' };
  } catch (error) {
    if (!(error instanceof GuestkitError)) throw error;
    return { status: 'error', case: verdict.case, error, durationMs: verdict.durationMs };
  }
}
