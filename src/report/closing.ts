import type { Verdict } from '../golden/verdict.ts';
import { badCases, type Counts, countedCases, isMendedBy, standingOf } from './counts.ts';
import type { SuiteStart, SuiteSummary } from './reporter.ts';
import type { Style } from './style.ts';
import { amount, indent, milliseconds, oneLine } from './text.ts';

/** A run that takes longer than this, in milliseconds, names its slowest cases: so many, of so long at least. */
const LONG_RUN_MS = 1000;
const SLOWEST = 3;
const SLOW_CASE_MS = 100;

/** Gathers over a suite what the last lines of a report for people say. */
export class Closing {
  readonly #start: SuiteStart;
  /** How many there were; the cases of one follow each other. */
  #sources = 0;
  #last: string | undefined;
  #slowest: { name: string; durationMs: number }[] = [];
  #acceptable = false;

  constructor(start: SuiteStart) {
    this.#start = start;
  }

  add(verdict: Verdict, wrote: readonly string[]): void {
    const { durationMs } = verdict;
    if (verdict.case.source !== this.#last) this.#sources += 1;
    this.#last = verdict.case.source;
    this.#acceptable ||= isAcceptable(verdict, wrote);
    if (durationMs < SLOW_CASE_MS || durationMs <= (this.#slowest[SLOWEST - 1]?.durationMs ?? 0)) return;
    this.#slowest.push({ name: verdict.case.name, durationMs });
    this.#slowest.sort((one, other) => other.durationMs - one.durationMs);
    this.#slowest = this.#slowest.slice(0, SLOWEST);
  }

  /** The last lines of the report. */
  lines(summary: SuiteSummary, style: Style): string[] {
    const { counts, durationMs } = summary;
    const lines = leftovers(summary, style);
    if (this.#acceptable && this.#start.updating !== true) {
      lines.push('', 'If what they print is right now, accept it: guestkit test -u');
      lines.push('or look at one after the other: guestkit review');
    }
    lines.push('');
    if (durationMs > LONG_RUN_MS && this.#slowest.length > 0) {
      const names = this.#slowest.map((slow) => `${oneLine(slow.name)} ${milliseconds(slow.durationMs)}`);
      lines.push(style('dim', `slowest: ${names.join(', ')}`));
    }
    const { shard } = this.#start;
    const part = shard === undefined ? '' : `shard ${shard.index} of ${shard.count}: `;
    lines.push(style('dim', `${part}${this.#extent(summary)}, ${milliseconds(durationMs)}`));
    lines.push(countsLine(counts, style));
    return lines;
  }

  #extent(summary: SuiteSummary): string {
    const ran = countedCases(summary.counts);
    const ended = endedEarly(summary);
    if (ended !== undefined) return ended;
    const guests = amount(this.#sources, 'guest');
    return ran === this.#sources ? guests : `${amount(ran, 'case')} of ${guests}`;
  }
}

/** "interrupted after 3 of 10"; `undefined` for a run that came to its end. */
export function endedEarly({ interrupted, bailed, notRun, counts }: SuiteSummary): string | undefined {
  if (!interrupted && !bailed) return undefined;
  const ran = countedCases(counts);
  return `${interrupted ? 'interrupted' : 'stopped by --bail'} after ${ran} of ${ran + notRun}`;
}

/** "12 passed, 1 failed, 2 skipped": what is not as it should be counts as failed. */
export function countsLine(counts: Counts, style: Style): string {
  const { passed, skipped, flaky, written } = counts;
  const failed = badCases(counts);
  const parts = [
    style(passed > 0 ? 'green' : 'dim', `${passed} passed`),
    style(failed > 0 ? 'red' : 'dim', `${failed} failed`),
  ];
  if (skipped > 0) parts.push(style('yellow', `${skipped} skipped`));
  if (flaky > 0) parts.push(style('yellow', `${flaky} flaky`));
  if (written > 0) parts.push(style('green', `${amount(written, 'golden')} written`));
  return parts.join(', ');
}

/** Whether `-u` would make it pass. */
function isAcceptable(verdict: Verdict, wrote: readonly string[]): boolean {
  if (verdict.status !== 'failed' && verdict.status !== 'new') return false;
  if (verdict.refusal !== undefined || standingOf(verdict, wrote) === 'passed') return false;
  return isMendedBy(
    verdict,
    verdict.pending.map(({ path }) => path),
  );
}

function leftovers({ obsolete, pruned }: SuiteSummary, style: Style): string[] {
  const lines: string[] = [];
  if (pruned.length > 0) lines.push('', ...pruned.map((path) => `deleted ${oneLine(path)}`));
  if (obsolete.length > 0) {
    const verb = obsolete.length === 1 ? 'belongs' : 'belong';
    lines.push('', style('yellow', `${amount(obsolete.length, 'golden')} ${verb} to no guest any more:`));
    lines.push(...indent(obsolete.map(oneLine), 4));
    lines.push(`To delete ${obsolete.length === 1 ? 'it' : 'them'}: guestkit test --prune`);
  }
  return lines;
}
