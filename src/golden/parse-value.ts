import { quote } from './visible.ts';

/**
 * A value that cannot be right. The message is made to follow a prefix that names the place
 * (`--timeout: `, `asm/x.asm:4:13: timeout: `); `offset` is the index in the text where it goes wrong.
 */
export class ValueError extends Error {
  readonly offset: number;

  constructor(message: string, offset = 0) {
    super(message);
    this.name = 'ValueError';
    this.offset = offset;
  }
}

const MILLISECONDS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
]);
const LONGEST_MS = 60 * 60_000;

const UNIT_BYTES: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['K', 2 ** 10],
  ['M', 2 ** 20],
  ['G', 2 ** 30],
]);
const PAGE_BYTES = 4096;
const LARGEST_BYTES = 3 * 2 ** 30;

/**
 * A time limit such as `500ms`, `5s` or `2m`, in milliseconds: 1 ms to 60 minutes.
 * Throws {@link ValueError}.
 */
export function parseDuration(text: string): number {
  const [, digits, unit = ''] = /^(\d+)(ms|s|m)?$/.exec(text) ?? [];
  if (digits === undefined) {
    throw new ValueError(
      `${quote(text)} is not a duration; write a whole number with ms, s or m, such as 500ms, 5s or 2m`,
    );
  }
  const factor = MILLISECONDS.get(unit);
  if (factor === undefined) {
    const number = quote(text).slice(1, -1);
    throw new ValueError(`${quote(text)} has no unit; write ${number}ms, ${number}s or ${number}m`);
  }
  const milliseconds = Number(digits) * factor;
  if (milliseconds < 1 || milliseconds > LONGEST_MS) {
    throw new ValueError(`${quote(text)} is out of range; 1ms to 60m are allowed`);
  }
  return milliseconds;
}

/**
 * A memory size such as `64K`, `2M` or `65536`, in bytes: 4K to 3G in whole pages of 4 KiB.
 * The units are powers of 1024, in either case. Throws {@link ValueError}.
 */
export function parseSize(text: string): number {
  const [, digits, unit = ''] = /^(\d+)([KMG]?)$/i.exec(text) ?? [];
  const factor = UNIT_BYTES.get(unit.toUpperCase());
  if (digits === undefined || factor === undefined) {
    throw new ValueError(
      `${quote(text)} is not a size; write a whole number with K, M or G, such as 64K or 2M, or plain bytes`,
    );
  }
  const bytes = Number(digits) * factor;
  if (bytes < PAGE_BYTES || bytes > LARGEST_BYTES) {
    const plain = unit === '' ? '; a number without K, M or G counts bytes' : '';
    throw new ValueError(`${quote(text)} is out of range; 4K to 3G are allowed${plain}`);
  }
  if (bytes % PAGE_BYTES !== 0) throw new ValueError(`${quote(text)} is not a multiple of 4K, the page size`);
  return bytes;
}

const ESCAPES: ReadonlyMap<string, number> = new Map([
  ['r', 0x0d],
  ['n', 0x0a],
  ['t', 0x09],
  ['0', 0x00],
  ['\\', 0x5c],
  ['"', 0x22],
]);

/** What stands for a byte that was not UTF-8 once a file or an argument has been decoded. */
const REPLACEMENT = '\uFFFD';

/**
 * Text for a guest as bytes: `\r \n \t \0 \\ \"` and `\xNN` are one byte each, all else is UTF-8.
 * Throws {@link ValueError} at a wrong escape, and at text whose true bytes are no longer known.
 */
export function parseText(text: string): Uint8Array {
  const pieces: Uint8Array[] = [];
  const encoder = new TextEncoder();
  let plainFrom = 0;
  for (let at = text.indexOf('\\'); at !== -1; at = text.indexOf('\\', plainFrom)) {
    pieces.push(encoder.encode(text.slice(plainFrom, at)));
    const { byte, length } = parseEscape(text, at);
    pieces.push(Uint8Array.of(byte));
    plainFrom = at + length;
  }
  pieces.push(encoder.encode(text.slice(plainFrom)));

  const strange = text.search(REPLACEMENT);
  if (strange !== -1) throw new ValueError('the text is not UTF-8 here; write such a byte as \\xNN', strange);
  return Buffer.concat(pieces);
}

function parseEscape(text: string, at: number): { byte: number; length: number } {
  const letter = text.charAt(at + 1);
  if (letter === 'x') {
    const digits = text.slice(at + 2, at + 4);
    if (/^[0-9a-f]{2}$/i.test(digits)) return { byte: Number.parseInt(digits, 16), length: 4 };
    throw new ValueError(`'\\${quote(letter + digits).slice(1)} needs two hex digits, as in \\x1b`, at);
  }
  const byte = ESCAPES.get(letter);
  if (byte === undefined) {
    const written = `'\\${quote(letter).slice(1)}`;
    throw new ValueError(`${written} is not an escape; allowed are \\r \\n \\t \\0 \\\\ \\" and \\xNN`, at);
  }
  if (letter === '0' && /\d/.test(text.charAt(at + 2))) {
    throw new ValueError("'\\0' before a digit is not an octal number; write \\x00", at);
  }
  return { byte, length: 2 };
}
