import { describe, expect, it } from 'vitest';
import { flatRegisters, flatSystemRegisters } from '../../src/machine/boot-state.ts';
import {
  CR0_BITS,
  CR4_BITS,
  EFER_BITS,
  ioPrivilegeLevel,
  namesOfBits,
  RFLAGS_BITS,
} from '../../src/x86/flags.ts';
import { cpuMode, type SystemRegisters } from '../../src/x86/registers.ts';

describe('bits by name', () => {
  it('are where the Intel SDM has them', () => {
    // Restated from the manual's figures, not from the tables under test.
    expect(namesOfBits(0x0000_0001n, RFLAGS_BITS)).toEqual(['CF']);
    expect(namesOfBits(0x0000_08d5n, RFLAGS_BITS)).toEqual(['OF', 'SF', 'ZF', 'AF', 'PF', 'CF']);
    expect(namesOfBits(0x0000_0700n, RFLAGS_BITS)).toEqual(['DF', 'IF', 'TF']);
    expect(namesOfBits(0x003f_4000n, RFLAGS_BITS)).toEqual(['ID', 'VIP', 'VIF', 'AC', 'VM', 'RF', 'NT']);
    expect(namesOfBits(0xe000_0011n, CR0_BITS)).toEqual(['PG', 'CD', 'NW', 'ET', 'PE']);
    expect(namesOfBits(0x0005_002en, CR0_BITS)).toEqual(['AM', 'WP', 'NE', 'TS', 'EM', 'MP']);
    expect(namesOfBits(0x0000_06b0n, CR4_BITS)).toEqual(['OSXMMEXCPT', 'OSFXSR', 'PGE', 'PAE', 'PSE']);
    expect(namesOfBits(0x0000_0d01n, EFER_BITS)).toEqual(['NXE', 'LMA', 'LME', 'SCE']);
  });

  it('name nothing for reserved bits, whatever else is set', () => {
    // Bits 1, 3, 5 and 15 of EFLAGS, and IOPL, which is no single bit.
    expect(namesOfBits(0xb02an, RFLAGS_BITS)).toEqual([]);
    expect(namesOfBits(0n, CR4_BITS)).toEqual([]);
    expect(namesOfBits(0xffff_ffff_ffff_ffffn, EFER_BITS)).toEqual(['NXE', 'LMA', 'LME', 'SCE']);
  });

  it('have a name and a place for themselves in each register', () => {
    for (const table of [RFLAGS_BITS, CR0_BITS, CR4_BITS, EFER_BITS]) {
      expect(new Set(table.map(([bit]) => bit)).size).toBe(table.length);
      expect(new Set(table.map(([, name]) => name)).size).toBe(table.length);
      expect(table.map(([bit]) => bit)).toEqual(table.map(([bit]) => bit).sort((a, b) => b - a));
    }
  });

  it('give the I/O privilege level from its two', () => {
    expect([0x0000n, 0x1000n, 0x2000n, 0x3000n, 0xcfffn].map(ioPrivilegeLevel)).toEqual([0, 1, 2, 3, 0]);
  });
});

describe('the mode of the CPU', () => {
  const PE = 1n;
  const LMA = 1n << 10n;
  const VM = 1n << 17n;
  const flat = flatSystemRegisters();
  const cs = (l: number, db: number): Partial<SystemRegisters> => ({ cs: { ...flat.cs, l, db } });

  it.each<[string, Partial<SystemRegisters>, bigint]>([
    ['real', {}, 2n],
    // VM and CS.D count for nothing without CR0.PE: "unreal" mode is real mode.
    ['real', { ...cs(0, 1) }, VM],
    ['protected-16', { cr0: PE }, 2n],
    ['protected-32', { cr0: PE, ...cs(0, 1) }, 2n],
    ['virtual-8086', { cr0: PE, ...cs(0, 1) }, VM],
    ['long-64', { cr0: PE, efer: LMA, ...cs(1, 0) }, 2n],
    ['long-32', { cr0: PE, efer: LMA, ...cs(0, 1) }, 2n],
    ['long-16', { cr0: PE, efer: LMA, ...cs(0, 0) }, 2n],
    // There is no virtual-8086 mode in long mode.
    ['long-64', { cr0: PE, efer: LMA, ...cs(1, 0) }, VM],
    // EFER.LME alone only asks for long mode.
    ['protected-32', { cr0: PE, efer: 1n << 8n, ...cs(0, 1) }, 2n],
  ])('is %s', (mode, changed, rflags) => {
    expect(cpuMode({ ...flatRegisters(), rflags }, { ...flat, ...changed })).toBe(mode);
  });
});
