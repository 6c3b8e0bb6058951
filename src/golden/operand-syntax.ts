import { ValueError } from './parse-value.ts';
import { isRegister } from './places.ts';
import type { Operand } from './plan.ts';
import { quote } from './visible.ts';

/** As NASM writes them (NASM manual, 3.4.1 "Numeric Constants"); underscores may stand between digits. */
const NUMBERS: readonly (readonly [form: RegExp, radix: number])[] = [
  [/^(\d[\d_]*)$/, 10],
  [/^0x([0-9a-f_]+)$/i, 16],
  [/^\$(\d[0-9a-f_]*)$/i, 16],
  [/^(\d[0-9a-f_]*)h$/i, 16],
  [/^0b([01_]+)$/i, 2],
  [/^([01][01_]*)b$/i, 2],
  [/^0o([0-7_]+)$/i, 8],
  [/^([0-7][0-7_]*)[oq]$/i, 8],
];
const LARGEST = 0xffff_ffff;

/** NASM manual, 3.1 "Layout of a NASM Source Line". */
const SYMBOL = /^[A-Za-z_.?@$][\w.$#@~?]*$/;

/** What an operand is for: messages name it. */
type Role = 'value' | 'address';

const FORMS: Readonly<Record<Role, string>> = {
  value: "a value; write a number (42, -1, 0x2A, 2Ah, 0b1010, 'A') or a symbol (buffer, buffer+2)",
  address: 'an address; write a symbol (buffer, buffer+2) or a number (0x500)',
};
const NO_REGISTER: Readonly<Record<Role, string>> = {
  value: "a value is a number or a symbol; a symbol of that name is written with a '$' before it",
  address: 'an address is a symbol or a number, linear and known before the call',
};

/**
 * A number, or a symbol of the guest with or without a number added to it; blanks may stand around the sign.
 * Throws {@link ValueError} at what is neither, and at numbers that have no place in 32 bits.
 */
export function parseOperand(text: string, role: Role): Operand {
  const negative = text.startsWith('-');
  const number = parseNumber(negative ? text.slice(1) : text);
  if (number !== undefined) {
    return { symbol: undefined, offset: checkNumber(negative ? 0 - number : number, text) };
  }

  const [, name = '', sign = '', rest = ''] = /^([^\s+-]+)\s*(?:([+-])\s*(.*))?$/s.exec(text) ?? [];
  if (isRegister(name)) throw new ValueError(`${quote(name)} is a register; ${NO_REGISTER[role]}`);
  if (!isName(name)) throw new ValueError(`${quote(text)} is not ${FORMS[role]}`);
  const symbol = parseSymbol(name);
  if (sign === '') return { symbol, offset: 0 };
  const offset = parseNumber(rest);
  const at = text.length - rest.length;
  if (offset === undefined) {
    throw new ValueError(`${quote(rest)} is not a number; behind a symbol stands + or - and one number`, at);
  }
  return { symbol, offset: checkNumber(sign === '-' ? 0 - offset : offset, rest, at) };
}

/**
 * The full name of a symbol as NASM knows it: the `$` that lets a symbol have a register's name is dropped.
 * Throws {@link ValueError} at what is no name, and at a local label without the label it belongs to.
 */
export function parseSymbol(text: string): string {
  if (isRegister(text))
    throw new ValueError(`'${text}' is a register; a label of that name is written $${text}`);
  if (!isName(text)) throw new ValueError(`${quote(text)} is not a label`);
  const name = text.startsWith('$') ? text.slice(1) : text;
  // Two dots begin names of NASM's own that are not local (NASM manual, 3.9 "Local Labels").
  if (/^\.(?!\.)/.test(name)) {
    const full = quote(`main${name}`).slice(1, -1);
    throw new ValueError(`${quote(name)} is a local label; write it with the label above it, as in ${full}`);
  }
  return name;
}

/** `$` and `$$` are places of the assembler's, and `$` before a digit begins a number. */
function isName(text: string): boolean {
  return SYMBOL.test(text) && !/^\$(\d|\$*$)/.test(text);
}

/** A number without a sign; `undefined` when it is none. */
function parseNumber(text: string): number | undefined {
  for (const [form, radix] of NUMBERS) {
    const digits = form.exec(text)?.[1]?.replaceAll('_', '');
    if (digits !== undefined && digits !== '') return Number.parseInt(digits, radix);
  }
  return undefined;
}

function checkNumber(number: number, text: string, at: number = 0): number {
  if (Math.abs(number) <= LARGEST) return number;
  throw new ValueError(`${quote(text)} is out of range; a number has at most 32 bits`, at);
}

/**
 * What `'A'` stands for: one to four bytes in UTF-8, the first one lowest (NASM manual, 3.4.3 "Character
 * Constants"). `text` is without the quotes. Throws {@link ValueError}.
 */
export function parseCharacters(text: string): number {
  if (text.includes('\uFFFD')) throw new ValueError('the text is not UTF-8 here; write a number');
  const bytes = new TextEncoder().encode(text);
  if (bytes.length < 1 || bytes.length > 4) {
    throw new ValueError(`'${quote(text)}' is ${bytes.length} bytes long; a number has one to four`);
  }
  return bytes.reduceRight((number, byte) => number * 256 + byte, 0);
}
