import type { FailAt } from './directive-error.ts';
import { closingQuote, matchAt, skipBlanks } from './directive-syntax.ts';
import { quote } from './visible.ts';

/** The parts of a `test:` comment, not judged yet. Offsets are indexes in the comment's text. */
export interface WrittenCall {
  label: string;
  labelOffset: number;
  assignments: readonly WrittenAssignment[];
}

/** One `place=value`. */
export interface WrittenAssignment {
  /** Whether it stands behind the arrow. */
  isResult: boolean;
  /** A name, or what stands between the brackets without the blanks around it. */
  place: string;
  placeOffset: number;
  offset: number;
  /** How wide the memory at `place` is, as written: `byte`, `WORD`, empty; `undefined`: it is no memory. */
  width: string | undefined;
  /** How the value is written: as it is, or in double or single quotes. */
  form: 'bare' | 'text' | 'characters';
  /** Without its quotes, escapes as they were written. */
  value: string;
  valueOffset: number;
  /** All of it, runs of blanks in the place made one. */
  text: string;
}

/** The hint of everything that is wrong about a routine test. */
export const CALL_FORM =
  'A routine test is written like this: "; test: itoa ax=42 di=buffer -> [buffer]="42" cx=2 cf=0". Begin a comment that is none with another word.';

const WORD = /\S+/y;
const ARROW = /->(?!\S)/y;
const MEMORY = /(?:(byte|word|dword)\s*)?\[([^\]]*)\]/iy;
const OPEN_BRACKET = /(?:(?:byte|word|dword)\s*)?\[/iy;
const NAME = /[^\s="'[\]]+/y;

/** Takes apart what follows `test:` in a comment, from `from` on; fails at what has no such form. */
export function splitCall(text: string, from: number, fail: FailAt): WrittenCall {
  const labelOffset = skipBlanks(text, from);
  const label = matchAt(WORD, text, labelOffset);
  if (label === '') fail(0, "there is no label after 'test:'");
  if (/^->|[=[]/.test(label)) {
    fail(labelOffset, `${quote(label)} is not a label: a test begins with the label that it calls`);
  }

  const assignments: WrittenAssignment[] = [];
  let isResult = false;
  let at = skipBlanks(text, labelOffset + label.length);
  while (at < text.length) {
    if (matchAt(ARROW, text, at) !== '') {
      if (isResult) fail(at, "a second '->': one stands between what is set and what is expected");
      isResult = true;
      at += 2;
    } else if (text.startsWith('->', at)) {
      fail(at + 2, "put a space behind '->'");
    } else {
      const { assignment, end } = readAssignment(text, at, isResult, fail);
      assignments.push(assignment);
      at = end;
    }
    at = skipBlanks(text, at);
  }
  return { label, labelOffset, assignments };
}

function readAssignment(
  text: string,
  offset: number,
  isResult: boolean,
  fail: FailAt,
): { assignment: WrittenAssignment; end: number } {
  const { written, place, placeOffset, width } = readPlace(text, offset, fail);
  const equals = offset + written.length;
  if (text.charAt(equals) !== '=' || /^\s?$/.test(text.charAt(equals + 1))) {
    fail(offset, `${quote(written)} has no value; write place=value, without spaces around '='`);
  }
  const { form, value, valueOffset, end } = readValue(text, equals + 1, written, fail);
  if (end < text.length && !/\s/.test(text.charAt(end))) {
    fail(end, `${quote(text.slice(end))} right behind the value of ${quote(written)}; put a space before it`);
  }
  const assignment: WrittenAssignment = {
    isResult,
    place,
    placeOffset,
    offset,
    width,
    form,
    value,
    valueOffset,
    text: written.replace(/\s+/g, ' ') + text.slice(equals, end),
  };
  return { assignment, end };
}

function readPlace(
  text: string,
  at: number,
  fail: FailAt,
): { written: string; place: string; placeOffset: number; width: string | undefined } {
  MEMORY.lastIndex = at;
  const memory = MEMORY.exec(text);
  if (memory !== null) {
    const [written, width = '', inside = ''] = memory;
    const placeOffset = skipBlanks(text, at + written.indexOf('[') + 1);
    return { written, place: inside.trim(), placeOffset, width };
  }
  if (matchAt(OPEN_BRACKET, text, at) !== '') fail(at, "the '[' is never closed");
  const name = matchAt(NAME, text, at);
  if (name === '') fail(at, `${quote(text.charAt(at))} is out of place: write place=value`);
  return { written: name, place: name, placeOffset: at, width: undefined };
}

function readValue(
  text: string,
  at: number,
  place: string,
  fail: FailAt,
): { form: WrittenAssignment['form']; value: string; valueOffset: number; end: number } {
  const mark = text.charAt(at);
  if (mark !== '"' && mark !== "'") {
    const value = matchAt(WORD, text, at);
    return { form: 'bare', value, valueOffset: at, end: at + value.length };
  }
  const close = mark === '"' ? closingQuote(text, at) : text.indexOf(mark, at + 1);
  if (close === -1) fail(at, `the quote of ${quote(place)} is never closed`);
  const value = text.slice(at + 1, close);
  const control = value.search(/\p{Cc}/u);
  if (control !== -1) {
    fail(
      at + 1 + control,
      `${quote(value.charAt(control))} must be written as an escape, such as \\t or \\x1b`,
    );
  }
  return { form: mark === '"' ? 'text' : 'characters', value, valueOffset: at + 1, end: close + 1 };
}
