import { CALL_FORM, splitCall, type WrittenAssignment } from './call-syntax.ts';
import type { Comment } from './comments.ts';
import type { FailAt } from './directive-error.ts';
import { parseCharacters, parseOperand, parseSymbol } from './operand-syntax.ts';
import { parseText, ValueError } from './parse-value.ts';
import { fits, isPlaceFlag, overlap, placeRegister, whyRefused } from './places.ts';
import type { Assignment, MemoryOperand, Operand, RoutineCall } from './plan.ts';
import type { NamedRegister } from './register-names.ts';
import { quote } from './visible.ts';

/** How long a `test:` comment may be, in UTF-16 units: its text is the name of the case. */
const LONGEST = 4096;

const PLACES =
  'Places are 8-, 16- and 32-bit general registers, ds es fs gs, flags such as cf, memory such as [buffer] or word[count], and serial among the results.';

const WIDTH_BITS: Readonly<Record<Exclude<MemoryOperand['width'], 'bytes'>, number>> = {
  byte: 8,
  word: 16,
  dword: 32,
};

/** A routine test, and its text with the blanks between its parts made one: the name of its case. */
export interface NamedCall {
  name: string;
  call: RoutineCall;
}

/**
 * Reads what follows `test:` in a comment, from the index `from` on: a label and places with what they get,
 * then `->` and places with what is expected there. Fails at the first part that is wrong.
 */
export function readCall(comment: Comment, from: number, failAt: FailAt): NamedCall {
  const { text } = comment;
  const fail: FailAt = (at, problem, hint = CALL_FORM) => failAt(at, problem, hint);
  if (text.length > LONGEST)
    fail(0, `the test is ${text.length} letters long; at most ${LONGEST} are allowed`);
  const written = splitCall(text, from, fail);
  const label = attempt(written.labelOffset, fail, () => parseSymbol(written.label));

  const inputs = new Side();
  const results = new Side();
  let prints: Uint8Array | undefined;
  for (const one of written.assignments) {
    const side = one.isResult ? results : inputs;
    side.claim(one, fail);
    if (isSerial(one)) prints = readPrints(one, fail);
    else side.assignments.push(readAssignment(one, fail));
  }

  const arrow = results.texts.length > 0 ? ['->'] : [];
  const name = [written.label, ...inputs.texts, ...arrow, ...results.texts].join(' ');
  return { name, call: { label, inputs: inputs.assignments, results: results.assignments, prints } };
}

/** What is named on one side of the arrow. */
class Side {
  readonly assignments: Assignment[] = [];
  readonly texts: string[] = [];
  readonly #places = new Set<string>();
  readonly #registers: NamedRegister[] = [];

  /** Fails where a place is named twice, or two inputs set the same bits of a register. */
  claim(one: WrittenAssignment, fail: FailAt): void {
    const place = shownPlace(one);
    const key = one.width === undefined ? place.toLowerCase() : place;
    if (this.#places.has(key)) fail(one.offset, `${quote(place)} is named twice on one side of the '->'`);
    this.#places.add(key);
    this.texts.push(one.text);
    const register = one.width === undefined ? placeRegister(key) : undefined;
    if (register === undefined) return;
    const other = one.isResult ? undefined : this.#registers.find((before) => overlap(before, register));
    if (other !== undefined) fail(one.offset, `'${other.name}' and '${register.name}' set the same bits`);
    this.#registers.push(register);
  }
}

function isSerial(one: WrittenAssignment): boolean {
  return one.width === undefined && one.place.toLowerCase() === 'serial';
}

/** A place in one spelling, for messages and to find it again: `ax`, `word[buffer+2]`. */
function shownPlace({ place, width }: WrittenAssignment): string {
  return width === undefined ? place : `${width.toLowerCase()}[${place.replace(/\s+/g, '')}]`;
}

function attempt<T>(offset: number, fail: FailAt, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    return fail(offset + error.offset, error.message);
  }
}

