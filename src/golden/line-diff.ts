import { alignLines, type Piece } from './align-lines.ts';
import { appendSame, CONTEXT, type DiffLine, LINE_LIMIT } from './diff-line.ts';
import { countLines, type Line, lastLines, lineStartAt, splitLines } from './lines.ts';
import { sequenceLength, showBytes } from './visible.ts';

/** How many lines of either side are aligned with each other; far more than are ever shown. */
const ALIGNED_LINES = 1000;

/** How many bytes of a long line are shown, and how many of them stand before the first difference. */
const LINE_WIDTH = 120;
const LEAD = 40;

/**
 * Appends the line by line difference of two outputs that first differ at `at`. Only the first 1000 lines
 * of the part in which they differ are aligned, so that the work stays in proportion to the length.
 */
export function appendLineDiff(
  lines: DiffLine[],
  expected: Uint8Array,
  actual: Uint8Array,
  at: number,
): void {
  const start = lineStartAt(expected, at);
  const tail = commonTail(expected, actual, start);
  const expectedEnd = expected.length - tail;
  const actualEnd = actual.length - tail;
  const expectedLines = splitLines(expected, start, expectedEnd, ALIGNED_LINES);
  const actualLines = splitLines(actual, start, actualEnd, ALIGNED_LINES);
  const pieces = alignLines(expectedLines, actualLines);

  const unaligned = {
    expected: countLines(expected, expectedLines.at(-1)?.end ?? start, expectedEnd),
    actual: countLines(actual, actualLines.at(-1)?.end ?? start, actualEnd),
  };
  const complete = unaligned.expected === 0 && unaligned.actual === 0;
  // What stands last may only seem to differ: its counterpart can lie behind the lines that were aligned.
  const dubious = complete || pieces.length === 1 ? undefined : pieces.at(-1);
  if (dubious?.kind === 'change') {
    pieces.pop();
    unaligned.expected += dubious.expected.length;
    unaligned.actual += dubious.actual.length;
  }

  const before = lastLines(expected, start, CONTEXT + 1);
  const beforeCount = countLines(expected, 0, start);
  appendSame(lines, beforeCount, { before: false, after: true }, (index) =>
    showLine(before[index - beforeCount + before.length]),
  );
  const unshown = appendPieces(lines, pieces);
  unshown.expected += unaligned.expected;
  unshown.actual += unaligned.actual;
  if (unshown.expected + unshown.actual > 0) {
    lines.push({ kind: 'note', text: describeUnshown(unshown, complete) });
  } else {
    const after = splitLines(expected, expectedEnd, expected.length, CONTEXT + 1);
    const afterCount = countLines(expected, expectedEnd, expected.length);
    appendSame(lines, afterCount, { before: true, after: false }, (index) => showLine(after[index]));
  }
}

/** How many bytes at the end of both are equal whole lines, none of them before `start`. */
function commonTail(expected: Uint8Array, actual: Uint8Array, start: number): number {
  const most = Math.min(expected.length, actual.length) - start;
  let tail = 0;
  while (tail < most && expected[expected.length - 1 - tail] === actual[actual.length - 1 - tail]) tail += 1;
  const isWhole = [expected, actual].every((bytes) => {
    const from = bytes.length - tail;
    return from === start || bytes[from - 1] === 0x0a;
  });
  if (isWhole) return tail;
  const newline = expected.indexOf(0x0a, expected.length - tail);
  return newline === -1 ? 0 : expected.length - newline - 1;
}

interface Counts {
  expected: number;
  actual: number;
}

/** Appends what fits, and tells how many differing lines did not. */
function appendPieces(lines: DiffLine[], pieces: readonly Piece[]): Counts {
  const unshown: Counts = { expected: 0, actual: 0 };
  let same: readonly Line[] = [];
  for (const piece of pieces) {
    if (piece.kind === 'same') {
      same = piece.lines;
      continue;
    }
    let room = 0;
    if (lines.length < LINE_LIMIT && unshown.expected + unshown.actual === 0) {
      const between = same;
      appendSame(lines, between.length, { before: true, after: true }, (index) => showLine(between[index]));
      room = Math.max(LINE_LIMIT - lines.length, 2);
    }
    const { expected, actual } = piece;
    const expectedShown = Math.min(expected.length, Math.max(Math.floor(room / 2), room - actual.length));
    const actualShown = Math.min(actual.length, room - expectedShown);
    expected.slice(0, expectedShown).forEach((line, index) => {
      appendLine(lines, 'expected', line, actual[index]);
    });
    actual.slice(0, actualShown).forEach((line, index) => {
      appendLine(lines, 'actual', line, expected[index]);
    });
    unshown.expected += expected.length - expectedShown;
    unshown.actual += actual.length - actualShown;
  }
  return unshown;
}

function describeUnshown({ expected, actual }: Counts, exact: boolean): string {
  const sides: string[] = [];
  if (expected > 0) sides.push(`${expected} more expected`);
  if (actual > 0) sides.push(`${actual} more actual`);
  const verb = expected + actual === 1 ? 'line differs' : 'lines differ';
  return `... ${exact ? '' : 'up to '}${sides.join(' and ')} ${verb}`;
}

function appendLine(
  lines: DiffLine[],
  kind: 'expected' | 'actual',
  line: Line,
  counterpart: Line | undefined,
): void {
  lines.push({ kind, text: showLine(line, counterpart) });
  if (!line.ended) lines.push({ kind: 'note', text: `no newline at the end of the ${kind} output` });
}

/** A line, or of a long one the part in which it first differs from its counterpart. */
function showLine(line: Line | undefined, counterpart?: Line): string {
  const text = line?.text ?? new Uint8Array();
  if (text.length <= LINE_WIDTH) return showBytes(text);
  let differs = 0;
  if (counterpart !== undefined) {
    while (differs < text.length && text[differs] === counterpart.text[differs]) differs += 1;
  }
  const from = characterStart(text, Math.max(0, Math.min(differs - LEAD, text.length - LINE_WIDTH)));
  const to = from + LINE_WIDTH >= text.length ? text.length : characterStart(text, from + LINE_WIDTH);
  const left = from === 0 ? '' : `[${from} bytes] `;
  const right = to === text.length ? '' : ` [${text.length - to} bytes]`;
  return `${left}${showBytes(text.subarray(from, to))}${right}`;
}

/** Where the character begins that the byte at `at` belongs to. */
function characterStart(bytes: Uint8Array, at: number): number {
  for (let start = at; start > 0 && start >= at - 3; start -= 1) {
    if (start + sequenceLength(bytes, start) > at) return start;
  }
  return at;
}
