import { describe, expect, it } from 'vitest';
import { compareRegisters } from '../../src/golden/regs-golden.ts';
import { flatRegisters, flatSystemRegisters } from '../../src/machine/boot-state.ts';
import { caseRun, marked } from './case-run.ts';

const PATH = 'asm/x.regs.golden';
const registers = {
  ...flatRegisters(),
  rax: 0x1122334455667788n,
  rbx: 0x2an,
  r10: 0xffffffffffffffffn,
  rsp: 0xfffcn,
  rip: 0x7c05n,
  rflags: 0x0000_0a47n | (1n << 21n),
};
const boot = flatSystemRegisters();
const system = { ...boot, ds: { ...boot.ds, selector: 0x7c0 }, cr0: 0x10n, cr3: 0x1_0000_0000n };
const run = caseRun({ registers: () => registers, systemRegisters: () => system });

const compare = (golden: string): ReturnType<typeof compareRegisters> =>
  compareRegisters(Buffer.from(golden), PATH, run);
const accepted = (golden: string): string | undefined => {
  const bytes = compare(golden)?.accepted;
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
};

describe('the names', () => {
  // Intel SDM vol. 1, 3.4.1: RAX holds EAX in bits 0-31, AX in 0-15, AL in 0-7, AH in 8-15.
  it.each([
    'rax=1122334455667788 eax=55667788 ax=7788 al=88 ah=77',
    'rbx=000000000000002a ebx=0000002a bx=002a bl=2a bh=00',
    'r10=ffffffffffffffff r10d=ffffffff r10w=ffff r10b=ff',
    'rsi=0 esi=0 si=0 sil=0 rdi=0 edi=0 di=0 dil=0 rbp=0 ebp=0 bp=0 bpl=0',
    'rsp=fffc esp=fffc sp=fffc spl=fc',
    'rip=7c05 eip=7c05 ip=7c05',
    'r8=0 r9d=0 r11w=0 r12b=0 r13=0 r14d=0 r15b=0 cx=0 ecx=0 rcx=0 cl=0 ch=0 dx=0 dl=0 dh=0 edx=0 rdx=0',
    // Intel SDM vol. 1, 3.4.3: CF 0, PF 2, AF 4, ZF 6, SF 7, TF 8, IF 9, DF 10, OF 11, IOPL 12-13, NT 14, RF 16, ID 21.
    'rflags=200a47 eflags=200a47 flags=0a47',
    'cf=1 pf=1 af=0 zf=1 sf=0 tf=0 if=1 df=0 of=1 iopl=0 nt=0 rf=0 vm=0 ac=0 vif=0 vip=0 id=1',
    'cs=0000 ds=07c0 es=0 fs=0 gs=0 ss=0',
    'cr0=00000010 cr2=0 cr3=100000000 cr4=0',
    'AX=7788 Eax=0x55667788 bx=0X2A',
  ])('%s', (golden) => {
    expect(compare(golden)).toBeUndefined();
  });

  it('asks the machine only for what is listed', () => {
    const never = (): never => {
      throw new Error('not asked for');
    };
    const general = caseRun({ registers: () => registers, systemRegisters: never });
    expect(compareRegisters(Buffer.from('ax=7788'), PATH, general)).toBeUndefined();
    const segments = caseRun({ registers: never, systemRegisters: () => system });
    expect(compareRegisters(Buffer.from('ds=7c0'), PATH, segments)).toBeUndefined();
  });
});

describe('what differs', () => {
  it('is shown in its line, and where it is', () => {
    const comparison = compare('; at the end\nax=7788 bx=0001\ncx=0000\n');
    expect(marked(comparison?.failure?.diff)).toEqual([
      ' ; at the end',
      '-ax=7788 bx=0001',
      '+ax=7788 bx=002a',
      ' cx=0000',
    ]);
    expect(comparison?.failure?.at).toEqual({ offset: 26, line: 2, column: 14 });
  });

  it('names the flags', () => {
    expect(marked(compare('flags=0202\n')?.failure?.diff)).toEqual([
      '-flags=0202',
      '+flags=0a47',
      '#flags differ in cf, pf, zf, of',
    ]);
  });
});

