import type { Verdict } from '../golden/verdict.ts';
import { groupLines } from '../report/reporters/pretty.ts';
import type { Style } from '../report/style.ts';
import { amount, indent, oneLine } from '../report/text.ts';
import { renderNasm } from './diagnostics.ts';
import { explainOutcome } from './explain-outcome.ts';
import { printable } from './terminal.ts';
import type { WatchSession } from './watch-session.ts';
import type { Target } from './watch-targets.ts';

/** The time of day, as it is shown beside what holds since then. */
export function timeOfDay(): string {
  return new Date().toTimeString().slice(0, 8);
}

/**
 * What became of a source, as lines: its verdicts, what the guest printed where no golden says it, and how it
 * ended where it did not end by itself. None for a source that is no test case.
 * @param time when that was
 */
export function targetLines({ source, verdicts }: Target, time: string, style: Style): string[] {
  const items = verdicts.map((verdict) => ({ verdict, wrote: [] }));
  const [head, ...details] = groupLines(items, {
    style,
    attempts: 1,
    updating: false,
    diagnostics: (found) => renderNasm(found, style).split('\n'),
  });
  if (head === undefined) return [];
  const [only] = verdicts.length === 1 ? verdicts : [];
  const isShown = only !== undefined && (source.named || only.status !== 'passed');
  const printed = isShown ? outputLines(only) : [];
  const end = only === undefined ? [] : indent(endLines(only), 4);
  return [`${head} ${style('dim', time)}`, ...printed, ...details, ...end];
}

function outputLines({ witness }: Verdict): string[] {
  if (witness?.printed === undefined) return [];
  const { start, length } = witness.printed;
  if (length === 0) return ['  (it printed nothing)'];
  const text = printable(new TextDecoder().decode(start));
  const lines = text.replace(/\n$/, '').split('\n');
  const more = length - start.length;
  if (more > 0) lines.push(`... and ${more} more bytes`);
  return lines.map((line) => `  | ${line}`);
}

function endLines(verdict: Verdict): string[] {
  if (verdict.status !== 'failed' || verdict.witness?.end === undefined) return [];
  return explainOutcome({ outcome: verdict.outcome, ...verdict.witness.end });
}

/** "11 passed, 1 failed": all that are watched and wanted. */
export function countsText(targets: readonly Target[], style: Style): string {
  const counts = { passed: 0, failed: 0, new: 0, skipped: 0 };
  for (const { verdicts } of targets) {
    for (const { status } of verdicts) counts[status === 'error' ? 'failed' : status] += 1;
  }
  const parts = [
    style(counts.passed > 0 ? 'green' : 'dim', `${counts.passed} passed`),
    style(counts.failed > 0 ? 'red' : 'dim', `${counts.failed} failed`),
  ];
  if (counts.new > 0) parts.push(style('yellow', `${counts.new} new`));
  if (counts.skipped > 0) parts.push(style('yellow', `${counts.skipped} skipped`));
  return parts.join(', ');
}

/** The same, or why there is nothing to count. */
export function stateText({ shown, filter }: WatchSession, style: Style): string {
  if (shown.some(({ verdicts }) => verdicts.length > 0)) return countsText(shown, style);
  return filter.path + filter.name === ''
    ? 'no source has a golden or says what to expect'
    : 'no test case matches';
}

/** "watching asm/x.asm", "watching 12 guests", "watching 3 guests in uart". */
export function watchedText(session: WatchSession): string {
  const { filter, shown, title } = session;
  const guests = shown.filter(({ verdicts }) => verdicts.length > 0).length;
  const place = filter.path === '' ? '' : ` in ${oneLine(filter.path)}`;
  const cases = filter.name === '' ? '' : ` named ${oneLine(filter.name)}`;
  if (shown.length === 1 && place === '' && cases === '') return `watching ${oneLine(title)}`;
  return `watching ${amount(guests, 'guest')}${place}${cases}`;
}

/** What the keys do. */
export const HELP: readonly string[] = [
  'a, Enter  run all, and end p and t',
  'f         run what failed',
  'r         run the last ones again',
  'u         accept what was printed as goldens, of what failed or is new',
  'p         run only sources with a text in their path',
  't         run only test cases with a name',
  'd         show the last difference in full',
  'q         quit; Ctrl+C too',
];
