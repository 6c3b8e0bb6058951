import { describe, expect, it } from 'vitest';
import { parseDuration, parseSize, parseText, ValueError } from '../../src/golden/parse-value.ts';

function problem(action: () => unknown): { message: string; offset: number } {
  try {
    action();
  } catch (error) {
    if (error instanceof ValueError) return { message: error.message, offset: error.offset };
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('parseDuration', () => {
  it.each([
    ['1ms', 1],
    ['500ms', 500],
    ['5s', 5000],
    ['2m', 120_000],
    ['60m', 3_600_000],
    ['3600s', 3_600_000],
    ['007ms', 7],
  ])('reads %s', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  const rule = 'is not a duration; write a whole number with ms, s or m, such as 500ms, 5s or 2m';
  it.each([
    ['', `'' ${rule}`],
    ['5x', `'5x' ${rule}`],
    ['1.5s', `'1.5s' ${rule}`],
    ['-1s', `'-1s' ${rule}`],
    ['5 s', `'5 s' ${rule}`],
    ['5S', `'5S' ${rule}`],
    ['5s\n', `'5s\\n' ${rule}`],
    ['\x1b[2J', `'\\x1b[2J' ${rule}`],
    ['500', "'500' has no unit; write 500ms, 500s or 500m"],
    ['0ms', "'0ms' is out of range; 1ms to 60m are allowed"],
    ['61m', "'61m' is out of range; 1ms to 60m are allowed"],
    [`${'9'.repeat(400)}s`, `'${'9'.repeat(40)}...' is out of range; 1ms to 60m are allowed`],
  ])('refuses %j', (text, message) => {
    expect(problem(() => parseDuration(text))).toEqual({ message, offset: 0 });
  });
});

describe('parseSize', () => {
  it.each([
    ['4K', 4096],
    ['64K', 65_536],
    ['64k', 65_536],
    ['1M', 1_048_576],
    ['3G', 3_221_225_472],
    ['8192', 8192],
  ])('reads %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  const rule = 'is not a size; write a whole number with K, M or G, such as 64K or 2M, or plain bytes';
  const range = 'is out of range; 4K to 3G are allowed';
  it.each([
    ['', `'' ${rule}`],
    ['1MB', `'1MB' ${rule}`],
    ['0x1000', `'0x1000' ${rule}`],
    ['1.5M', `'1.5M' ${rule}`],
    ['-4K', `'-4K' ${rule}`],
    ['3K', `'3K' ${range}`],
    ['64', `'64' ${range}; a number without K, M or G counts bytes`],
    ['4G', `'4G' ${range}`],
    ['6K', "'6K' is not a multiple of 4K, the page size"],
    ['4097', "'4097' is not a multiple of 4K, the page size"],
  ])('refuses %j', (text, message) => {
    expect(problem(() => parseSize(text))).toEqual({ message, offset: 0 });
  });
});

describe('parseText', () => {
  it.each([
    ['', []],
    ['ab', [0x61, 0x62]],
    ['\\r\\n\\t\\0\\\\\\"', [0x0d, 0x0a, 0x09, 0x00, 0x5c, 0x22]],
    ['\\x00\\x7f\\xfF', [0x00, 0x7f, 0xff]],
    ['\\x411', [0x41, 0x31]],
    ['é€😀', [0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80]],
    ['"', [0x22]],
    ['\\0a', [0x00, 0x61]],
  ])('reads %j', (text, bytes) => {
    expect([...parseText(text)]).toEqual(bytes);
  });

  const allowed = 'is not an escape; allowed are \\r \\n \\t \\0 \\\\ \\" and \\xNN';
  it.each([
    ['ab\\q', `'\\q' ${allowed}`, 2],
    ['a\\', `'\\' ${allowed}`, 1],
    ['\\\x1b', `'\\\\x1b' ${allowed}`, 0],
    ['\\x4', "'\\x4' needs two hex digits, as in \\x1b", 0],
    ['ok\\xzz', "'\\xzz' needs two hex digits, as in \\x1b", 2],
    ['\\012', "'\\0' before a digit is not an octal number; write \\x00", 0],
    ['ab\uFFFD', 'the text is not UTF-8 here; write such a byte as \\xNN', 2],
  ])('refuses %j', (text, message, offset) => {
    expect(problem(() => parseText(text))).toEqual({ message, offset });
  });
});