describe('accepting', () => {
  it.each([
    [
      'keeps order, blanks and comments',
      '# é ; x\r\n  BX=0001\tax=7788 ; bx=0001\r\n\r\ncx=1',
      '# é ; x\r\n  BX=002a\tax=7788 ; bx=0001\r\n\r\ncx=0',
    ],
    [
      'keeps the width, or takes what the value needs',
      'eax=1 bx=0x0001 al=1 sp=1',
      'eax=55667788 bx=0x002a al=88 sp=fffc',
    ],
    [
      'fills in what is not known yet',
      'rax bx=? cf\ncr0 ds=? al',
      'rax=1122334455667788 bx=002a cf=1\ncr0=00000010 ds=07c0 al=88',
    ],
    ['leaves what is equal as it is written', 'AX=0x7788 bx=2A cx=1', 'AX=0x7788 bx=2A cx=0'],
  ])('%s', (_, golden, result) => {
    expect(accepted(golden)).toBe(result);
    expect(compare(result)).toBeUndefined();
  });

  it('keeps comments that are not UTF-8', () => {
    const golden = Buffer.from('bx=0001 ; caf\xe9', 'latin1');
    const bytes = compareRegisters(golden, PATH, run)?.accepted;
    expect(Buffer.from(bytes ?? '').toString('latin1')).toBe('bx=002a ; caf\xe9');
  });

  it('does not call it a failure that something is not known yet', () => {
    expect(compare('ax=7788 bx')).toEqual({
      failure: undefined,
      accepted: new Uint8Array(Buffer.from('ax=7788 bx=002a')),
    });
    const mixed = compare('bx\nax=1\n');
    expect(marked(mixed?.failure?.diff)).toEqual([' bx', '-ax=1', '+ax=7788']);
    expect(mixed?.failure?.at.line).toBe(2);
  });
});

describe('a golden that is wrong', () => {
  it.each([
    ['ax=0\n  bxx=1', '2:3', "unknown register 'bxx' (did you mean 'bx'?)"],
    ['eaxx', '1:1', "unknown register 'eaxx' (did you mean 'eax'?)"],
    ['ax = 1', '1:4', "'=' is out of place: registers are written name=value, without blanks"],
    ['ax= 1', '1:4', 'ax: there is no value'],
    ['ax=4x', '1:4', "ax: '4x' is not a value in hex"],
    ['ax=2ah', '1:4', "ax: '2ah' is not a value in hex"],
    ['ax=0x', '1:4', "ax: '0x' is not a value in hex"],
    ['ax=-1', '1:4', "ax: '-1' is not a value in hex"],
    ['ax=1 al=100', '1:9', "'100' is too much for al, which has 8 bits"],
    ['cf=2', '1:4', "'2' is too much for cf, which is one bit"],
    [`rax=${'f'.repeat(17)}`, '1:5', "'fffffffffffffffff' is too much for rax, which has 64 bits"],
    ['ax=1,', '1:4', "ax: '1,' is not a value in hex"],
    ['', '1:1', 'no register is listed, so nothing is compared'],
    ['; ax=1\n# bx\n', '1:1', 'no register is listed, so nothing is compared'],
    ['\u00e4x=1', '1:1', "unknown register 'äx'"],
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

  it('takes a megabyte of zeros in its stride', () => {
    expect(compare(`ax=${'0'.repeat(2 ** 20)}7788`)).toBeUndefined();
    expect(() => compare('x'.repeat(2 ** 20))).toThrow('unknown register');
    expect(compare('ax=7788 '.repeat(2 ** 17))).toBeUndefined();
  });
});
