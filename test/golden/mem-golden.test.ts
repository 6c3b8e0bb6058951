import { describe, expect, it } from 'vitest';
import { compareMemory } from '../../src/golden/mem-golden.ts';
import { caseRun, marked, memoryWith, symbolsOf } from './case-run.ts';

const PATH = 'asm/x.mem.golden';
const run = caseRun({
  memory: memoryWith({ 31744: 'Hello', 32768: 'a "quoted"\r\n\0', 65520: Uint8Array.of(1, 2, 3) }),
  symbols: symbolsOf({ message: 0x7c00, buffer: 0x8000, 'start.loop': 0x10, END: 0xfff0, 'a#b': 0 }),
});

const compare = (golden: string): ReturnType<typeof compareMemory> =>
  compareMemory(Buffer.from(golden), PATH, run);
const accepted = (golden: string): string | undefined => {
  const bytes = compare(golden)?.accepted;
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
};

describe('rows', () => {
  it.each([
    '0x7c00: 48 65 6c 6C 6f',
    '0x7C00 : "Hello"   ; a comment',
    '\tmessage: 48 "ell" 6f 00 # a comment\r\n',
    'message+1: "ello"',
    'message+0x4: 6f\nbuffer-0x400: "Hello"',
    'buffer: "a \\"quoted\\"\\r\\n\\0"',
    'start.loop: 00',
    'END: 01 02 03',
    'END+0xf: 00',
    'message: "Hello" ; "\nbuffer: "a \\x22" #"',
    'a#b: 00',
  ])('%j', (golden) => {
    expect(compare(golden)).toBeUndefined();
  });

  it('shows what differs in its row, and where', () => {
    const comparison = compare('; greeting\nmessage: "Help!" 00\nEND:  01 ff 03 ; three\n');
    expect(marked(comparison?.failure?.diff)).toEqual([
      ' ; greeting',
      '-message: "Help!" 00',
      '-END:  01 ff 03 ; three',
      '+message: "Hello" 00',
      '+END:  01 02 03 ; three',
    ]);
    expect(comparison?.failure?.at).toEqual({ offset: 24, line: 2, column: 14 });
  });

  it('shows escapes as they stand in the file', () => {
    expect(marked(compare('buffer+10: "\\r\\n" 00\nbuffer: "a \\n"')?.failure?.diff)).toEqual([
      ' buffer+10: "\\r\\n" 00',
      '-buffer: "a \\n"',
      '#no newline at the end of the expected output',
      '+buffer: "a \\""',
      '#no newline at the end of the actual output',
    ]);
  });

  it('accepts text as text and pairs as pairs', () => {
    expect(accepted('message: "12345" ; x\nbuffer: "........." 00 00 00\n0x7c04: 6E')).toBe(
      'message: "Hello" ; x\nbuffer: "a \\"quoted" 22 0d 0a\n0x7c04: 6f',
    );
    expect(accepted('END: "abc" ff')).toBe('END: "\\x01\\x02\\x03" 00');
  });

  it('accepts text beyond ASCII as UTF-8', () => {
    const memory = memoryWith({ 0: 'né' });
    const bytes = compareMemory(Buffer.from('0x0: "öx"'), PATH, caseRun({ memory }))?.accepted;
    expect(Buffer.from(bytes ?? '').toString('utf8')).toBe('0x0: "né"');
  });
});

