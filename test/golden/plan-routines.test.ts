import { describe, expect, it } from 'vitest';
import type { CasePlan, Operand, RoutineCall } from '../../src/golden/plan.ts';
import { parseSourcePlan } from '../../src/golden/plan-parser.ts';
import { failureOf, problemOf } from './plan-support.ts';

function testOf(text: string): CasePlan & { call: RoutineCall } {
  const [plan] = parseSourcePlan(`; test: ${text}`, 'asm/x.asm').cases;
  if (plan?.call === undefined) throw new Error('no routine test');
  return { ...plan, call: plan.call };
}

const number = (offset: number): Operand => ({ symbol: undefined, offset });
const symbol = (name: string, offset = 0): Operand => ({ symbol: name, offset });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a routine test', () => {
  it('has a label, what is set, and what is expected', () => {
    expect(testOf('itoa ax=42 di=buffer -> [buffer]="42" cx=2 cf=0')).toEqual({
      name: 'itoa ax=42 di=buffer -> [buffer]="42" cx=2 cf=0',
      line: 1,
      settings: {},
      expectations: [],
      call: {
        label: 'itoa',
        inputs: [
          { kind: 'register', name: 'ax', value: number(42), text: 'ax=42' },
          { kind: 'register', name: 'di', value: symbol('buffer'), text: 'di=buffer' },
        ],
        results: [
          {
            kind: 'memory',
            place: { at: symbol('buffer'), width: 'bytes' },
            value: bytes('42'),
            text: '[buffer]="42"',
          },
          { kind: 'register', name: 'cx', value: number(2), text: 'cx=2' },
          { kind: 'flag', name: 'cf', value: 0, text: 'cf=0' },
        ],
        prints: undefined,
      },
    });
  });

  it.each([
    ['f', 'f'],
    ['f ->', 'f'],
    ['  f\t ax=1   ->  ', 'f ax=1'],
    ['f -> ax=1', 'f -> ax=1'],
    ['$cx  ax=1\t->  bx=2', '$cx ax=1 -> bx=2'],
    ['f [a]="x  y" word  [ a  + 1 ]=1', 'f [a]="x  y" word [ a + 1 ]=1'],
    [`f al=' '  ->  serial="  "`, `f al=' ' -> serial="  "`],
  ])('%j is named %j', (text, name) => {
    expect(testOf(text).name).toBe(name);
  });

  it.each([
    ['main.loop', 'main.loop'],
    ['_x?@$#~', '_x?@$#~'],
    ['..@special', '..@special'],
    ['$ax', 'ax'],
    ['$f', 'f'],
    ['flags', 'flags'],
    ['ip', 'ip'],
    ['IF', 'IF'],
  ])('calls %s as %s', (written, label) => {
    expect(testOf(written).call.label).toBe(label);
  });

  it('expects what is printed, which may be nothing', () => {
    expect(testOf('f -> serial="a\\n" ax=1').call).toMatchObject({
      prints: bytes('a\n'),
      results: [{ name: 'ax' }],
    });
    expect(testOf('f -> serial=""').call).toMatchObject({ prints: new Uint8Array(), results: [] });
  });

  it('keeps no more memory than a text has', () => {
    const { results, prints } = testOf('f -> serial="a\\n" [b]="abc"').call;
    expect(prints?.buffer.byteLength).toBe(2);
    expect(results[0]?.value).toEqual(bytes('abc'));
  });
});

