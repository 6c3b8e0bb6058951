import type { DiffLine } from '../golden/diff-line.ts';
import type { FailureReason, Verdict } from '../golden/verdict.ts';
import type { Style, StyleName } from './style.ts';

/** How many of each status a suite had. */
export interface Counts {
  passed: number;
  /** `failed`, `error` and `new`: whatever is not as it should be. */
  failed: number;
  skipped: number;
}

const MARKS: Readonly<Record<Verdict['status'], readonly [mark: string, colour: StyleName]>> = {
  passed: ['✓', 'green'],
  failed: ['✗', 'red'],
  error: ['✗', 'red'],
  new: ['+', 'yellow'],
  skipped: ['-', 'yellow'],
};

const DIFF_MARKS: Readonly<Record<DiffLine['kind'], readonly [mark: string, style: StyleName]>> = {
  same: ['  ', 'dim'],
  expected: ['- ', 'red'],
  actual: ['+ ', 'green'],
  note: ['', 'cyan'],
};

/** One verdict as lines of text: its name and time, and below it what is wrong. */
export function prettyVerdict(verdict: Verdict, style: Style): string[] {
  const [mark, colour] = MARKS[verdict.status];
  const head = `${style(colour, mark)} ${verdict.case.name}`;
  switch (verdict.status) {
    case 'passed':
      return [`${head} ${style('dim', milliseconds(verdict.durationMs))}`];
    case 'skipped':
      return [`${head} ${style('dim', `skipped: ${verdict.why}`)}`];
    case 'new':
      return [
        `${head} ${style('dim', milliseconds(verdict.durationMs))}`,
        `    it has no golden yet; to accept what it printed: guestkit test -u ${verdict.case.source}`,
      ];
    case 'error':
      return [head, ...indent(errorLines(verdict.error))];
    case 'failed':
      return [
        `${head} ${style('dim', milliseconds(verdict.durationMs))}`,
        ...verdict.reasons.flatMap((reason) => indent(reasonLines(reason, style))),
      ];
  }
}

/** Where a diff is shown, what its signs mean. */
export function diffLegend(style: Style): string {
  return `${style('red', '- expected (golden)')}  ${style('green', '+ actual (guest)')}`;
}

/** The last line of a suite: "12 passed, 1 failed, 2 skipped". */
export function prettyCounts({ passed, failed, skipped }: Counts, style: Style): string {
  const parts = [
    style(passed > 0 ? 'green' : 'dim', `${passed} passed`),
    style(failed > 0 ? 'red' : 'dim', `${failed} failed`),
  ];
  if (skipped > 0) parts.push(style('yellow', `${skipped} skipped`));
  return parts.join(', ');
}

/** Adds a verdict to the counts. */
export function count(counts: Counts, { status }: Verdict): void {
  if (status === 'passed' || status === 'skipped') counts[status] += 1;
  else counts.failed += 1;
}

function reasonLines(reason: FailureReason, style: Style): string[] {
  if (reason.kind === 'outcome') return [style('red', reason.message)];
  return [
    diffLegend(style),
    ...reason.diff.map(({ kind, text }) => {
      const [mark, name] = DIFF_MARKS[kind];
      return style(name, `${mark}${text}`);
    }),
  ];
}

function errorLines(error: { message: string; hint: string | undefined }): string[] {
  const lines = error.message.split('\n');
  return error.hint === undefined ? lines : [...lines, error.hint];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `    ${line}`);
}

/** "0.4 ms", "12 ms", "1.20 s". */
export function milliseconds(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms >= 10 ? ms.toFixed(0) : ms.toFixed(1)} ms`;
}
