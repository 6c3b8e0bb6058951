import { existsSync } from 'node:fs';
import { GuestkitError } from '../../errors.ts';
import { findTestCases, type TestCase, testCaseOf } from '../../golden/test-case.ts';
import { acceptGolden, type Verdict } from '../../golden/verdict.ts';
import { Kvm } from '../../hypervisor/kvm/system.ts';
import { AssemblyError } from '../../nasm/assembly-error.ts';
import { type Counts, count, milliseconds, prettyCounts, prettyVerdict } from '../../report/pretty.ts';
import { runSuite } from '../../runner/suite.ts';
import { renderNasm } from '../diagnostics.ts';
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

  const start = performance.now();
  const style = styleFor(STDOUT);
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  using kvm = Kvm.open();
  for await (const { verdict } of runSuite(kvm, cases, stop.signal)) {
    const shown = update ? accept(verdict) : verdict;
    count(counts, shown);
    say(prettyVerdict(shown, style), STDOUT);
    if (shown.status === 'error' && shown.error instanceof AssemblyError) {
      say(renderNasm(shown.error.diagnostics, style), STDOUT);
    }
  }
  if (counts.failed > 0 && !update)
    say(['', 'If what they print is right now, accept it: guestkit test -u'], STDOUT);
  say(['', style('dim', `${cases.length} guests in ${milliseconds(performance.now() - start)}`)], STDOUT);
  say(prettyCounts(counts, style), STDOUT);
  if (stop.signal.aborted) return STATUS.interrupted;
  return counts.failed > 0 ? STATUS.testsFailed : STATUS.ok;
}

/** The cases that a filter's text is in; a source named in full is taken even when it has no golden yet. */
function select(filters: readonly string[]): TestCase[] {
  const all = findTestCases('.');
  if (filters.length === 0) return all;
  const named = filters
    .filter((filter) => filter.endsWith('.asm') && existsSync(filter))
    .map((filter) => testCaseOf('.', filter))
    .filter((candidate) => !all.some(({ name }) => name === candidate.name));
  return [...all.filter(({ source }) => filters.some((filter) => source.includes(filter))), ...named];
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
