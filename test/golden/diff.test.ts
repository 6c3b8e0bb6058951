import { describe, expect, it } from 'vitest';
import { renderDiff } from '../../src/golden/diff.ts';
import type { DiffLine } from '../../src/golden/diff-line.ts';
import { splitLines } from '../../src/golden/lines.ts';
import { showBytes } from '../../src/golden/visible.ts';
import { randomBytes, randomFrom } from './random.ts';

const MARKS = { same: ' ', expected: '-', actual: '+', note: '#' } as const;
const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const marked = (lines: readonly DiffLine[]): string[] => lines.map(({ kind, text }) => MARKS[kind] + text);
const diff = (expected: string, actual: string): string[] =>
  marked(renderDiff(bytes(expected), bytes(actual)));
const numbered = (from: number, to: number, each: (line: number) => string = String): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `${each(from + index)}\n`).join('');

describe('lines of text', () => {
  it('says nothing about equal outputs', () => {
    expect(diff('', '')).toEqual([]);
    expect(diff('a\n', 'a\n')).toEqual([]);
  });

  it('shows a changed line between three equal lines on either side', () => {
    expect(diff(numbered(1, 20), numbered(1, 20).replace('10', 'ten'))).toEqual([
      "#first difference at offset 18 (0x12), line 10, column 1: expected 0x31 '1', actual 0x74 't'",
      '#expected 51 bytes, actual 52 bytes',
      '#... 6 equal lines',
      ' 7',
      ' 8',
      ' 9',
      '-10',
      '+ten',
      ' 11',
      ' 12',
      ' 13',
      '#... 7 equal lines',
    ]);
  });

  it('shows a carriage return that is missing', () => {
    expect(diff('Hello\r\n', 'Hello\n')).toEqual([
      "#first difference at offset 5 (0x5), line 1, column 6: expected 0x0d '\\r', actual 0x0a '\\n'",
      '#expected 7 bytes, actual 6 bytes',
      '-Hello\\r',
      '+Hello',
    ]);
  });

  it('shows a newline that is missing', () => {
    expect(diff('a\nb\n', 'a\nb')).toEqual([
      "#first difference at offset 3 (0x3), line 2, column 2: expected 0x0a '\\n', actual the end",
      '#expected 4 bytes, actual 3 bytes',
      ' a',
      '-b',
      '+b',
      '#no newline at the end of the actual output',
    ]);
  });

  it('shows NUL, control characters and bytes that are not UTF-8', () => {
    const actual = Buffer.concat([bytes('ok, then\0\x1b['), Uint8Array.of(0xff)]);
    expect(marked(renderDiff(bytes('ok, then\n'), actual)).slice(2)).toEqual([
      '-ok, then',
      '+ok, then\\0\\x1b[\\xff',
      '#no newline at the end of the actual output',
    ]);
  });

  it('says that there was nothing', () => {
    expect(diff('', 'a\n')).toEqual([
      "#first difference at offset 0 (0x0), line 1, column 1: expected the end, actual 0x61 'a'",
      '#expected nothing, actual 2 bytes',
      '+a',
    ]);
    expect(diff('a', '')).toContain('#expected 1 byte, actual nothing');
  });

  it('keeps equal lines equal around inserted and removed ones', () => {
    expect(diff('a\nb\nc\nd\n', 'a\nx\nb\nd\n').slice(1)).toEqual([' a', '+x', ' b', '-c', ' d']);
    expect(diff('a\n', 'a\na\n').slice(2)).toEqual([' a', '+a']);
    expect(diff('x', 'x\nx').slice(2)).toEqual(['+x', ' x']);
  });

  it('leaves out the middle of equal lines between two differences, but never a single one', () => {
    const between = (count: number): string[] =>
      diff(`a\n${numbered(1, count)}b\n`, `A\n${numbered(1, count)}B\n`).slice(1);
    expect(between(7)).toEqual(['-a', '+A', ' 1', ' 2', ' 3', ' 4', ' 5', ' 6', ' 7', '-b', '+B']);
    const eight = ['-a', '+A', ' 1', ' 2', ' 3', '#... 2 equal lines', ' 6', ' 7', ' 8', '-b', '+B'];
    expect(between(8)).toEqual(eight);
  });

  it('cuts a long line around its difference, between characters', () => {
    const line = 'é'.repeat(5000);
    const [, , expected, actual] = diff(`${line}a${line}\n`, `${line}bc${line}\n`);
    expect(expected).toBe(`-[9960 bytes] ${'é'.repeat(20)}a${'é'.repeat(39)} [9922 bytes]`);
    expect(actual).toBe(`+[9960 bytes] ${'é'.repeat(20)}bc${'é'.repeat(39)} [9922 bytes]`);
  });

  it('cuts equal long lines at their beginning', () => {
    const line = 'x'.repeat(200);
    expect(diff(`${line}\na\n`, `${line}\nb\n`)[1]).toBe(` ${'x'.repeat(120)} [80 bytes]`);
  });

  it('shows both sides of a large difference and counts the rest', () => {
    const lines = diff(
      numbered(1, 500),
      numbered(1, 500, (line) => `x${line}`),
    );
    expect(lines.length).toBeLessThan(70);
    expect(lines.filter((line) => line.startsWith('-')).length).toBe(29);
    expect(lines.filter((line) => line.startsWith('+')).length).toBe(29);
    expect(lines.at(-1)).toBe('#... 471 more expected and 471 more actual lines differ');
  });

  it('does not claim to know what it has not aligned', () => {
    const last = diff(numbered(1, 5000), `0\n${numbered(1, 4999)}last\n`);
    expect(last.slice(2)).toEqual(['+0', '#... up to 4001 more expected and 4001 more actual lines differ']);
  });
});

