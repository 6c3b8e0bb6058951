import { alignLines, type Piece } from '../golden/align-lines.ts';
import { type Line, lastLines, lineStartAt, splitLines } from '../golden/lines.ts';
import type { PendingGolden } from '../golden/verdict.ts';
import { isMostlyText, showBytes, showHexRow } from '../golden/visible.ts';
import { diffLegend } from '../report/details.ts';
import type { Style } from '../report/style.ts';
import { amount, oneLine } from '../report/text.ts';

/** Lines are aligned in blocks of as many: more at a time would take too long. */
const BLOCK = 1000;
/** Equal lines that are shown on either side of a difference. */
const CONTEXT = 3;
/** Bytes in a row of a hex dump. */
const ROW = 16;
/** Of either side. What is longer is for a program: nobody reads on. */
const MAX_ROWS = 20_000;

/** One line of the whole difference. */
interface Row {
  kind: 'same' | 'expected' | 'actual';
  text: string;
}

/** How a golden and what the guest gave differ, from the first difference to the last, no line cut. */
export function fullDiff(
  { path, expected = new Uint8Array(), actual }: PendingGolden,
  style: Style,
): string[] {
  const at = firstDifference(expected, actual);
  const isText = isMostlyText(expected) && isMostlyText(actual);
  const { rows, isCut } = isText ? textRows(expected, actual, at) : hexRows(expected, actual, at);
  const lines = [`${oneLine(path)}: ${diffLegend(style)}`, ...folded(rows, style)];
  return isCut ? [...lines, style('cyan', `... no more than ${MAX_ROWS} lines are compared here`)] : lines;
}

/** Where two outputs part. */
function firstDifference(expected: Uint8Array, actual: Uint8Array): number {
  let at = 0;
  while (at < expected.length && expected[at] === actual[at]) at += 1;
  return at;
}

function textRows(expected: Uint8Array, actual: Uint8Array, at: number): { rows: Row[]; isCut: boolean } {
  const start = lineStartAt(expected, at);
  const wanted = splitLines(expected, start, expected.length, MAX_ROWS);
  const found = splitLines(actual, start, actual.length, MAX_ROWS);
  const rows = lastLines(expected, start, CONTEXT).map((line) => row('same', line));
  for (let from = 0; from < Math.max(wanted.length, found.length); from += BLOCK) {
    const pieces = alignLines(wanted.slice(from, from + BLOCK), found.slice(from, from + BLOCK));
    rows.push(...pieces.flatMap(rowsOf));
  }
  return { rows, isCut: wanted.length === MAX_ROWS || found.length === MAX_ROWS };
}

function rowsOf(piece: Piece): Row[] {
  if (piece.kind === 'same') return piece.lines.map((line) => row('same', line));
  return [
    ...piece.expected.map((line) => row('expected', line)),
    ...piece.actual.map((line) => row('actual', line)),
  ];
}

function row(kind: Row['kind'], { text, ended }: Line): Row {
  return { kind, text: showBytes(text) + (ended ? '' : ' (no newline at the end)') };
}

function hexRows(expected: Uint8Array, actual: Uint8Array, at: number): { rows: Row[]; isCut: boolean } {
  const rows: Row[] = [];
  const length = Math.max(expected.length, actual.length);
  const first = Math.max(0, Math.floor(at / ROW) - CONTEXT) * ROW;
  const end = Math.min(length, first + MAX_ROWS * ROW);
  for (let start = first; start < end; start += ROW) {
    const wanted = expected.subarray(start, start + ROW);
    const found = actual.subarray(start, start + ROW);
    if (Buffer.compare(wanted, found) === 0) {
      rows.push({ kind: 'same', text: showHexRow(start, wanted) });
      continue;
    }
    if (wanted.length > 0) rows.push({ kind: 'expected', text: showHexRow(start, wanted) });
    if (found.length > 0) rows.push({ kind: 'actual', text: showHexRow(start, found) });
  }
  return { rows, isCut: end < length };
}

const MARKS = { same: ['  ', 'dim'], expected: ['- ', 'red'], actual: ['+ ', 'green'] } as const;

/** Without the equal lines that are far from any difference. */
function folded(rows: readonly Row[], style: Style): string[] {
  const isShown = new Uint8Array(rows.length);
  for (const [index, { kind }] of rows.entries()) {
    if (kind !== 'same') isShown.fill(1, Math.max(0, index - CONTEXT), index + CONTEXT + 1);
  }
  const lines: string[] = [];
  let hidden = 0;
  const flush = (): void => {
    if (hidden > 0) lines.push(style('cyan', `... ${amount(hidden, 'equal line')}`));
    hidden = 0;
  };
  for (const [index, { kind, text }] of rows.entries()) {
    if (isShown[index] !== 1) {
      hidden += 1;
      continue;
    }
    flush();
    const [mark, colour] = MARKS[kind];
    lines.push(style(colour, mark + text));
  }
  flush();
  return lines;
}
