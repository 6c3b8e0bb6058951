import { describe, expect, it } from 'vitest';
import type { CaseRun } from '../../src/golden/case-run.ts';
import type { Assignment, MemoryOperand, Operand, RoutineCall } from '../../src/golden/plan.ts';
import { routineReasons } from '../../src/golden/routine-checks.ts';
import { inputState } from '../../src/golden/routine-input.ts';
import { flatRegisters, flatSystemRegisters } from '../../src/machine/boot-state.ts';
import { caseRun, memoryWith, symbolsOf } from './case-run.ts';

const context = {
  symbols: symbolsOf({ itoa: 0x40, buffer: 0x8000, HUGE: 0x12345 })(),
  source: 'asm/x.asm',
  line: 7,
};
const number = (offset: number, symbol?: string): Operand => ({ symbol, offset });
const register = (name: string, value: Operand, text = `${name}=${value.offset}`): Assignment => ({
  kind: 'register',
  name,
  value,
  text,
});
const flag = (name: string, value: 0 | 1): Assignment => ({
  kind: 'flag',
  name,
  value,
  text: `${name}=${value}`,
});
const memory = (
  at: Operand,
  width: MemoryOperand['width'],
  value: Operand | string | Uint8Array,
  text: string,
): Assignment => ({
  kind: 'memory',
  place: { at, width },
  value: typeof value === 'string' ? Buffer.from(value) : value,
  text,
});
const callOf = (parts: Partial<RoutineCall>): RoutineCall => ({
  label: 'itoa',
  inputs: [],
  results: [],
  prints: undefined,
  ...parts,
});

describe('inputState', () => {
  const inputs = (...list: Assignment[]): ReturnType<typeof inputState> =>
    inputState(callOf({ inputs: list }), flatRegisters(), context);

  it('is the boot state at the label when nothing is set', () => {
    expect(inputs()).toEqual({ registers: { ...flatRegisters(), rip: 0x40n }, segments: {}, memory: [] });
  });

  it('puts the parts of a register where the SDM has them', () => {
    const { registers } = inputs(
      register('al', number(0x11)),
      register('ah', number(0x22)),
      register('ebx', number(0xdeadbeef)),
      register('bl', number(-1)),
      register('cx', number(-2)),
      register('di', number(3, 'buffer')),
      register('r9w', number(5)),
    );
    expect(registers).toEqual({
      ...flatRegisters(),
      rip: 0x40n,
      rax: 0x2211n,
      rbx: 0xdeadbeffn,
      rcx: 0xfffen,
      rdi: 0x8003n,
      r9: 5n,
    });
  });

  it('sets and clears flags, and leaves the others', () => {
    // EFLAGS bit 0 is CF, bit 1 is always 1, bit 10 is DF (Intel SDM vol. 1, 3.4.3).
    expect(inputs(flag('cf', 1), flag('df', 1)).registers.rflags).toBe(0x403n);
    const boot = { ...flatRegisters(), rflags: 0x0cd7n };
    const { registers } = inputState(callOf({ inputs: [flag('zf', 0), flag('cf', 0)] }), boot, context);
    expect(registers.rflags).toBe(0x0c96n);
    expect(boot.rflags).toBe(0x0cd7n);
  });

  it('gives selectors of segment registers', () => {
    expect(inputs(register('ds', number(0x7c0)), register('es', number(0xb800))).segments).toEqual({
      ds: 0x7c0,
      es: 0xb800,
    });
  });

  it('writes memory, numbers little-endian', () => {
    const at = number(2, 'buffer');
    expect(
      inputs(
        memory(at, 'byte', number(-1), 'byte[buffer+2]=-1'),
        memory(at, 'word', number(0x1234), 'word[buffer+2]=0x1234'),
        memory(at, 'dword', number(0, 'HUGE'), 'dword[buffer+2]=HUGE'),
        memory(number(0x10), 'bytes', 'text', '[0x10]="text"'),
      ).memory.map(({ address, bytes }) => [address, [...bytes]]),
    ).toEqual([
      [0x8002, [0xff]],
      [0x8002, [0x34, 0x12]],
      [0x8002, [0x45, 0x23, 1, 0]],
      [0x10, [...Buffer.from('text')]],
    ]);
  });

  const problem = (message: string): unknown =>
    expect.objectContaining({
      code: 'directive',
      file: 'asm/x.asm',
      line: 7,
      message: expect.stringContaining(`asm/x.asm:7:1: ${message}`),
    });

  it('fails at a symbol that is not there', () => {
    expect(() => inputs(register('di', number(0, 'bufer')))).toThrow(
      problem("there is no symbol 'bufer' (did you mean 'buffer'?)"),
    );
    expect(() => inputState(callOf({ label: 'ITOA' }), flatRegisters(), context)).toThrow(
      problem("there is no symbol 'ITOA' (did you mean 'itoa'?)"),
    );
  });

  it('fails at a value that does not fit', () => {
    expect(() => inputs(register('ax', number(0, 'HUGE'), 'ax=HUGE'))).toThrow(
      problem('ax=HUGE: 74565 (0x12345) does not fit into 16 bits'),
    );
    expect(() => inputs(memory(number(0), 'byte', number(0, 'buffer'), 'byte[0]=buffer'))).toThrow(
      problem('byte[0]=buffer: 32768 (0x8000) does not fit into 8 bits'),
    );
  });
});

