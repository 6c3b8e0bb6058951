import type { CaseRun } from './case-run.ts';
import type { Comparison } from './comparison.ts';
import { asUtf8, commentStart, failAt, GoldenLayout, type GoldenLine, goldenLines } from './golden-text.ts';
import { type MemoryRow, parseMemoryRow } from './mem-rows.ts';
import { resolveOperand } from './resolve-operand.ts';
import { showBytes } from './visible.ts';

const ROW = 16;
const HOW_TO =
  "Write places and their bytes, such as 'buffer: 48 65 6c', 'buffer: \"Hello\"' or '0x7c00: 32 bytes'.";

/** How many bytes a golden may leave open: written out, they fit into the largest golden that is read. */
const OPEN_LIMIT = 64 * 1024;

/**
 * Compares memory at the end of a run with a golden such as
 *
 *     0x7c00: 48 65 6c 6c 6f       ; linear addresses
 *     buffer+0x10: "line\r\n" 00   # symbols, text with the escapes of input=
 *     table: 32 bytes              ; not known yet
 */
export function compareMemory(golden: Uint8Array, path: string, run: CaseRun): Comparison | undefined {
  const layout = new GoldenLayout(golden);
  const fail = failAt(path);
  const symbols = run.symbols();
  let isEmpty = true;
  let open = 0;
  for (const line of goldenLines(layout.text)) {
    const code = line.text.slice(0, commentStart(line.text));
    if (code.trim() === '') continue;
    isEmpty = false;
    const row = parseMemoryRow(code, line, fail);
    if (row.items === undefined) open += row.length;
    if (open > OPEN_LIMIT) fail(line, row.from, `more than ${OPEN_LIMIT} bytes are left open in this golden`);
    const address = resolveOperand(row.place, symbols, (problem, hint) =>
      fail(line, row.placeAt, problem, hint),
    );
    const actual =
      Number.isSafeInteger(address) && address >= 0 ? run.memory(address, row.length) : undefined;
    if (actual !== undefined) replaceRow(layout, line, row, actual);
    else noteAbsence(layout, line, row, address);
  }
  if (isEmpty)
    fail({ line: 1, start: 0, text: '' }, 0, 'no memory is listed, so nothing is compared', HOW_TO);
  return layout.compare();
}

function replaceRow(layout: GoldenLayout, line: GoldenLine, row: MemoryRow, actual: Uint8Array): void {
  if (row.items === undefined) {
    const rest = line.text.slice(row.from);
    const accepted = writeOut(layout, line, row, actual);
    layout.replace(line.start + row.from, line.start + line.text.length, { shown: rest, accepted });
    return;
  }
  let at = 0;
  for (const { from, to, bytes, isText } of row.items) {
    const found = actual.subarray(at, at + bytes.length);
    at += bytes.length;
    if (Buffer.compare(bytes, found) === 0) continue;
    const text = isText ? writeText(found) : hexPairs(found);
    layout.replace(line.start + from, line.start + to, { shown: text, accepted: text });
  }
}

/** The rest of a row that was left open, its comment included, and the rows that follow it: 16 bytes each. */
function writeOut(layout: GoldenLayout, line: GoldenLine, row: MemoryRow, bytes: Uint8Array): string {
  const indent = line.text.slice(0, row.placeAt);
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += ROW) {
    const pairs = hexPairs(bytes.subarray(at, at + ROW));
    if (at === 0) rows.push(pairs + line.text.slice(row.to));
    else rows.push(`${indent}${placeBehind(row.place, row.placeText, at)}: ${pairs}`);
  }
  return rows.join(layout.text.includes('\r\n') ? '\r\n' : '\n');
}

function placeBehind({ symbol, offset }: MemoryRow['place'], written: string, distance: number): string {
  const sum = offset + distance;
  if (symbol === undefined) return `0x${sum.toString(16).padStart(written.length - 2, '0')}`;
  if (sum === 0) return symbol;
  return `${symbol}${sum < 0 ? '-' : '+'}0x${Math.abs(sum).toString(16)}`;
}

function noteAbsence(layout: GoldenLayout, line: GoldenLine, row: MemoryRow, address: number): void {
  const { from, to, placeText, length } = row;
  const size = length === 1 ? '1 byte' : `${length} bytes`;
  layout.replace(line.start + from, line.start + to, {
    shown: 'no memory',
    accepted: line.text.slice(from, to),
  });
  const sign = address < 0 ? '-' : '';
  layout.note(
    `${asUtf8(placeText)}: ${size} at ${sign}0x${Math.abs(address).toString(16)} are not all memory`,
  );
}

function hexPairs(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

function writeText(bytes: Uint8Array): string {
  const text = showBytes(bytes).replaceAll('"', '\\"');
  return `"${Buffer.from(text, 'utf8').toString('latin1')}"`;
}
