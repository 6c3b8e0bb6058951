import { describe, expect, it } from 'vitest';
import { parseText } from '../../src/golden/parse-value.ts';
import {
  isMostlyText,
  quote,
  sequenceLength,
  showByte,
  showBytes,
  showHexRow,
} from '../../src/golden/visible.ts';
import { randomBytes, randomFrom } from './random.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');

describe('showBytes', () => {
  it.each<[string, number[] | string, string]>([
    ['text', 'Hello, Wörld €', 'Hello, Wörld €'],
    ['CR, LF, TAB, NUL and backslash', 'a\r\n\t\0\\', 'a\\r\\n\\t\\0\\\\'],
    ['NUL before a digit', '\x001', '\\x001'],
    ['ESC', '\x1b[31m', '\\x1b[31m'],
    ['a space at the end', 'a b ', 'a b\\x20'],
    ['DEL', '\x7f', '\\x7f'],
    ['the C1 control CSI in UTF-8', '\u009b', '\\xc2\\x9b'],
    ['a no-break space', '\u00a0', '\\xc2\\xa0'],
    ['a right-to-left override', '\u202e', '\\xe2\\x80\\xae'],
    ['a byte order mark', '\ufeffx', '\\xef\\xbb\\xbfx'],
    ['a replacement character that was printed', '\ufffd', '\ufffd'],
    ['a stray continuation', [0x41, 0x80], 'A\\x80'],
    ['an overlong form', [0xc0, 0x80], '\\xc0\\x80'],
    ['a surrogate', [0xed, 0xa0, 0x80], '\\xed\\xa0\\x80'],
    ['a cut sequence', [0xe2, 0x82], '\\xe2\\x82'],
  ])('shows %s', (_, input, shown) => {
    expect(showBytes(typeof input === 'string' ? bytes(input) : Uint8Array.from(input))).toBe(shown);
  });

  it('is undone by parseText, whatever the bytes', () => {
    const random = randomFrom(1);
    for (let round = 0; round < 500; round += 1) {
      const raw = randomBytes(random, Math.floor(random() * 40));
      expect(Buffer.from(parseText(showBytes(raw))).equals(raw)).toBe(true);
    }
  });
});

describe('sequenceLength', () => {
  it('agrees with the strict decoder of the platform', () => {
    const random = randomFrom(2);
    const strict = new TextDecoder('utf-8', { fatal: true });
    const alphabet = '\x00A\x7f\x80\x8f\x90\x9f\xa0\xbf\xc1\xc2\xdf\xe0\xe1\xec\xed\xef\xf0\xf1\xf4\xf5\xff';
    for (let round = 0; round < 3000; round += 1) {
      const raw = randomBytes(random, 4, alphabet);
      const accepted = [1, 2, 3, 4].find((length) => {
        try {
          strict.decode(raw.subarray(0, length));
          return true;
        } catch {
          return false;
        }
      });
      expect(sequenceLength(raw, 0)).toBe(accepted ?? 0);
    }
  });
});

it('shows one byte with its picture where it has one', () => {
  expect([0x41, 0x0d, 0x00, 0x20, 0x80].map(showByte)).toEqual([
    "0x41 'A'",
    "0x0d '\\r'",
    "0x00 '\\0'",
    '0x20',
    '0x80',
  ]);
});

it('quotes text harmlessly and not at any length', () => {
  expect(quote('a\x1b[2Jb')).toBe("'a\\x1b[2Jb'");
  expect(quote('x'.repeat(1e6))).toBe(`'${'x'.repeat(40)}...'`);
});

it('tells text from binary data', () => {
  const text = ['', 'Hello\r\n', 'ok\0', '\x1b[1mbold\x1b[0m\x07', 'ÄÖÜ €'];
  expect(text.map((each) => isMostlyText(bytes(each)))).toEqual([true, true, true, true, true]);
  const binary = [[0, 0, 0], [0x41, 0, 0xff, 0xfe], Array.from({ length: 100 }, (_, index) => index)];
  expect(binary.map((each) => isMostlyText(Uint8Array.from(each)))).toEqual([false, false, false]);
});

it('lays out a row of a hex dump, the last one too', () => {
  expect(showHexRow(0x1f0, bytes('0123456789abcde\n'))).toBe(
    '000001f0  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 0a  |0123456789abcde.|',
  );
  expect(showHexRow(0, Uint8Array.of(0xff))).toBe(`00000000  ff${' '.repeat(48)}|.|`);
});