describe('a hex dump', () => {
  it('takes over when one side is not text', () => {
    const expected = Uint8Array.from({ length: 100 }, (_, index) => index);
    const actual = Uint8Array.from(expected);
    actual[80] = 0xff;
    expect(marked(renderDiff(expected, actual))).toEqual([
      "#first difference at offset 80 (0x50): expected 0x50 'P', actual 0xff",
      '#... 2 equal lines',
      ' 00000020  20 21 22 23 24 25 26 27  28 29 2a 2b 2c 2d 2e 2f  | !"#$%&\'()*+,-./|',
      ' 00000030  30 31 32 33 34 35 36 37  38 39 3a 3b 3c 3d 3e 3f  |0123456789:;<=>?|',
      ' 00000040  40 41 42 43 44 45 46 47  48 49 4a 4b 4c 4d 4e 4f  |@ABCDEFGHIJKLMNO|',
      '-00000050  50 51 52 53 54 55 56 57  58 59 5a 5b 5c 5d 5e 5f  |PQRSTUVWXYZ[\\]^_|',
      '+00000050  ff 51 52 53 54 55 56 57  58 59 5a 5b 5c 5d 5e 5f  |.QRSTUVWXYZ[\\]^_|',
      ` 00000060  60 61 62 63 ${' '.repeat(37)} |\`abc|`,
    ]);
  });

  it('shows a side that is longer', () => {
    const lines = marked(
      renderDiff(
        Uint8Array.of(1, 2),
        Uint8Array.from({ length: 17 }, () => 1),
      ),
    );
    expect(lines.map((line) => line.slice(0, 12))).toEqual([
      '#first diffe',
      '#expected 2 ',
      '-00000000  0',
      '+00000000  0',
      '+00000010  0',
    ]);
  });

  it('counts the rows that it leaves out', () => {
    const lines = renderDiff(new Uint8Array(16_000), new Uint8Array(16_000).fill(1));
    expect(lines.length).toBeLessThan(70);
    expect(lines.at(-1)).toEqual({ kind: 'note', text: '... 970 more rows differ' });
  });
});

/** Plays a complete diff of lines back: what each side shows must be the lines of that side, in order. */
function replay(lines: readonly DiffLine[], side: 'expected' | 'actual', whole: Uint8Array): void {
  const all = splitLines(whole, 0, whole.length, Number.POSITIVE_INFINITY).map((line) =>
    showBytes(line.text),
  );
  let at = 0;
  for (const { kind, text } of lines) {
    const hidden = /^\.\.\. (\d+) equal lines$/.exec(text)?.[1];
    if (kind === 'note' && hidden !== undefined) at += Number(hidden);
    if (kind !== 'same' && kind !== side) continue;
    expect(text).toBe(all[at]);
    at += 1;
  }
  expect(at).toBe(all.length);
}

