import type { Registers, SystemRegisters } from '../../x86/registers.ts';
import { StructView } from './layout.ts';
import {
  KVM_DTABLE,
  KVM_REGS,
  KVM_SEGMENT,
  KVM_SREGS,
  KVM_SREGS_SEGMENTS,
  KVM_SREGS_TABLES,
} from './structs.ts';

const REGISTERS = Object.keys(KVM_REGS.fields) as (keyof typeof KVM_REGS.fields)[];
const SEGMENTS = Object.keys(KVM_SREGS_SEGMENTS) as (keyof typeof KVM_SREGS_SEGMENTS)[];
const TABLES = Object.keys(KVM_SREGS_TABLES) as (keyof typeof KVM_SREGS_TABLES)[];
const SEGMENT_BITS = ['type', 'present', 'dpl', 'db', 's', 'l', 'g', 'avl', 'unusable'] as const;
const CONTROL = ['cr0', 'cr2', 'cr3', 'cr4', 'cr8', 'efer'] as const;

/** `struct kvm_regs`, at `offset` in `bytes`, as {@link Registers}. */
export function readRegisters(bytes: Uint8Array, offset = 0): Registers {
  const view = new StructView(KVM_REGS, bytes, offset);
  const registers: Partial<Registers> = {};
  for (const name of REGISTERS) registers[name] = view.get64(name);
  return registers as Registers;
}

export function writeRegisters(registers: Registers, bytes: Uint8Array, offset = 0): void {
  const view = new StructView(KVM_REGS, bytes, offset);
  for (const name of REGISTERS) view.set64(name, registers[name]);
}

/** `struct kvm_sregs`, at `offset` in `bytes`, as {@link SystemRegisters}. */
export function readSystemRegisters(bytes: Uint8Array, offset = 0): SystemRegisters {
  const system: Partial<SystemRegisters> = {};
  for (const name of SEGMENTS) {
    const view = new StructView(KVM_SEGMENT, bytes, offset + KVM_SREGS_SEGMENTS[name]);
    const segment: Record<string, number> = {};
    for (const bit of SEGMENT_BITS) segment[bit] = view.get(bit);
    system[name] = {
      ...(segment as Record<(typeof SEGMENT_BITS)[number], number>),
      base: view.get64('base'),
      limit: view.get('limit'),
      selector: view.get('selector'),
    };
  }
  for (const name of TABLES) {
    const view = new StructView(KVM_DTABLE, bytes, offset + KVM_SREGS_TABLES[name]);
    system[name] = { base: view.get64('base'), limit: view.get('limit') };
  }
  const view = new StructView(KVM_SREGS, bytes, offset);
  for (const name of CONTROL) system[name] = view.get64(name);
  system.apicBase = view.get64('apic_base');
  return system as SystemRegisters;
}

/** The reverse; the interrupt bitmap behind the registers is left as it is. */
export function writeSystemRegisters(system: SystemRegisters, bytes: Uint8Array, offset = 0): void {
  for (const name of SEGMENTS) {
    const view = new StructView(KVM_SEGMENT, bytes, offset + KVM_SREGS_SEGMENTS[name]);
    const segment = system[name];
    view.set64('base', segment.base);
    view.set('limit', segment.limit);
    view.set('selector', segment.selector);
    for (const bit of SEGMENT_BITS) view.set(bit, segment[bit]);
  }
  for (const name of TABLES) {
    const view = new StructView(KVM_DTABLE, bytes, offset + KVM_SREGS_TABLES[name]);
    view.set64('base', system[name].base);
    view.set('limit', system[name].limit);
  }
  const view = new StructView(KVM_SREGS, bytes, offset);
  for (const name of CONTROL) view.set64(name, system[name]);
  view.set64('apic_base', system.apicBase);
}