describe('places', () => {
  it.each([
    ...['al', 'ah', 'bl', 'bh', 'cl', 'ch', 'dl', 'dh'],
    ...['ax', 'bx', 'cx', 'dx', 'si', 'di', 'bp', 'ds', 'es', 'fs', 'gs'],
    ...['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp'],
  ])('%s is a register, in either case', (name) => {
    const { inputs, results } = testOf(`f ${name.toUpperCase()}=1 -> ${name}=2`).call;
    expect(inputs).toEqual([{ kind: 'register', name, value: number(1), text: `${name.toUpperCase()}=1` }]);
    expect(results).toEqual([{ kind: 'register', name, value: number(2), text: `${name}=2` }]);
  });

  it.each(['cf', 'pf', 'af', 'zf', 'sf', 'df', 'of', 'if'])('%s is a flag', (name) => {
    const { inputs, results } = testOf(`f ${name}=0 -> ${name.toUpperCase()}=1`).call;
    expect(inputs).toEqual([{ kind: 'flag', name, value: 0, text: `${name}=0` }]);
    expect(results).toEqual([{ kind: 'flag', name, value: 1, text: `${name.toUpperCase()}=1` }]);
  });

  it.each([
    ['byte[b]=255', symbol('b'), 'byte', number(255)],
    ['byte[b]=-128', symbol('b'), 'byte', number(-128)],
    ['word[b+2]=0x1234', symbol('b', 2), 'word', number(0x1234)],
    ['dword[b-0x10]=4294967295', symbol('b', -16), 'dword', number(0xffff_ffff)],
    ['WORD [ b + 2 ]=other', symbol('b', 2), 'word', symbol('other')],
    ['byte[0x500]=0', number(0x500), 'byte', number(0)],
    ['byte[$di]=0', symbol('di'), 'byte', number(0)],
    ["word[b]='AB'", symbol('b'), 'word', number(0x4241)],
    ['[b]="\\x00 ; é"', symbol('b'), 'bytes', bytes('\0 ; é')],
    ['[0xb8000]="a"', number(0xb8000), 'bytes', bytes('a')],
  ] as const)('%s is memory', (text, at, width, value) => {
    expect(testOf(`f ${text}`).call.inputs).toEqual([{ kind: 'memory', place: { at, width }, value, text }]);
  });

  it.each([
    ['al=1 ah=2 -> ax=0x201 al=1'],
    ['ax=1 -> ax=1'],
    ['eax=1 -> ax=1 al=1'],
    ['si=1 di=2 bp=3 bx=4 ds=5 es=6'],
    ['byte[a]=1 byte[a+1]=1 byte[A]=1'],
    ['-> word[a]=1 byte[a]=1 [a]="x"'],
  ])('%s goes together', (text) => {
    expect(testOf(`f ${text}`).call.label).toBe('f');
  });
});

describe('values', () => {
  it.each([
    ['42', 42],
    ['007', 7],
    ['-1', -1],
    ['-0', 0],
    ['0x2A', 0x2a],
    ['0X2a', 0x2a],
    ['2Ah', 0x2a],
    ['0ffH', 0xff],
    ['0b1h', 0xb1],
    ['$0ff', 0xff],
    ['0b1010', 10],
    ['1010b', 10],
    ['0b', 0],
    ['0b1111_0000', 0xf0],
    ['1_000', 1000],
    ['0o17', 15],
    ['17q', 15],
    ['17o', 15],
    ['-0x10', -16],
    ["'A'", 0x41],
    ["' '", 0x20],
    [`'"'`, 0x22],
    ["'\\'", 0x5c],
    ["'é'", 0xa9c3],
    ["'ABCD'", 0x4443_4241],
    ['4294967295', 0xffff_ffff],
    ['-2147483648', -0x8000_0000],
  ])('%s is a number', (text, value) => {
    expect(testOf(`f eax=${text}`).call.inputs[0]?.value).toEqual(number(value));
  });

  it.each([
    ['buffer', symbol('buffer')],
    ['buffer+2', symbol('buffer', 2)],
    ['buffer-1', symbol('buffer', -1)],
    ['buffer+0x10', symbol('buffer', 16)],
    ['buffer+10h', symbol('buffer', 16)],
    ['buffer-0', symbol('buffer', 0)],
    ['main.loop', symbol('main.loop')],
    ['ffh', symbol('ffh')],
    ['cf', symbol('cf')],
    ['serial', symbol('serial')],
    ['$bx+1', symbol('bx', 1)],
    ['..@x', symbol('..@x')],
  ])('%s is a symbol', (text, value) => {
    expect(testOf(`f al=${text}`).call.inputs[0]?.value).toEqual(value);
  });
});

const FORM =
  'A routine test is written like this: "; test: itoa ax=42 di=buffer -> [buffer]="42" cx=2 cf=0". Begin a comment that is none with another word.';
const PLACES =
  'Places are 8-, 16- and 32-bit general registers, ds es fs gs, flags such as cf, memory such as [buffer] or word[count], and serial among the results.';

