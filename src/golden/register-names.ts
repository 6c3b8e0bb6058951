import { RFLAGS_BITS } from '../x86/flags.ts';
import type { Registers, SystemRegisters } from '../x86/registers.ts';

export type SegmentName = 'cs' | 'ds' | 'es' | 'fs' | 'gs' | 'ss';
type ControlName = 'cr0' | 'cr2' | 'cr3' | 'cr4';

/** A register by one of its names: which bits of which register. */
export type NamedRegister = {
  /** In lower case. */
  name: string;
  /** Its lowest bit in the whole register: 8 for AH. */
  shift: number;
  bits: number;
  /** In how many hex digits it is written at least; control registers get 8, as outside of long mode. */
  digits: number;
} & (
  | { kind: 'general'; whole: keyof Registers }
  | { kind: 'segment'; whole: SegmentName }
  | { kind: 'control'; whole: ControlName }
);

/** What can be asked for registers: a run that has ended, or the machine itself. */
export interface RegisterSource {
  registers(): Registers;
  systemRegisters(): SystemRegisters;
}

/** The names of the lower 32, 16 and 8 bits (Intel SDM vol. 1, 3.4.1 and 3.4.1.1); the 8-bit names of R8 to R15 as NASM has them. */
const PARTS: Readonly<Record<keyof Registers, readonly string[]>> = {
  rax: ['eax', 'ax', 'al'],
  rbx: ['ebx', 'bx', 'bl'],
  rcx: ['ecx', 'cx', 'cl'],
  rdx: ['edx', 'dx', 'dl'],
  rsi: ['esi', 'si', 'sil'],
  rdi: ['edi', 'di', 'dil'],
  rsp: ['esp', 'sp', 'spl'],
  rbp: ['ebp', 'bp', 'bpl'],
  r8: ['r8d', 'r8w', 'r8b'],
  r9: ['r9d', 'r9w', 'r9b'],
  r10: ['r10d', 'r10w', 'r10b'],
  r11: ['r11d', 'r11w', 'r11b'],
  r12: ['r12d', 'r12w', 'r12b'],
  r13: ['r13d', 'r13w', 'r13b'],
  r14: ['r14d', 'r14w', 'r14b'],
  r15: ['r15d', 'r15w', 'r15b'],
  rip: ['eip', 'ip'],
  rflags: ['eflags', 'flags'],
};
const PART_BITS = [32, 16, 8] as const;

/** Bits 8 to 15 of the first four. */
const HIGH_BYTES = { ah: 'rax', bh: 'rbx', ch: 'rcx', dh: 'rdx' } as const;
const SEGMENTS: readonly SegmentName[] = ['cs', 'ds', 'es', 'fs', 'gs', 'ss'];
const CONTROLS: readonly ControlName[] = ['cr0', 'cr2', 'cr3', 'cr4'];
/** EFLAGS.IOPL, bits 12 and 13 (Intel SDM vol. 1, 3.4.3.3). */
const IOPL = { shift: 12, bits: 2 };

let byName: ReadonlyMap<string, NamedRegister> | undefined;

/** Every register, part of one and flag that has a name, by that name in lower case. */
export function namedRegisters(): ReadonlyMap<string, NamedRegister> {
  byName ??= new Map(makeAll().map((each) => [each.name, each]));
  return byName;
}

function makeAll(): NamedRegister[] {
  const all: NamedRegister[] = [];
  const addGeneral = (name: string, whole: keyof Registers, shift: number, bits: number): void => {
    all.push({ kind: 'general', name, whole, shift, bits, digits: Math.ceil(bits / 4) });
  };
  for (const [name, parts] of Object.entries(PARTS)) {
    const whole = name as keyof Registers;
    addGeneral(whole, whole, 0, 64);
    parts.forEach((part, index) => {
      addGeneral(part, whole, 0, PART_BITS[index] ?? 64);
    });
  }
  for (const [name, whole] of Object.entries(HIGH_BYTES)) addGeneral(name, whole, 8, 8);
  for (const [bit, name] of RFLAGS_BITS) addGeneral(name.toLowerCase(), 'rflags', bit, 1);
  addGeneral('iopl', 'rflags', IOPL.shift, IOPL.bits);
  for (const name of SEGMENTS)
    all.push({ kind: 'segment', name, whole: name, shift: 0, bits: 16, digits: 4 });
  for (const name of CONTROLS)
    all.push({ kind: 'control', name, whole: name, shift: 0, bits: 64, digits: 8 });
  return all;
}

/** Gives values of named registers; each set of registers is asked for once, and only when it is needed. */
export function registerReader(source: RegisterSource): (register: NamedRegister) => bigint {
  let general: Registers | undefined;
  let system: SystemRegisters | undefined;
  return (register) => {
    switch (register.kind) {
      case 'general':
        general ??= source.registers();
        return BigInt.asUintN(register.bits, general[register.whole] >> BigInt(register.shift));
      case 'segment':
        system ??= source.systemRegisters();
        return BigInt(system[register.whole].selector);
      case 'control':
        system ??= source.systemRegisters();
        return system[register.whole];
    }
  };
}

/** The names of the single flags, lowest bit first, in which two values of RFLAGS differ. */
export function differingFlags(one: bigint, other: bigint): string[] {
  const bits = RFLAGS_BITS.filter(([bit]) => (((one ^ other) >> BigInt(bit)) & 1n) === 1n);
  return bits.map(([, name]) => name.toLowerCase()).reverse();
}
