import type { Channel } from '../golden/channels.ts';
import type { DiffLine } from '../golden/diff-line.ts';
import type { TestCase } from '../golden/plan.ts';
import type { CaseError, FailureReason, NewVerdict, Verdict } from '../golden/verdict.ts';
import { standingOf } from './counts.ts';
import type { Diagnostic, ReporterOptions } from './reporter.ts';
import { PLAIN, type Style, type StyleName } from './style.ts';
import { indent, linesOf, oneLine, shellWord } from './text.ts';

/** How the details of a verdict are shown. */
export interface DetailOptions extends Pick<ReporterOptions, 'style' | 'diagnostics'> {
  /** Whether goldens are being accepted. */
  updating: boolean;
}

/** The most diagnostics that are shown of one source. */
const DIAGNOSTIC_LIMIT = 20;

const DIFF_MARKS: Readonly<Record<DiffLine['kind'], readonly [mark: string, style: StyleName]>> = {
  same: ['  ', 'dim'],
  expected: ['- ', 'red'],
  actual: ['+ ', 'green'],
  note: ['', 'cyan'],
};

const CHANNEL_NAMES: Readonly<Record<Channel, string>> = {
  serial: 'guest',
  debug: 'debug console',
  regs: 'registers',
  mem: 'memory',
  exits: 'port accesses',
};

/** What is wrong with a case, as lines; none for one that is as it should be. */
export function detailLines(verdict: Verdict, wrote: readonly string[], options: DetailOptions): string[] {
  if (standingOf(verdict, wrote) === 'passed') return [];
  switch (verdict.status) {
    case 'passed':
    case 'skipped':
      return [];
    case 'error':
      return errorLines(verdict.error, options.diagnostics);
    case 'new':
      return newLines(verdict);
    case 'failed':
      return [
        ...verdict.reasons.flatMap((reason) => reasonLines(reason, verdict.case, options.style)),
        ...(options.updating && verdict.refusal !== undefined ? refusalLines(verdict.refusal) : []),
        ...wrote.map((path) => `wrote ${oneLine(path)}`),
      ];
  }
}

/** The same for a program to show: no colours, and as if nothing were being accepted. */
export function plainDetails(verdict: Verdict, wrote: readonly string[]): string[] {
  return detailLines(verdict, wrote, { style: PLAIN, updating: false });
}

/** One reason as lines. */
export function reasonLines(reason: FailureReason, testCase: TestCase, style: Style): string[] {
  switch (reason.kind) {
    case 'outcome':
      return linesOf(reason.message).map((line) => style('red', line));
    case 'golden':
      return goldenLines(reason, style);
    case 'expectation':
      return [
        ...placed(`${testCase.source}:${reason.line}`, reason.message).map((line) => style('red', line)),
        ...indent(reason.notes.flatMap(linesOf), 2),
      ];
    case 'routine':
      return placed(`${testCase.source}:${testCase.line}`, reason.message).map((line) => style('red', line));
  }
}

/** Where a diff is shown, what its signs mean. */
export function diffLegend(style: Style, golden = 'golden', actual = 'guest'): string {
  return `${style('red', `- expected (${golden})`)}  ${style('green', `+ actual (${actual})`)}`;
}

function goldenLines(reason: Extract<FailureReason, { kind: 'golden' }>, style: Style): string[] {
  const { channel, path, diff, writtenBy } = reason;
  const lines = [
    channel === 'serial' ? diffLegend(style) : diffLegend(style, oneLine(path), CHANNEL_NAMES[channel]),
    ...diff.map(({ kind, text }) => {
      const [mark, name] = DIFF_MARKS[kind];
      return style(name, `${mark}${oneLine(text)}`);
    }),
  ];
  if (writtenBy !== undefined) {
    const { file, line, text } = writtenBy;
    lines.push(`written by ${style('bold', oneLine(`${file}:${line}`))}: ${oneLine(text)}`);
  }
  return lines;
}

function newLines(verdict: NewVerdict): string[] {
  const what = newMessage(verdict);
  if (verdict.refusal !== undefined) return [what, ...refusalLines(verdict.refusal)];
  return [`${what}; to accept what it printed: guestkit test -u ${shellWord(verdict.case.source)}`];
}

/** What a case without a golden lacks: a file, or what a golden leaves open (`bx=?`). */
export function newMessage({ pending }: NewVerdict): string {
  const open = pending.filter(({ expected }) => expected !== undefined).map(({ path }) => oneLine(path));
  if (open.length < pending.length) return 'it has no golden yet';
  return `${open.join(' and ')} ${open.length === 1 ? 'leaves' : 'leave'} values open`;
}

function refusalLines({ message, hint }: { message: string; hint: string }): string[] {
  return [...linesOf(message), ...linesOf(hint)];
}

/** An error as lines: what NASM said in place of the message that sums it up, and the hint. */
function errorLines(error: CaseError, render: DetailOptions['diagnostics'] = diagnosticLines): string[] {
  const { message, hint, diagnostics = [], place } = error;
  const at = place === undefined ? '' : `${place.file}:${place.line}:${place.column}`;
  const lines = diagnostics.length > 0 ? render(diagnostics) : placed(at, message);
  return hint === undefined ? [...lines] : [...lines, ...linesOf(hint)];
}

/** A message that begins with its place, whether it did already or not. */
function placed(place: string, message: string): string[] {
  return linesOf(place === '' || message.startsWith(`${place}:`) ? message : `${place}: ${message}`);
}

/** Those of a source's diagnostics that are shown: when there are too many, errors before warnings. */
export function shownDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (diagnostics.length <= DIAGNOSTIC_LIMIT) return diagnostics;
  const errors = diagnostics.filter(({ severity }) => severity !== 'warning');
  const warnings = diagnostics.filter(({ severity }) => severity === 'warning');
  return [...errors, ...warnings].slice(0, DIAGNOSTIC_LIMIT);
}

/** What NASM said, a line for each message and each note. */
function diagnosticLines(diagnostics: readonly Diagnostic[]): string[] {
  const shown = shownDiagnostics(diagnostics);
  const lines = shown.flatMap(({ file, line, severity, message, notes }) => [
    oneLine(`${file}${line === undefined ? '' : `:${line}`}: ${severity}: ${message}`),
    ...notes.map((note) => oneLine(`${note.file}:${note.line}: note: ${note.message}`)),
  ]);
  if (shown.length < diagnostics.length) lines.push(`and ${diagnostics.length - shown.length} more`);
  return lines;
}
