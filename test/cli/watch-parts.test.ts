import { describe, expect, it } from 'vitest';
import { type Key, KeyReader } from '../../src/cli/keys.ts';
import { fullDiff } from '../../src/cli/watch-diff.ts';
import { fitBlocks, rowsOf } from '../../src/cli/watch-fit.ts';
import { LinePrompt } from '../../src/cli/watch-prompt.ts';
import { PLAIN } from '../../src/report/style.ts';
import { sleep } from '../support/watching.ts';

describe('KeyReader', () => {
  async function keys(...chunks: readonly string[]): Promise<Key[]> {
    const seen: Key[] = [];
    const reader = new KeyReader((key) => seen.push(key));
    for (const chunk of chunks) reader.feed(chunk);
    await sleep(80);
    return seen;
  }

  it.each([
    ['letters', ['aQ日ß😀'], ['a', 'Q', '日', 'ß', '😀']],
    ['keys without a letter', ['\r\n\x7f\b\x03'], ['enter', 'enter', 'backspace', 'backspace', 'interrupt']],
    ['no controls', ['\x01\x1a\x00\x9b'], []],
    ['no arrow and function keys', ['\x1b[A\x1bOP\x1b[1;5C\x1b[15~x'], ['x']],
    ['those in two pieces', ['\x1b', '[A', '\x1b[1;', '5C', '\x1bO', 'Px'], ['x']],
    ['nothing with Alt', ['\x1ba'], []],
    ['Esc alone', ['\x1b'], ['escape']],
    ['Esc twice', ['\x1b\x1b'], ['escape', 'escape']],
    ['a sequence that never ends', [`\x1b[${'1;'.repeat(1000)}`], ['escape']],
  ])('gives %s', async (_name, chunks, expected) => {
    expect(await keys(...chunks)).toEqual(expected);
  });
});

describe('LinePrompt', () => {
  it('takes letters, Backspace, Enter and Esc', () => {
    const prompt = new LinePrompt('path');
    expect(['a', '😀', 'b'].map((key) => prompt.press(key))).toEqual(['open', 'open', 'open']);
    expect(prompt.press('interrupt')).toBe('open');
    expect(prompt.text).toBe('path: a😀b');
    prompt.press('backspace');
    prompt.press('backspace');
    prompt.press(' ');
    expect([prompt.text, prompt.answer]).toEqual(['path: a ', 'a']);
    expect(prompt.press('enter')).toBe('done');
    expect(prompt.press('escape')).toBe('cancelled');
  });
});

describe('fitBlocks', () => {
  const block = (name: string, lines: number): string[] =>
    Array.from({ length: lines }, (_, index) => `${name}${index}`);
  const blocks = [block('a', 3), block('b', 3), block('c', 3)];

  it.each([
    [9, ['a0', 'a1', 'a2', 'b0', 'b1', 'b2', 'c0', 'c1', 'c2']],
    [8, ['a0', 'a1', 'a2', 'b0', 'b1', 'b2', 'c0']],
    [5, ['a0', 'a1', 'a2', 'b0', 'c0']],
    [3, ['a0', 'b0', 'c0']],
    [2, ['a0', '... 2 more']],
    [1, ['... 3 more']],
    [-7, ['... 3 more']],
  ])('in %i rows', (room, lines) => {
    expect(fitBlocks(blocks, room, 80)).toEqual(lines);
  });

  it('counts the rows that a long line takes, and none for colours', () => {
    expect(rowsOf(['', 'x'.repeat(81), `\x1b[31m${'x'.repeat(80)}\x1b[39m`], 80)).toBe(4);
    expect(fitBlocks([['x'.repeat(100)], ['y']], 2, 80)).toEqual(['... 2 more']);
    expect(fitBlocks([], 0, 80)).toEqual([]);
  });
});

describe('fullDiff', () => {
  const diff = (expected: string | Uint8Array, actual: string | Uint8Array): string[] =>
    fullDiff(
      { channel: 'serial', path: 'x.golden', expected: Buffer.from(expected), actual: Buffer.from(actual) },
      PLAIN,
    ).slice(1);

  it('shows every difference and folds what is equal', () => {
    const lines = Array.from({ length: 300 }, (_, index) => `line ${index}`);
    const text = (changes: Readonly<Record<number, string>>): string =>
      lines.map((line, index) => `${changes[index] ?? line}\n`).join('');
    const shown = diff(text({}), text({ 10: 'ten', 290: 'x'.repeat(500) }));
    expect(shown).toEqual([
      ...['  line 7', '  line 8', '  line 9', '- line 10', '+ ten', '  line 11', '  line 12', '  line 13'],
      '... 273 equal lines',
      ...['  line 287', '  line 288', '  line 289', '- line 290', `+ ${'x'.repeat(500)}`],
      ...['  line 291', '  line 292', '  line 293', '... 6 equal lines'],
    ]);
  });

  it('shows what terminals obey, missing newlines and bytes', () => {
    expect(diff('a\n', 'a\x1b[2J')).toEqual(['- a', '+ a\\x1b[2J (no newline at the end)']);
    expect(diff('', 'a\n')).toEqual(['+ a']);
    const bytes = Uint8Array.from({ length: 96 }, (_, index) => index * 37);
    const other = Uint8Array.from(bytes);
    other[80] = 1;
    const shown = diff(bytes, other);
    expect(shown.map((line) => line.slice(0, 10))).toEqual([
      ...['  00000020', '  00000030', '  00000040', '- 00000050', '+ 00000050'],
    ]);
  });

  it('ends where nobody reads on, in time that is bounded', () => {
    const shown = diff('a\n'.repeat(1e6), 'b\n'.repeat(1e6));
    expect(shown.at(-1)).toBe('... no more than 20000 lines are compared here');
    expect(shown).toHaveLength(40_001);
    expect(diff('', new Uint8Array(8 * 2 ** 20)).at(-1)).toContain('no more than');
  });
});