describe('what is refused', () => {
  const value =
    "is not a value; write a number (42, -1, 0x2A, 2Ah, 0b1010, 'A') or a symbol (buffer, buffer+2)";
  const address = 'is not an address; write a symbol (buffer, buffer+2) or a number (0x500)';
  const bits = 'tests know the 8-, 16- and 32-bit general registers, ds, es, fs and gs';
  it.each([
    // The label.
    ['', "1:1: there is no label after 'test:'"],
    ['-> ax=1', "1:9: '->' is not a label: a test begins with the label that it calls"],
    ['ax=1', "1:9: 'ax=1' is not a label: a test begins with the label that it calls"],
    ['[b]="x"', `1:9: '[b]="x"' is not a label: a test begins with the label that it calls`],
    ['itoa: ax=1', "1:9: 'itoa:' is not a label"],
    ['0x7c00', "1:9: '0x7c00' is not a label"],
    ['$$', "1:9: '$$' is not a label"],
    ['f+2', "1:9: 'f+2' is not a label"],
    ['\x1b', "1:9: '\\x1b' is not a label"],
    ['AX', "1:9: 'AX' is a register; a label of that name is written $AX"],
    ['.loop', "1:9: '.loop' is a local label; write it with the label above it, as in main.loop"],
    // The form.
    ['f ax', "1:11: 'ax' has no value; write place=value, without spaces around '='"],
    ['f ax =1', "1:11: 'ax' has no value; write place=value, without spaces around '='"],
    ['f ax= 1', "1:11: 'ax' has no value; write place=value, without spaces around '='"],
    ['f byte [b] = 1', "1:11: 'byte [b]' has no value; write place=value, without spaces around '='"],
    ['f word', "1:11: 'word' has no value; write place=value, without spaces around '='"],
    ['f =1', "1:11: '=' is out of place: write place=value"],
    ['f ax=1 ] bx=2', "1:16: ']' is out of place: write place=value"],
    ['f ax=1 ->bx=2', "1:18: put a space behind '->'"],
    ['f byte [b=1', "1:11: the '[' is never closed"],
    ['f [b]="x', "1:15: the quote of '[b]' is never closed"],
    ["f al='x", "1:14: the quote of 'al' is never closed"],
    ['f [b]="x"y', "1:18: 'y' right behind the value of '[b]'; put a space before it"],
    ["f al='x'+1", "1:17: '+1' right behind the value of 'al'; put a space before it"],
    ['f -> ax=1 -> bx=1', "1:19: a second '->': one stands between what is set and what is expected"],
    ['f [b]="a\tb"', "1:17: '\\t' must be written as an escape, such as \\t or \\x1b"],
    // Places.
    ['f xa=1', "1:11: unknown place 'xa'"],
    ['f tf=1', "1:11: unknown place 'tf'"],
    ['f ip=1', "1:11: unknown place 'ip'"],
    ['f qword[b]=1', "1:11: 'qword' has no value; write place=value, without spaces around '='"],
    [
      'f -> SP=1',
      "1:14: 'SP' cannot be named in a test: it is checked without asking: it must be back where it was when the routine returns",
    ],
    [
      'f esp=1',
      "1:11: 'esp' cannot be named in a test: it is checked without asking: it must be back where it was when the routine returns",
    ],
    [
      'f cs=1',
      "1:11: 'cs' cannot be named in a test: a routine is called in the code segment that the guest starts in",
    ],
    [
      'f ss=1',
      "1:11: 'ss' cannot be named in a test: a routine has the stack of the test, with its return address on it",
    ],
    ['f rax=1', `1:11: 'rax' cannot be named in a test: ${bits}`],
    ['f r8d=1', `1:11: 'r8d' cannot be named in a test: ${bits}`],
    ['f cr0=1', `1:11: 'cr0' cannot be named in a test: ${bits}`],
    ['f [b]=1', "1:11: '[b]' has no width: write byte[b], word[b] or dword[b]"],
    ["f [ b + 1 ]='A'", "1:11: '[b+1]' has no width: write byte[b+1], word[b+1] or dword[b+1]"],
    ['f word[b]="x"', "1:11: a text has its own length; leave 'word' out"],
    ['f [b]=""', '1:16: the text is empty: there is nothing to set or to compare'],
    [
      'f [di]="x"',
      "1:12: 'di' is a register; an address is a symbol or a number, linear and known before the call",
    ],
    ['f byte[b+di]=1', "1:18: 'di' is not a number; behind a symbol stands + or - and one number"],
    ['f byte[ b + c ]=1', "1:21: 'c' is not a number; behind a symbol stands + or - and one number"],
    ['f byte[es:di]=1', "1:16: 'es:di' has a segment; an address is linear: segment * 16 + offset"],
    ['f byte[ -1 ]=1', "1:17: '-1' is out of range; an address is 0 to 0xffffffff"],
    ['f byte[]=1', `1:16: '' ${address}`],
    ['f byte[a b]=1', `1:16: 'a b' ${address}`],
    ['f byte[.b]=1', "1:16: '.b' is a local label; write it with the label above it, as in main.b"],
    ['f serial="x"', "1:11: 'serial' belongs behind the '->': it is what the routine prints"],
    ['f -> serial=x', `1:21: 'serial' takes a text in double quotes, as in serial="42"`],
    // Values.
    [
      'f ax=bx',
      "1:14: 'bx' is a register; a value is a number or a symbol; a symbol of that name is written with a '$' before it",
    ],
    ['f ax=.loop', "1:14: '.loop' is a local label; write it with the label above it, as in main.loop"],
    ['f ax=b+c', "1:16: 'c' is not a number; behind a symbol stands + or - and one number"],
    ['f ax=b+', "1:16: '' is not a number; behind a symbol stands + or - and one number"],
    ['f ax=b+1+1', "1:16: '1+1' is not a number; behind a symbol stands + or - and one number"],
    ['f ax=2+b', `1:14: '2+b' ${value}`],
    ['f ax=+1', `1:14: '+1' ${value}`],
    ['f ax=--1', `1:14: '--1' ${value}`],
    ['f ax=0xfg', `1:14: '0xfg' ${value}`],
    ['f ax=0x_', `1:14: '0x_' ${value}`],
    ['f ax=12b', `1:14: '12b' ${value}`],
    ['f ax=1,', `1:14: '1,' ${value}`],
    ['f ax=$', `1:14: '$' ${value}`],
    ['f ax="A"', "1:14: 'ax' takes a number; a character is written in single quotes, as in 'A'"],
    ['f al=256', "1:14: '256' does not fit into 'al'; -128 to 255 are allowed"],
    ['f al=-129', "1:14: '-129' does not fit into 'al'; -128 to 255 are allowed"],
    ['f ax=0x10000', "1:14: '0x10000' does not fit into 'ax'; -32768 to 65535 are allowed"],
    ["f al='AB'", "1:15: 'AB' does not fit into 'al'; -128 to 255 are allowed"],
    ['f ds=65536', "1:14: '65536' does not fit into 'ds'; -32768 to 65535 are allowed"],
    [
      'f eax=-2147483649',
      "1:15: '-2147483649' does not fit into 'eax'; -2147483648 to 4294967295 are allowed",
    ],
    ['f eax=0x100000000', "1:15: '0x100000000' is out of range; a number has at most 32 bits"],
    ['f ax=b+0x100000000', "1:16: '0x100000000' is out of range; a number has at most 32 bits"],
    ['f -> WORD[b]=65536', "1:22: '65536' does not fit into 'word[b]'; -32768 to 65535 are allowed"],
    ["f eax=''", "1:16: '''' is 0 bytes long; a number has one to four"],
    ["f eax='ABCDE'", "1:16: ''ABCDE'' is 5 bytes long; a number has one to four"],
    ["f eax='\uFFFD'", '1:16: the text is not UTF-8 here; write a number'],
    ['f cf=2', "1:14: '2' is not a value of cf: a flag is 0 or 1"],
    ["f cf='1'", "1:15: '1' is not a value of cf: a flag is 0 or 1"],
    ['f [b]="a\\q"', `1:17: '\\q' is not an escape; allowed are \\r \\n \\t \\0 \\\\ \\" and \\xNN`],
    ['f -> serial="a\uFFFD"', '1:23: the text is not UTF-8 here; write such a byte as \\xNN'],
    // More than one.
    ['f ax=1 AX=2', "1:16: 'AX' is named twice on one side of the '->'"],
    ['f -> cf=1 cf=1', "1:19: 'cf' is named twice on one side of the '->'"],
    ['f -> serial="" serial=""', "1:24: 'serial' is named twice on one side of the '->'"],
    ['f word[b+1]=1 WORD [b + 1]=2', "1:23: 'word[b+1]' is named twice on one side of the '->'"],
    ['f al=1 ax=2', "1:16: 'al' and 'ax' set the same bits"],
    ['f eax=1 ah=2', "1:17: 'eax' and 'ah' set the same bits"],
    ['f si=1 esi=2', "1:16: 'si' and 'esi' set the same bits"],
  ])('%j', (text, message) => {
    expect(problemOf(`; test: ${text}`)).toBe(message);
  });

  it.each([
    ['', FORM],
    ['f ax', FORM],
    ['f al=256', FORM],
    ['f xa=1', PLACES],
    ['f sp=1', PLACES],
    [
      'f serial="x"',
      'What a routine reads from the serial port is set for the whole source: "; guestkit: input="abc\\r"".',
    ],
  ])('says of %j how it is written', (text, hint) => {
    expect(failureOf(`; test: ${text}`).hint).toBe(hint);
  });

  it('counts columns from the line, and lines from the source', () => {
    expect(problemOf('hlt\n  ret ; test: f ax=99999')).toMatch(/^2:20: '99999' does not fit/);
  });

  it('two equal calls, however they are spaced', () => {
    expect(problemOf('; test: f ax=1\n\n;  test:  f   ax=1 ->')).toBe(
      "3:11: two cases are named 'f ax=1': on line 1 and on line 3",
    );
    const differ = ['; test: f [a]="x y"', '; test: f [a]="x  y"', '; test: f [A]="x y"'].join('\n');
    expect(parseSourcePlan(differ, 'asm/x.asm').cases).toHaveLength(3);
  });

  it('more than 4096 letters', () => {
    const fill = (length: number): string => `; test: f [a]="${'x'.repeat(length - 16)}"`;
    expect(parseSourcePlan(fill(4096), 'asm/x.asm').cases).toHaveLength(1);
    expect(problemOf(fill(4097))).toBe('1:1: the test is 4097 letters long; at most 4096 are allowed');
  });
});
