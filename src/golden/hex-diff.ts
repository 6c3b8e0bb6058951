import { appendSame, type DiffLine, LINE_LIMIT } from './diff-line.ts';
import { showHexRow } from './visible.ts';

const ROW = 16;

/**
 * Appends a hex dump of two outputs: rows of 16 bytes, each compared with the one at the same offset.
 * Nothing is shifted into place, since offsets are what binary data is read by.
 */
export function appendHexDiff(lines: DiffLine[], expected: Uint8Array, actual: Uint8Array): void {
  const length = Math.max(expected.length, actual.length);
  const show = (bytes: Uint8Array, start: number): string =>
    showHexRow(start, bytes.subarray(start, start + ROW));
  let sameFrom = 0;
  let anyShown = false;
  let unshown = 0;
  const appendSameUpTo = (end: number, after: boolean): void => {
    const count = Math.ceil((end - sameFrom) / ROW);
    appendSame(lines, count, { before: anyShown, after }, (index) => show(expected, sameFrom + index * ROW));
  };

  for (let start = 0; start < length; start += ROW) {
    if (rowsEqual(expected, actual, start)) continue;
    if (lines.length >= LINE_LIMIT) {
      unshown += 1;
      continue;
    }
    appendSameUpTo(start, true);
    if (start < expected.length) lines.push({ kind: 'expected', text: show(expected, start) });
    if (start < actual.length) lines.push({ kind: 'actual', text: show(actual, start) });
    anyShown = true;
    sameFrom = start + ROW;
  }
  if (unshown === 0) appendSameUpTo(length, false);
  else
    lines.push({
      kind: 'note',
      text: `... ${unshown} more ${unshown === 1 ? 'row differs' : 'rows differ'}`,
    });
}

function rowsEqual(expected: Uint8Array, actual: Uint8Array, start: number): boolean {
  for (let at = start; at < start + ROW; at += 1) {
    if (expected[at] !== actual[at]) return false;
  }
  return true;
}