describe('routineReasons', () => {
  const system = flatSystemRegisters();
  const run = caseRun({
    routine: { returned: true, stackDelta: 0 },
    registers: () => ({ ...flatRegisters(), rax: 0x12340029n, rcx: 0xffffn, rdi: 0x8002n, rflags: 0x43n }),
    systemRegisters: () => ({ ...system, es: { ...system.es, selector: 0xb800 } }),
    memory: memoryWith({
      32768: '41\0\xff',
      36864: Buffer.from('x'.repeat(50)),
      40960: Uint8Array.of(1, 2, 3, 4),
    }),
    output: Buffer.from('41\n'),
  });
  const messages = (parts: Partial<RoutineCall>, over: Partial<CaseRun> = {}): string[] =>
    routineReasons(callOf(parts), { ...run, ...over }, context).map((reason) =>
      reason.kind === 'routine' ? reason.message : reason.kind,
    );
  const result = (...results: Assignment[]): string[] => messages({ results });

  it('is content with what is as it should be', () => {
    expect(
      messages({
        results: [
          register('ax', number(0x29)),
          register('eax', number(0x12340029)),
          register('cx', number(-1)),
          register('cl', number(255)),
          register('di', number(2, 'buffer'), 'di=buffer+2'),
          register('es', number(0xb800)),
          flag('cf', 1),
          flag('zf', 1),
          flag('of', 0),
          memory(number(0, 'buffer'), 'bytes', '41', '[buffer]="41"'),
          memory(number(0, 'buffer'), 'word', number(0x3134), 'word[buffer]=0x3134'),
          memory(number(0xa000), 'dword', number(0x04030201), 'dword[0xa000]=0x04030201'),
          memory(number(0xa000), 'byte', number(1), 'byte[0xa000]=1'),
        ],
        prints: Buffer.from('41\n'),
      }),
    ).toEqual([]);
  });

  it.each<[Assignment, string]>([
    [register('ax', number(42), 'ax=42'), 'ax is 0x0029 (41), expected 0x002a (42)'],
    [register('al', number(-1), 'al=-1'), 'al is 0x29 (41), expected 0xff (-1)'],
    [register('eax', number(1)), 'eax is 0x12340029 (305397801), expected 0x00000001 (1)'],
    [register('di', number(3, 'buffer'), 'DI=buffer+3'), 'DI is 0x8002 (32770), expected 0x8003 (buffer+3)'],
    [register('es', number(0)), 'es is 0xb800 (47104), expected 0x0000 (0)'],
    [flag('cf', 0), 'cf is 1, expected 0'],
    [flag('df', 1), 'df is 0, expected 1'],
    [memory(number(0, 'buffer'), 'bytes', '42', '[buffer]="42"'), '[buffer] is "41", expected "42"'],
    [
      memory(number(0, 'buffer'), 'bytes', '41\r\n', '[buffer]="41\\r\\n"'),
      '[buffer] is "41\\0\\xc3", expected "41\\r\\n"',
    ],
    [
      memory(number(0xa000), 'bytes', Uint8Array.of(1, 2, 3, 5), '[0xa000]="\\x01"'),
      '[0xa000] is 01 02 03 04, expected 01 02 03 05',
    ],
    [
      memory(number(0xa000), 'word', number(2), 'word[0xa000]=2'),
      'word[0xa000] is 0x0201 (513), expected 0x0002 (2)',
    ],
    [
      memory(number(0xfffe), 'dword', number(0), 'dword[0xfffe]=0'),
      'dword[0xfffe] is not all memory: 4 bytes at 0xfffe',
    ],
    [
      memory(number(-0x9000, 'buffer'), 'byte', number(0), 'byte[buffer-0x9000]=0'),
      'byte[buffer-0x9000] is not all memory: 1 bytes at -0x1000',
    ],
  ])('says what %j is instead', (expected, message) => {
    expect(result(expected)).toEqual([message]);
  });

  it('shows of long memory the part that differs', () => {
    const text = `${'x'.repeat(40)}y${'x'.repeat(9)}`;
    expect(result(memory(number(0x9000), 'bytes', text, '[0x9000]="..."'))).toEqual([
      `[0x9000] from byte 18 on is "${'x'.repeat(32)}", expected "${'x'.repeat(22)}y${'x'.repeat(9)}"`,
    ]);
  });

  it('compares all that was printed', () => {
    expect(messages({ prints: Buffer.from('42\n') })).toEqual(['serial is "41\\n", expected "42\\n"']);
    expect(messages({ prints: Buffer.of() })).toEqual(['serial is "41\\n", expected ""']);
    expect(messages({})).toEqual([]);
  });

  it('weighs the stack', () => {
    expect(messages({}, { routine: { returned: true, stackDelta: -2 } })).toEqual([
      'SP is off by -2: it pushed more than it popped',
    ]);
    expect(messages({}, { routine: { returned: true, stackDelta: 4 } })).toEqual([
      'SP is off by +4: it popped more than it pushed',
    ]);
  });

  it('lists all that is wrong, in the order of the comment', () => {
    expect(result(flag('cf', 0), register('ax', number(1)), flag('zf', 0))).toEqual([
      'cf is 1, expected 0',
      'ax is 0x0029 (41), expected 0x0001 (1)',
      'zf is 1, expected 0',
    ]);
  });

  it('fails at a symbol that is not there', () => {
    expect(() => result(register('di', number(0, 'nowhere')))).toThrow(
      "asm/x.asm:7:1: there is no symbol 'nowhere'",
    );
  });
});