/** The fewest lines that can differ, found by trying every way (Wagner and Fischer, without replacement). */
function fewestDifferences(expected: readonly string[], actual: readonly string[]): number {
  let previous = Array.from({ length: actual.length + 1 }, (_, index) => index);
  expected.forEach((wanted, row) => {
    const current = [row + 1];
    actual.forEach((found, column) => {
      const either = Math.min(previous[column + 1] ?? 0, current[column] ?? 0) + 1;
      current.push(wanted === found ? (previous[column] ?? 0) : either);
    });
    previous = current;
  });
  return previous[actual.length] ?? 0;
}

describe('whatever the outputs', () => {
  it('a small diff can be played back into both sides, and no line differs without need', () => {
    const random = randomFrom(3);
    for (let round = 0; round < 600; round += 1) {
      const expected = randomBytes(random, Math.floor(random() * 40), 'ab\n\n');
      const actual = randomBytes(random, Math.floor(random() * 40), 'ab\n\n');
      const lines = renderDiff(expected, actual);
      if (Buffer.compare(expected, actual) === 0) {
        expect(lines).toEqual([]);
        continue;
      }
      replay(lines, 'expected', expected);
      replay(lines, 'actual', actual);
      const [wanted, found] = [expected, actual].map((side) =>
        Buffer.from(side)
          .toString()
          .split(/(?<=\n)/)
          .filter((line) => line !== ''),
      );
      const differing = lines.filter(({ kind }) => kind === 'expected' || kind === 'actual').length;
      expect(differing).toBe(fewestDifferences(wanted ?? [], found ?? []));
    }
  });

  it('is bounded, never throws, prints no control characters and is empty only for equal outputs', () => {
    const random = randomFrom(4);
    const alphabets = [undefined, 'a\n', '\0\r\n\x1b', 'Hello\r\n \xe2\x82\xac'];
    for (let round = 0; round < 400; round += 1) {
      const alphabet = alphabets[round % alphabets.length];
      const expected = randomBytes(random, Math.floor(random() * 3000), alphabet);
      const actual = Uint8Array.from(expected);
      for (let edits = Math.floor(random() * 4); edits > 0; edits -= 1) {
        actual[Math.floor(random() * actual.length)] = Math.floor(random() * 256);
      }
      const lines = renderDiff(expected, actual);
      expect(lines.length === 0).toBe(Buffer.compare(expected, actual) === 0);
      expect(lines.length).toBeLessThan(75);
      for (const { text } of lines) {
        expect(text).not.toMatch(/\p{Cc}/u);
        expect(text.length).toBeLessThan(550);
      }
    }
  });
});

describe('16 MiB', () => {
  const SIZE = 16 * 2 ** 20;
  const changed = (from: Uint8Array, ...offsets: number[]): Uint8Array => {
    const copy = Uint8Array.from(from);
    for (const offset of offsets) copy[offset] = (copy[offset] ?? 0) ^ 1;
    return copy;
  };
  const newlines = new Uint8Array(SIZE).fill(0x0a);
  const letters = new Uint8Array(SIZE).fill(0x61);
  const zeros = new Uint8Array(SIZE);
  const words = Uint8Array.from({ length: SIZE }, (_, at) => (at % 7 === 6 ? 0x0a : 0x61 + ((at * 31) % 23)));

  it.each<[string, Uint8Array, Uint8Array]>([
    ['empty lines against nothing', newlines, new Uint8Array()],
    ['empty lines, both ends differ', newlines, changed(newlines, 0, SIZE - 1)],
    ['one line, its middle differs', letters, changed(letters, SIZE / 2)],
    ['one line, all of it differs', letters, new Uint8Array(SIZE).fill(0x62)],
    ['one line against empty lines', letters, newlines],
    ['short lines, moved by one', words, words.subarray(7)],
    ['short lines, both ends differ', words, changed(words, 0, SIZE - 2)],
    ['zeros, the last byte differs', zeros, changed(zeros, SIZE - 1)],
    ['zeros, all of them differ', zeros, new Uint8Array(SIZE).fill(1)],
  ])('of %s is compared in bounded work', (_, expected, actual) => {
    for (const lines of [renderDiff(expected, actual), renderDiff(actual, expected)]) {
      expect(lines.length).toBeGreaterThan(1);
      expect(lines.length).toBeLessThan(75);
    }
  });
});
