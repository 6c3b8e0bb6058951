import { asUtf8, type Fail, type GoldenLine } from './golden-text.ts';
import { parseText, ValueError } from './parse-value.ts';
import type { Operand } from './plan.ts';
import { quote } from './visible.ts';

/** Bytes of a row as they are written, from column `from` to before `to` (from 0). */
export interface RowItem {
  bytes: Uint8Array;
  isText: boolean;
  from: number;
  to: number;
}

/** One row of a memory golden: a place and the bytes that must be there. */
export interface MemoryRow {
  place: Operand;
  placeText: string;
  placeAt: number;
  /** Where what stands behind the colon begins and ends. */
  from: number;
  to: number;
  /** In bytes; at least 1. */
  length: number;
  /** `undefined`: how many bytes is said, but not which. */
  items: RowItem[] | undefined;
}

const PLACE_FORMS = 'a place is an address such as 0x7c00, or a symbol such as buffer or buffer+0x10';
const ROW_FORMS =
  "Write pairs of hex digits, text in double quotes, or a number such as '32 bytes' to have them filled in.";

const ADDRESS = /^0x[0-9a-f]{1,8}$/i;
/** NASM's identifiers (NASM manual, 3.1), and a distance. */
const SYMBOL = /^([A-Za-z_.?][\w.?$#@~]*)(?:([+-])(0x[0-9a-f]{1,8}|\d{1,9}))?$/i;
const COUNT = /^(\d{1,9}|0x[0-9a-f]{1,8}) bytes?$/i;
const ITEM = /\s*(?:([0-9a-f]{2})(?!\S)|("(?:[^"\\]|\\.)*")(?!\S))/iy;

/** Reads a row; `code` is the line without its comment, and not blank. */
export function parseMemoryRow(code: string, line: GoldenLine, fail: Fail): MemoryRow {
  const placeAt = code.search(/\S/);
  const colon = code.indexOf(':');
  if (colon === -1) fail(line, placeAt, `there is no ':' behind the place`, ROW_FORMS);
  const placeText = code.slice(placeAt, colon).trimEnd();
  const place = parsePlace(placeText, line, placeAt, fail);

  const content = code.slice(colon + 1).trim();
  const from = colon + 1 + code.slice(colon + 1).search(/\S|$/);
  const row = { place, placeText, placeAt, from, to: from + content.length };
  if (content === '') fail(line, from, 'there are no bytes behind the place', ROW_FORMS);
  const [, count] = COUNT.exec(content) ?? [];
  if (count !== undefined) {
    if (Number(count) === 0) fail(line, from, 'no bytes are nothing to compare');
    return { ...row, length: Number(count), items: undefined };
  }
  const items = parseItems(code, row, line, fail);
  const length = items.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (length === 0) fail(line, from, 'an empty text is nothing to compare');
  return { ...row, length, items };
}

function parsePlace(text: string, line: GoldenLine, at: number, fail: Fail): Operand {
  if (ADDRESS.test(text)) return { symbol: undefined, offset: Number(text) };
  const [, symbol, sign, distance = '0'] = SYMBOL.exec(text) ?? [];
  if (symbol === undefined) fail(line, at, `${quote(asUtf8(text))} is no place: ${PLACE_FORMS}`);
  return { symbol, offset: sign === '-' ? -Number(distance) : Number(distance) };
}

function parseItems(
  code: string,
  row: { from: number; to: number },
  line: GoldenLine,
  fail: Fail,
): RowItem[] {
  const items: RowItem[] = [];
  for (let at = row.from; at < row.to; at = ITEM.lastIndex) {
    ITEM.lastIndex = at;
    const [matched = '', pair, text] = ITEM.exec(code) ?? [];
    const written = pair ?? text;
    if (written === undefined) {
      const wrongAt = at + code.slice(at).search(/\S/);
      const [word = ''] = /^\S*/.exec(code.slice(wrongAt)) ?? [];
      return fail(line, wrongAt, `${quote(asUtf8(word))} is not a byte`, ROW_FORMS);
    }
    const to = at + matched.length;
    const from = to - written.length;
    const bytes = pair === undefined ? readText(written, line, from, fail) : Buffer.from(pair, 'hex');
    items.push({ bytes, isText: pair === undefined, from, to });
  }
  return items;
}

function readText(written: string, line: GoldenLine, at: number, fail: Fail): Uint8Array {
  try {
    return parseText(asUtf8(written.slice(1, -1)));
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    return fail(line, at + 1 + error.offset, error.message);
  }
}
