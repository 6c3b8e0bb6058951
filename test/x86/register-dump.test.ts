import { describe, expect, it } from 'vitest';
import { flatRegisters, flatSystemRegisters } from '../../src/machine/boot-state.ts';
import { registerDump } from '../../src/x86/register-dump.ts';
import type { SystemRegisters } from '../../src/x86/registers.ts';

const flat = flatSystemRegisters();

describe('the register dump', () => {
  it('shows the boot state in the order a person reads it', () => {
    expect(registerDump(flatRegisters(), flat)).toEqual([
      'EAX 00000000  EBX 00000000  ECX 00000000  EDX 00000000',
      'ESI 00000000  EDI 00000000  EBP 00000000  ESP 0000FFFC',
      'EIP 00000000  FLAGS 00000002 [IOPL=0]  mode real',
      'CS   0000  base 00000000  limit 0000FFFF  code 16-bit dpl 0',
      'SS   0000  base 00000000  limit 0000FFFF  data 16-bit dpl 0',
      'DS   0000  base 00000000  limit 0000FFFF  data 16-bit dpl 0',
      'ES   0000  base 00000000  limit 0000FFFF  data 16-bit dpl 0',
      'FS   0000  base 00000000  limit 0000FFFF  data 16-bit dpl 0',
      'GS   0000  base 00000000  limit 0000FFFF  data 16-bit dpl 0',
      'TR   0000  base 00000000  limit 0000FFFF  system type 11',
      'LDT  0000  base 00000000  limit 0000FFFF  system type 2',
      'GDT        base 00000000  limit 0000FFFF',
      'IDT        base 00000000  limit 0000FFFF',
      'CR0  00000010 [ET]',
      'CR2  00000000',
      'CR3  00000000',
      'CR4  00000000 []',
      'EFER 00000000 []',
    ]);
  });

  it('gives every register its own value', () => {
    const registers = flatRegisters();
    const names = ['rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp', 'rsp'] as const;
    for (const [i, name] of names.entries()) registers[name] = BigInt(i + 1);
    registers.rip = 0x7c00n;
    registers.rflags = 0x3246n;
    expect(registerDump(registers, flat).slice(0, 3)).toEqual([
      'EAX 00000001  EBX 00000002  ECX 00000003  EDX 00000004',
      'ESI 00000005  EDI 00000006  EBP 00000007  ESP 00000008',
      'EIP 00007C00  FLAGS 00003246 [IF ZF PF IOPL=3]  mode real',
    ]);
  });

  it('shows 64-bit registers in 64-bit mode, and there only', () => {
    const registers = flatRegisters();
    registers.rax = 0xffff_ffff_8000_0000n;
    registers.r8 = 8n;
    registers.r15 = 0x0123_4567_89ab_cdefn;
    registers.rip = 0xffff_8000_0000_1000n;
    const long: SystemRegisters = {
      ...flat,
      cs: { ...flat.cs, selector: 8, l: 1, limit: 0xffff_ffff, g: 1 },
      ss: { ...flat.ss, unusable: 1 },
      gdt: { base: 0xffff_8000_0000_0000n, limit: 0x17 },
      cr0: 0x8000_0011n,
      cr2: 0xdead_beef_0000n,
      cr3: 0x1000n,
      cr4: 0x20n,
      efer: 0x500n,
    };
    const dump = registerDump(registers, long);
    expect(dump.slice(0, 5)).toEqual([
      'RAX FFFFFFFF80000000  RBX 0000000000000000  RCX 0000000000000000  RDX 0000000000000000',
      'RSI 0000000000000000  RDI 0000000000000000  RBP 0000000000000000  RSP 000000000000FFFC',
      'R8  0000000000000008  R9  0000000000000000  R10 0000000000000000  R11 0000000000000000',
      'R12 0000000000000000  R13 0000000000000000  R14 0000000000000000  R15 0123456789ABCDEF',
      'RIP FFFF800000001000  FLAGS 00000002 [IOPL=0]  mode long-64',
    ]);
    expect(dump[5]).toBe('CS   0008  base 0000000000000000  limit FFFFFFFF  code 64-bit dpl 0');
    expect(dump[6]).toBe('SS   0000  base 0000000000000000  limit 0000FFFF  unusable');
    expect(dump[13]).toBe('GDT        base FFFF800000000000  limit 00000017');
    expect(dump.slice(15)).toEqual([
      'CR0  0000000080000011 [PG ET PE]',
      'CR2  0000DEADBEEF0000',
      'CR3  0000000000001000',
      'CR4  0000000000000020 [PAE]',
      'EFER 0000000000000500 [LMA LME]',
    ]);
    // In a 32-bit segment the upper halves cannot be used, and the other eight registers neither.
    const compatible = registerDump(registers, { ...long, cs: { ...flat.cs, db: 1 } });
    expect(compatible[0]).toBe('EAX 80000000  EBX 00000000  ECX 00000000  EDX 00000000');
    expect(compatible[2]).toContain('mode long-32');
  });

  it.each<[string, Partial<SystemRegisters['ds']>]>([
    ['data 32-bit dpl 3', { db: 1, dpl: 3 }],
    ['code 32-bit dpl 0', { type: 10, db: 1 }],
    ['code 16-bit dpl 1', { type: 8, dpl: 1 }],
    ['code 64-bit dpl 0', { type: 11, l: 1 }],
    // L says something in code segments only (Intel SDM vol. 3, 3.4.5).
    ['data 16-bit dpl 0', { type: 3, l: 1 }],
    ['system type 9', { s: 0, type: 9 }],
    ['unusable', { present: 0 }],
    ['unusable', { unusable: 1 }],
  ])('says what a segment is: %s', (kind, changed) => {
    const dump = registerDump(flatRegisters(), { ...flat, ds: { ...flat.ds, ...changed } });
    expect(dump[5]).toBe(`DS   0000  base 00000000  limit 0000FFFF  ${kind}`);
  });
});
