import { editDistance, suggest } from '../suggest.ts';
import type { Comment } from './comments.ts';
import { quote } from './visible.ts';

/** One `name=value` of a directive, not judged yet. Lines and columns count from 1. */
export interface Setting {
  name: string;
  line: number;
  column: number;
  /** How the value is written; `none`: there is none. */
  form: 'none' | 'bare' | 'quoted';
  /** The value without its quotes, escapes as they were written. */
  value: string;
  /** Where `value` begins. */
  valueColumn: number;
}

const NAME = /[^\s="]+/y;
const BARE_VALUE = /[^\s"]*/y;

/**
 * Splits what stands in a comment from `from` on into settings; `head` is what they follow, for messages.
 * Calls `fail` at what cannot be split: a stray mark, an open quote, text right behind a value.
 */
export function splitSettings(
  comment: Comment,
  from: number,
  head: string,
  fail: (at: { line: number; column: number }, problem: string) => never,
): Setting[] {
  const { text, line } = comment;
  const failAt = (at: number, problem: string): never => fail({ line, column: comment.column + at }, problem);
  const settings: Setting[] = [];
  let at = skipBlanks(text, from);
  while (at < text.length) {
    const start = at;
    const name = matchAt(NAME, text, at);
    if (name === '') failAt(at, `${quote(text.charAt(at))} is out of place: settings are written name=value`);
    if (name.startsWith(';')) failAt(at, `';' is out of place: only settings may follow '${head}'`);
    at += name.length;

    const setting: Setting = {
      name,
      line,
      column: comment.column + start,
      form: 'none',
      value: '',
      valueColumn: 0,
    };
    if (text.charAt(at) === '=') {
      at += 1;
      if (text.charAt(at) === '"') {
        const end = closingQuote(text, at);
        if (end === -1) failAt(at, `the quote of ${quote(name)} is never closed`);
        setting.form = 'quoted';
        setting.value = text.slice(at + 1, end);
        setting.valueColumn = comment.column + at + 1;
        at = end + 1;
      } else {
        setting.value = matchAt(BARE_VALUE, text, at);
        setting.form = setting.value === '' ? 'none' : 'bare';
        setting.valueColumn = comment.column + at;
        at += setting.value.length;
      }
    }
    if (setting.form !== 'none' && at < text.length && !/\s/.test(text.charAt(at))) {
      failAt(
        at,
        `${quote(text.slice(at))} right behind the value of ${quote(name)}; put a space between settings`,
      );
    }
    settings.push(setting);
    if (setting.form === 'none') break;
    at = skipBlanks(text, at);
  }
  return settings;
}

/**
 * Whether a comment that is no directive was meant as one: a first word like `guestkit`, then something
 * like a known setting and its `=`. Prose about guestkit is left alone.
 */
export function looksLikeDirective(text: string, names: Iterable<string>): boolean {
  const [, word = '', name = ''] = /^[;\s]*([A-Za-z-]+)[\s:]+([A-Za-z-]+)\s*=/.exec(text) ?? [];
  if (word.length < 6 || word.length > 10 || editDistance(word.toLowerCase(), 'guestkit') > 2) return false;
  return suggest(name, names) !== undefined;
}

/** What a sticky pattern matches at `at`; empty when it does not. */
export function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

export function skipBlanks(text: string, from: number): number {
  return from + matchAt(/\s*/y, text, from).length;
}

/** The double quote that ends the text begun at `open`, a backslash taking the letter behind it along; or -1. */
export function closingQuote(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (letter === '"') return at;
    if (letter === '\\') at += 1;
  }
  return -1;
}
