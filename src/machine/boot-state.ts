import type { Registers, Segment, SystemRegisters } from '../x86/registers.ts';

/** Segment types as the CPU caches them (Intel SDM vol. 3, 3.4.5.1 and 3.5). */
const TYPE_CODE_READ_ACCESSED = 11;
const TYPE_DATA_WRITE_ACCESSED = 3;
const TYPE_TSS_BUSY = 11;
const TYPE_LDT = 2;

const REAL_MODE_LIMIT = 0xffff;

/** Extension type; hard-wired to 1 (Intel SDM vol. 3, 2.5). The caches are on, unlike after power-on. */
const CR0_ET = 0x10n;
/** IA32_APIC_BASE after reset: the usual address, enabled, bootstrap processor (Intel SDM vol. 3, 12.4.4). */
const APIC_BASE_RESET = 0xfee00900n;
/** Bit 1 of EFLAGS always reads as 1. */
const RFLAGS_RESET = 0x2n;
/** The stack of a flat guest begins at the top of its first 64 KiB, aligned for 32-bit pushes. */
const STACK_TOP = 0xfffcn;

/**
 * The state in which a flat guest starts: real mode, every segment register 0 with base 0 and limit
 * 0xFFFF, IP 0, SP 0xFFFC, interrupts off, all else zero.
 */
export function flatSystemRegisters(): SystemRegisters {
  const data = segment(TYPE_DATA_WRITE_ACCESSED, 1);
  const noTable = { base: 0n, limit: REAL_MODE_LIMIT };
  return {
    cs: segment(TYPE_CODE_READ_ACCESSED, 1),
    ds: data,
    es: data,
    fs: data,
    gs: data,
    ss: data,
    tr: segment(TYPE_TSS_BUSY, 0),
    ldt: segment(TYPE_LDT, 0),
    gdt: noTable,
    idt: noTable,
    cr0: CR0_ET,
    cr2: 0n,
    cr3: 0n,
    cr4: 0n,
    cr8: 0n,
    efer: 0n,
    apicBase: APIC_BASE_RESET,
  };
}

/** As {@link flatSystemRegisters}: the general registers. */
export function flatRegisters(): Registers {
  return {
    rax: 0n,
    rbx: 0n,
    rcx: 0n,
    rdx: 0n,
    rsi: 0n,
    rdi: 0n,
    rsp: STACK_TOP,
    rbp: 0n,
    r8: 0n,
    r9: 0n,
    r10: 0n,
    r11: 0n,
    r12: 0n,
    r13: 0n,
    r14: 0n,
    r15: 0n,
    rip: 0n,
    rflags: RFLAGS_RESET,
  };
}

function segment(type: number, s: 0 | 1): Segment {
  return {
    selector: 0,
    base: 0n,
    limit: REAL_MODE_LIMIT,
    type,
    s,
    dpl: 0,
    present: 1,
    avl: 0,
    l: 0,
    db: 0,
    g: 0,
    unusable: 0,
  };
}
