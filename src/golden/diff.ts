import type { DiffLine } from './diff-line.ts';
import { appendHexDiff } from './hex-diff.ts';
import { appendLineDiff } from './line-diff.ts';
import { countNewlines, lineStartAt } from './lines.ts';
import { isMostlyText, showByte } from './visible.ts';

/** How many bytes on either side of the first difference decide between lines of text and a hex dump. */
const SAMPLE_RADIUS = 4096;

/**
 * Shows how two outputs differ, in about 60 lines at most: where they part, then the lines around it, or
 * a hex dump when either output is not text there. Equal outputs give no lines.
 *
 * Takes time in proportion to the outputs' length, whatever they hold.
 */
export function renderDiff(expected: Uint8Array, actual: Uint8Array): DiffLine[] {
  const at = firstDifference(expected, actual);
  if (at === -1) return [];
  const asText = [expected, actual].every((side) =>
    isMostlyText(side.subarray(Math.max(0, at - SAMPLE_RADIUS), at + SAMPLE_RADIUS)),
  );

  const lines: DiffLine[] = [{ kind: 'note', text: describePlace(expected, actual, at, asText) }];
  if (expected.length !== actual.length) {
    lines.push({ kind: 'note', text: `expected ${size(expected)}, actual ${size(actual)}` });
  }
  if (asText) appendLineDiff(lines, expected, actual, at);
  else appendHexDiff(lines, expected, actual);
  return lines;
}

/** Where two outputs that differ part: as offset, and as line and column of bytes from 1, as both count them. */
export function placeOfDifference(
  expected: Uint8Array,
  actual: Uint8Array,
): { offset: number; line: number; column: number } {
  const offset = Math.max(0, firstDifference(expected, actual));
  return { offset, ...lineAndColumn(expected, offset) };
}

function lineAndColumn(bytes: Uint8Array, at: number): { line: number; column: number } {
  return { line: countNewlines(bytes, 0, at) + 1, column: at - lineStartAt(bytes, at) + 1 };
}

/** The offset of the first byte that differs or that only one side has; -1 when the two are equal. */
function firstDifference(expected: Uint8Array, actual: Uint8Array): number {
  const common = Math.min(expected.length, actual.length);
  let at = 0;
  while (at < common && expected[at] === actual[at]) at += 1;
  return at === common && expected.length === actual.length ? -1 : at;
}

function describePlace(expected: Uint8Array, actual: Uint8Array, at: number, asText: boolean): string {
  const [wanted, found] = [expected[at], actual[at]].map((byte) =>
    byte === undefined ? 'the end' : showByte(byte),
  );
  let place = `offset ${at} (0x${at.toString(16)})`;
  if (asText) {
    const { line, column } = lineAndColumn(expected, at);
    place += `, line ${line}, column ${column}`;
  }
  return `first difference at ${place}: expected ${wanted}, actual ${found}`;
}

function size(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'nothing';
  return bytes.length === 1 ? '1 byte' : `${bytes.length} bytes`;
}