function readAssignment(one: WrittenAssignment, fail: FailAt): Assignment {
  const { place, text } = one;
  if (one.width !== undefined) return readMemory(one, one.width.toLowerCase(), fail);
  const name = place.toLowerCase();
  const register = placeRegister(name);
  if (register !== undefined) {
    return { kind: 'register', name, value: readNumber(one, register.bits, fail), text };
  }
  if (isPlaceFlag(name)) {
    if (one.form === 'bare' && one.value === '0') return { kind: 'flag', name, value: 0, text };
    if (one.form === 'bare' && one.value === '1') return { kind: 'flag', name, value: 1, text };
    fail(one.valueOffset, `${quote(one.value)} is not a value of ${name}: a flag is 0 or 1`);
  }
  const why = whyRefused(name);
  if (why !== undefined) fail(one.offset, `${quote(place)} cannot be named in a test: ${why}`, PLACES);
  return fail(one.offset, `unknown place ${quote(place)}`, PLACES);
}

function readMemory(one: WrittenAssignment, width: string, fail: FailAt): Assignment {
  const at = attempt(one.placeOffset, fail, () => parseAddress(one.place));
  const { text } = one;
  if (one.form === 'text') {
    if (width !== '') fail(one.offset, `a text has its own length; leave '${width}' out`);
    const value = readText(one, fail);
    if (value.length === 0) fail(one.valueOffset, 'the text is empty: there is nothing to set or to compare');
    return { kind: 'memory', place: { at, width: 'bytes' }, value, text };
  }
  if (width !== 'byte' && width !== 'word' && width !== 'dword') {
    const shown = quote(shownPlace(one)).slice(1, -1);
    return fail(one.offset, `'${shown}' has no width: write byte${shown}, word${shown} or dword${shown}`);
  }
  return { kind: 'memory', place: { at, width }, value: readNumber(one, WIDTH_BITS[width], fail), text };
}

function parseAddress(text: string): Operand {
  if (text.includes(':')) {
    throw new ValueError(`${quote(text)} has a segment; an address is linear: segment * 16 + offset`);
  }
  const operand = parseOperand(text, 'address');
  if (operand.symbol === undefined && operand.offset < 0) {
    throw new ValueError(`${quote(text)} is out of range; an address is 0 to 0xffffffff`);
  }
  return operand;
}

/** What a place of so many bits gets. What a symbol stands for is not known here, so it is not checked. */
function readNumber(one: WrittenAssignment, bits: number, fail: FailAt): Operand {
  if (one.form === 'text') {
    const place = quote(shownPlace(one));
    fail(one.valueOffset - 1, `${place} takes a number; a character is written in single quotes, as in 'A'`);
  }
  const value = attempt(one.valueOffset, fail, () =>
    one.form === 'bare'
      ? parseOperand(one.value, 'value')
      : { symbol: undefined, offset: parseCharacters(one.value) },
  );
  if (value.symbol === undefined && !fits(value.offset, bits)) {
    const range = `${-(2 ** (bits - 1))} to ${2 ** bits - 1} are allowed`;
    fail(one.valueOffset, `${quote(one.value)} does not fit into ${quote(shownPlace(one))}; ${range}`);
  }
  return value;
}

function readPrints(one: WrittenAssignment, fail: FailAt): Uint8Array {
  if (!one.isResult) {
    fail(
      one.offset,
      "'serial' belongs behind the '->': it is what the routine prints",
      'What a routine reads from the serial port is set for the whole source: "; guestkit: input="abc\\r"".',
    );
  }
  if (one.form !== 'text')
    fail(one.valueOffset, '\'serial\' takes a text in double quotes, as in serial="42"');
  return readText(one, fail);
}

/** Bytes of their own, as for an input: a plan is sent to workers. */
function readText(one: WrittenAssignment, fail: FailAt): Uint8Array {
  return attempt(one.valueOffset, fail, () => Uint8Array.from(parseText(one.value)));
}