describe('what is not known yet', () => {
  it('is written out in rows of 16, its comment behind the first', () => {
    expect(accepted('  message: 20 bytes ; text\nEND: 01\n')).toBe(
      `  message: 48 65 6c 6c 6f${' 00'.repeat(11)} ; text\n  message+0x10: 00 00 00 00\nEND: 01\n`,
    );
    expect(accepted('0x7c00: 17 bytes\r\n')).toBe(
      `0x7c00: 48 65 6c 6c 6f${' 00'.repeat(11)}\r\n0x7c10: 00\r\n`,
    );
    expect(accepted('message-0x10: 0x11 bytes')).toBe(`message-0x10:${' 00'.repeat(16)}\nmessage: 48`);
    expect(accepted('END: 1 byte')).toBe('END: 01');
  });

  it('is no failure', () => {
    expect(compare('END: 3 bytes')).toEqual({
      failure: undefined,
      accepted: new Uint8Array(Buffer.from('END: 01 02 03')),
    });
  });

  it('gives a golden that passes', () => {
    const golden = accepted('buffer: 100 bytes\n0x0: 65 bytes\n') ?? '';
    expect(golden.split('\n')).toHaveLength(13);
    expect(compare(golden)).toBeUndefined();
  });

  it('is 64 KiB at most, so that it can be read again', () => {
    const golden = accepted(`0x0: ${0x10000} bytes`) ?? '';
    expect(golden.length).toBeLessThan(2 ** 20);
    expect(compare(golden)).toBeUndefined();
    expect(() => compare(`0x0: ${0x10000} bytes\n0x0: 1 byte`)).toThrow(
      `${PATH}:2:6: more than 65536 bytes are left open in this golden`,
    );
  });
});

describe('where no memory is', () => {
  it.each([
    ['0xfffe: 00 00 00', '0xfffe: 3 bytes at 0xfffe are not all memory'],
    ['0xa0000: 16 bytes', '0xa0000: 16 bytes at 0xa0000 are not all memory'],
    ['END-0xfffff: 00', 'END-0xfffff: 1 byte at -0xf000f are not all memory'],
    ['0xffffffff: "x"', '0xffffffff: 1 byte at 0xffffffff are not all memory'],
  ])('%j is a failure, and stays as it is', (golden, note) => {
    const comparison = compare(`${golden}\nEND: 01\n`);
    const place = golden.slice(0, golden.indexOf(':'));
    expect(marked(comparison?.failure?.diff)).toEqual([
      `-${golden}`,
      `+${place}: no memory`,
      ' END: 01',
      `#${note}`,
    ]);
    expect(comparison?.accepted).toBeUndefined();
  });
});

describe('a golden that is wrong', () => {
  it.each([
    ['END: 01\nbufer: 00', '2:1', "there is no symbol 'bufer' (did you mean 'buffer'?)"],
    [' end: 01', '1:2', "there is no symbol 'end' (did you mean 'END'?)"],
    ['.loop: 00', '1:1', "there is no symbol '.loop' (did you mean 'start.loop'?)"],
    ['message 48', '1:1', "there is no ':' behind the place"],
    ['7c00: 48', '1:1', "'7c00' is no place: a place is an address such as 0x7c00"],
    ['0x1ffffffff: 48', '1:1', "'0x1ffffffff' is no place"],
    ['message + 1: 48', '1:1', "'message + 1' is no place"],
    [': 48', '1:1', "'' is no place"],
    ['message: 4', '1:10', "'4' is not a byte"],
    ['message: 48 6', '1:13', "'6' is not a byte"],
    ['message: 4865', '1:10', "'4865' is not a byte"],
    ['message: 0x48', '1:10', "'0x48' is not a byte"],
    ['message: "x"48', '1:10', '\'"x"48\' is not a byte'],
    ['message: "x', '1:10', "'\"x' is not a byte"],
    ['message: 48 32 bytes', '1:16', "'bytes' is not a byte"],
    ['message: 48 "a\\q"', '1:15', "'\\q' is not an escape"],
    ['message:', '1:9', 'there are no bytes behind the place'],
    ['message: ""', '1:10', 'an empty text is nothing to compare'],
    ['message: 0 bytes', '1:10', 'no bytes are nothing to compare'],
    ['', '1:1', 'no memory is listed, so nothing is compared'],
    ['\n ; message: 48\n', '1:1', 'no memory is listed, so nothing is compared'],
  ])('%j', (golden, place, problem) => {
    const [line, column] = place.split(':').map(Number);
    expect(() => compare(golden)).toThrow(
      expect.objectContaining({
        file: PATH,
        line,
        column,
        message: expect.stringContaining(`${PATH}:${place}: ${problem}`),
      }),
    );
  });

  it('says why no symbol is known', () => {
    expect(() => compareMemory(Buffer.from('x: 00'), PATH, caseRun())).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('NASM gave no symbols') }),
    );
  });
});
