/**
 * Bytes as a person can read them. Every byte sequence has a picture of its own, in the notation that
 * `input="..."` takes, so that what a diff shows can be copied into a directive.
 */

/** Beyond ASCII: controls, format characters, unassigned code points, and what looks like a space. */
const UNSEEN = /[\p{C}\p{Z}]/u;

const NAMED: ReadonlyMap<number, string> = new Map([
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x5c, '\\\\'],
]);

/** The part of a long text that a message quotes, in UTF-16 units. */
const QUOTED_LENGTH = 40;

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

/**
 * The length of the well-formed UTF-8 sequence that begins at `at`, or 0 where none does
 * (The Unicode Standard, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF).
 */
export function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0xff;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const second = bytes[at + 1] ?? 0;
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let index = 2; index < length; index += 1) {
    if (((bytes[at + index] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/**
 * Shows bytes on one line: UTF-8 text as it is; CR, LF, TAB, NUL and backslash as `\r \n \t \0 \\`; every
 * other byte that a terminal would hide, obey or garble as `\xNN`, a space at the very end among them.
 */
export function showBytes(bytes: Uint8Array): string {
  let shown = '';
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] ?? 0;
    const length = sequenceLength(bytes, at);
    if (byte > 0x20 && byte < 0x7f && byte !== 0x5c) shown += String.fromCharCode(byte);
    else if (byte === 0x20) shown += at + 1 === bytes.length ? '\\x20' : ' ';
    else if (byte === 0) shown += isDigit(bytes[at + 1]) ? '\\x00' : '\\0';
    else if (length > 1) shown += showCharacter(bytes.subarray(at, at + length));
    else shown += NAMED.get(byte) ?? `\\x${hex(byte)}`;
    at += Math.max(length, 1);
  }
  return shown;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function showCharacter(sequence: Uint8Array): string {
  const character = new TextDecoder('utf-8', { ignoreBOM: true }).decode(sequence);
  if (!UNSEEN.test(character)) return character;
  return Array.from(sequence, (byte) => `\\x${hex(byte)}`).join('');
}

/** One byte in hex, and as a character where it has a picture: `0x41 'A'`, `0x0d '\r'`, `0x80`. */
export function showByte(byte: number): string {
  const picture = showBytes(Uint8Array.of(byte));
  return picture.startsWith('\\x') ? `0x${hex(byte)}` : `0x${hex(byte)} '${picture}'`;
}

/**
 * A piece of somebody's text for a message: in quotes, made harmless for a terminal, cut where it is longer
 * than `length` UTF-16 units.
 */
export function quote(text: string, length: number = QUOTED_LENGTH): string {
  const cut = text.length > length;
  const shown = showBytes(new TextEncoder().encode(cut ? text.slice(0, length) : text));
  return cut ? `'${shown}...'` : `'${shown}'`;
}

/** Controls that belong into text: BEL, BS, TAB, LF, FF, CR, and ESC for colours. */
const TEXT_CONTROLS: ReadonlySet<number> = new Set([0x07, 0x08, 0x09, 0x0a, 0x0c, 0x0d, 0x1b]);

/** Whether bytes read as text: stray controls and what is not UTF-8 are two bytes or a tenth of all at most. */
export function isMostlyText(bytes: Uint8Array): boolean {
  let strange = 0;
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] ?? 0;
    const length = sequenceLength(bytes, at);
    if (length === 0 || byte === 0x7f || (byte < 0x20 && !TEXT_CONTROLS.has(byte))) strange += 1;
    at += Math.max(length, 1);
  }
  return strange <= Math.max(2, bytes.length / 10);
}

/** One line of a hex dump: the offset, up to 16 bytes in hex, and the same bytes as ASCII. */
export function showHexRow(offset: number, row: Uint8Array): string {
  const cells = Array.from(row, hex);
  const left = cells.slice(0, 8).join(' ').padEnd(23);
  const right = cells.slice(8).join(' ').padEnd(23);
  const ascii = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
  return `${offset.toString(16).padStart(8, '0')}  ${left}  ${right}  |${ascii.join('')}|`;
}
