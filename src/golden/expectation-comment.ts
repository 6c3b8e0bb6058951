import type { Comment } from './comments.ts';
import type { FailAt } from './directive-error.ts';
import { closingQuote, skipBlanks } from './directive-syntax.ts';
import type { ExpectationWord } from './directive-word.ts';
import { parseText, ValueError } from './parse-value.ts';
import type { Expectation } from './plan.ts';
import { quote } from './visible.ts';

/** How long an expected text or a regular expression may be, in UTF-16 units. */
const LONGEST = 4096;

/** The flags that an `expect-re:` is compiled with: `^` and `$` match at lines, `.` matches a character. */
const REGEX_FLAGS = 'mu';

const KINDS: Readonly<Record<ExpectationWord, Expectation['kind']>> = {
  expect: 'text',
  'expect-not': 'not',
  'expect-re': 'regex',
};

const QUOTING =
  'To expect a text that begins or ends with a space or begins with a quote, put it in double quotes, with \\" for a quote in it.';
const NO_BYTES = 'An expectation is text, in UTF-8. Compare other bytes with a golden.';

/**
 * Reads what follows `expect:`, `expect-not:` or `expect-re:` in a comment, from `from` to the end of the line
 * without the blanks around it. A text may be quoted, with the escapes of `input="..."`; in a regular
 * expression quotes are letters like others.
 */
export function readExpectation(
  word: ExpectationWord,
  comment: Comment,
  from: number,
  failAt: FailAt,
): Expectation {
  const start = skipBlanks(comment.text, from);
  const written = comment.text.slice(start).trimEnd();
  if (written === '') failAt(0, `there is no text after '${word}:'`, EMPTY_HINTS[word]);
  const strange = written.indexOf('\uFFFD');
  if (strange !== -1) failAt(start + strange, `${word}: the text is not UTF-8 here`, NO_BYTES);

  const kind = KINDS[word];
  const quoted = kind !== 'regex' && written.startsWith('"');
  const pattern = quoted ? readQuoted(word, comment.text, start, written.length, failAt) : written;
  if (pattern.length > LONGEST) {
    failAt(start, `${word}: the text is ${pattern.length} letters long; at most ${LONGEST} are allowed`);
  }
  if (kind === 'regex') checkRegex(pattern, start, failAt);
  return { kind, pattern, line: comment.line };
}

const EMPTY_HINTS: Readonly<Record<ExpectationWord, string>> = {
  expect: 'Write what the guest must print, as in "; expect: 42".',
  'expect-not': 'Write what the guest must not print, as in "; expect-not: error".',
  'expect-re': 'Write a regular expression, as in "; expect-re: ^took \\d+ ms$".',
};

function readQuoted(word: string, text: string, open: number, length: number, failAt: FailAt): string {
  const close = closingQuote(text, open);
  if (close === -1) failAt(open, `${word}: the quote is never closed`, QUOTING);
  if (close + 1 < open + length) {
    failAt(
      close + 1,
      `${word}: ${quote(text.slice(close + 1, open + length))} behind the closing quote`,
      QUOTING,
    );
  }
  let bytes: Uint8Array;
  try {
    bytes = parseText(text.slice(open + 1, close));
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    return failAt(open + 1 + error.offset, `${word}: ${error.message}`);
  }
  if (bytes.length === 0) failAt(open, `${word}: the text is empty`, 'Every output holds an empty text.');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return failAt(open, `${word}: ${quote(text.slice(open, close + 1))} is not UTF-8`, NO_BYTES);
  }
}

function checkRegex(source: string, start: number, failAt: FailAt): void {
  try {
    new RegExp(source, REGEX_FLAGS);
  } catch (error) {
    const why = String(error).split(`/${REGEX_FLAGS}: `).at(-1);
    failAt(
      start,
      `expect-re: ${quote(source)} is not a regular expression: ${why}`,
      'Put a backslash before a letter that has a meaning in it: . * + ? ^ $ ( ) [ ] { } | \\ /',
    );
  }
}
