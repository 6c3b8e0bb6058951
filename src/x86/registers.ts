/** General-purpose registers, instruction pointer and flags (Intel SDM vol. 1, 3.4), as 64-bit values. */
export interface Registers {
  rax: bigint;
  rbx: bigint;
  rcx: bigint;
  rdx: bigint;
  rsi: bigint;
  rdi: bigint;
  rsp: bigint;
  rbp: bigint;
  r8: bigint;
  r9: bigint;
  r10: bigint;
  r11: bigint;
  r12: bigint;
  r13: bigint;
  r14: bigint;
  r15: bigint;
  rip: bigint;
  rflags: bigint;
}

/**
 * A segment register with its hidden part, the descriptor cache (Intel SDM vol. 3, 3.4.3).
 * `limit` is in bytes whatever `g` says; one-bit fields are 0 or 1.
 */
export interface Segment {
  selector: number;
  base: bigint;
  limit: number;
  type: number;
  s: number;
  dpl: number;
  present: number;
  avl: number;
  l: number;
  db: number;
  g: number;
  unusable: number;
}

/** GDTR or IDTR (Intel SDM vol. 3, 2.4). */
export interface DescriptorTable {
  base: bigint;
  limit: number;
}

/** Segment, table and control registers, EFER and the APIC base (Intel SDM vol. 3, 2.1). */
export interface SystemRegisters {
  cs: Segment;
  ds: Segment;
  es: Segment;
  fs: Segment;
  gs: Segment;
  ss: Segment;
  tr: Segment;
  ldt: Segment;
  gdt: DescriptorTable;
  idt: DescriptorTable;
  cr0: bigint;
  cr2: bigint;
  cr3: bigint;
  cr4: bigint;
  cr8: bigint;
  efer: bigint;
  apicBase: bigint;
}

/** What the CPU takes instruction bytes for. */
export type CpuMode =
  | 'real'
  | 'virtual-8086'
  | 'protected-16'
  | 'protected-32'
  | 'long-16'
  | 'long-32'
  | 'long-64';

const CR0_PE = 1n << 0n;
const EFER_LMA = 1n << 10n;
const RFLAGS_VM = 1n << 17n;

/** The CPU's mode of operation (Intel SDM vol. 3, 2.2) with the code segment's operand size. */
export function cpuMode(registers: Registers, system: SystemRegisters): CpuMode {
  if ((system.cr0 & CR0_PE) === 0n) return 'real';
  if ((system.efer & EFER_LMA) !== 0n) {
    if (system.cs.l === 1) return 'long-64';
    return system.cs.db === 1 ? 'long-32' : 'long-16';
  }
  if ((registers.rflags & RFLAGS_VM) !== 0n) return 'virtual-8086';
  return system.cs.db === 1 ? 'protected-32' : 'protected-16';
}
