import { describe, expect, it } from 'vitest';
import type { Expectation } from '../../src/golden/plan.ts';
import { parseSourcePlan } from '../../src/golden/plan-parser.ts';
import { failureOf, problemOf } from './plan-support.ts';

function expectationOf(source: string): Expectation | undefined {
  return parseSourcePlan(source, 'asm/x.asm').cases[0]?.expectations[0];
}

describe('what is expected', () => {
  it.each([
    ['; expect: a b', 'text', 'a b'],
    ['hlt ;;expect:a\t ', 'text', 'a'],
    ['; expect-not: error', 'not', 'error'],
    ['; expect-re: ^took \\d+ ms$', 'regex', '^took \\d+ ms$'],
    // A text is what it is, but for the blanks around it.
    ['; expect:   a  b  ', 'text', 'a  b'],
    ['; expect: C:\\n \\', 'text', 'C:\\n \\'],
    ['; expect: a; b', 'text', 'a; b'],
    ['; expect: ; a', 'text', '; a'],
    ['; expect: say "hi"', 'text', 'say "hi"'],
    ["; expect: 'a'", 'text', "'a'"],
    ['; expect: expect: é', 'text', 'expect: é'],
    // In quotes it may have blanks around it, and escapes.
    ['; expect: "  x\\t"', 'text', '  x\t'],
    ['; expect: " "  ', 'text', ' '],
    ['; expect: "\\"a\\" \\\\"', 'text', '"a" \\'],
    ['; expect-not: "a\\r\\n\\xc3\\xa9"', 'not', 'a\r\né'],
    ['; expect: "\\xef\\xbb\\xbfa"', 'text', '\uFEFFa'],
    // Quotes are letters of a regular expression like others.
    ['; expect-re: "a"', 'regex', '"a"'],
    ['; expect-re: "', 'regex', '"'],
    ['; expect-re: \\p{Lu}', 'regex', '\\p{Lu}'],
  ])('%j', (source, kind, pattern) => {
    expect(expectationOf(source)).toEqual({ kind, pattern, line: 1 });
  });

  it('may be and not be the same text', () => {
    const { cases } = parseSourcePlan('; expect: a\n; expect-not: a\n; expect: a', 'asm/x.asm');
    expect(cases[0]?.expectations.map(({ kind, line }) => [kind, line])).toEqual([
      ['text', 1],
      ['not', 2],
      ['text', 3],
    ]);
  });

  it('has 4096 letters at most', () => {
    expect(expectationOf(`; expect: ${'a'.repeat(4096)}`)?.pattern).toHaveLength(4096);
    expect(expectationOf(`; expect: "${'\\x41'.repeat(4096)}"`)?.pattern).toHaveLength(4096);
    expect(problemOf(`; expect: ${'a'.repeat(4097)}`)).toBe(
      '1:11: expect: the text is 4097 letters long; at most 4096 are allowed',
    );
    expect(problemOf(`; expect-re: ${'('.repeat(5000)}`)).toBe(
      '1:14: expect-re: the text is 5000 letters long; at most 4096 are allowed',
    );
  });
});

const QUOTING =
  'To expect a text that begins or ends with a space or begins with a quote, put it in double quotes, with \\" for a quote in it.';
const NO_BYTES = 'An expectation is text, in UTF-8. Compare other bytes with a golden.';

describe('what is refused', () => {
  it.each([
    [
      '; expect:',
      "1:1: there is no text after 'expect:'",
      'Write what the guest must print, as in "; expect: 42".',
    ],
    [
      'hlt ; expect-not: \t',
      "1:5: there is no text after 'expect-not:'",
      'Write what the guest must not print, as in "; expect-not: error".',
    ],
    [
      '; expect-re:',
      "1:1: there is no text after 'expect-re:'",
      'Write a regular expression, as in "; expect-re: ^took \\d+ ms$".',
    ],
    ['; expect: ""', '1:11: expect: the text is empty', 'Every output holds an empty text.'],
    ['; expect: "abc', '1:11: expect: the quote is never closed', QUOTING],
    ['; expect: "abc\\"', '1:11: expect: the quote is never closed', QUOTING],
    ['; expect-not:  "a" b ', "1:19: expect-not: ' b' behind the closing quote", QUOTING],
    [
      '; expect: "ab\\q"',
      `1:14: expect: '\\q' is not an escape; allowed are \\r \\n \\t \\0 \\\\ \\" and \\xNN`,
      undefined,
    ],
    ['; expect: "a\\xff"', '1:11: expect: \'"a\\\\xff"\' is not UTF-8', NO_BYTES],
    ['; expect: a\uFFFD', '1:12: expect: the text is not UTF-8 here', NO_BYTES],
    ['; expect-re: [\uFFFD]', '1:15: expect-re: the text is not UTF-8 here', NO_BYTES],
    [
      '; expect-re: a(b',
      "1:14: expect-re: 'a(b' is not a regular expression: Unterminated group",
      'Put a backslash before a letter that has a meaning in it: . * + ? ^ $ ( ) [ ] { } | \\ /',
    ],
    [
      '; expect-re:  /mu: [b-a]',
      "1:15: expect-re: '/mu: [b-a]' is not a regular expression: Range out of order in character class",
      'Put a backslash before a letter that has a meaning in it: . * + ? ^ $ ( ) [ ] { } | \\ /',
    ],
  ])('%j', (source, message, hint) => {
    expect(problemOf(source)).toBe(message);
    expect(failureOf(source).hint).toBe(hint);
  });

  it.each([['\\-'], ['a{'], ['\\'], ['(?<a>.)(?<a>.)'], ['*']])(
    'the wrong regular expression %s',
    (pattern) => {
      expect(problemOf(`; expect-re: ${pattern}`)).toMatch(/^1:14: .* is not a regular expression: \S/);
    },
  );
});
