import type { Layout } from './layout.ts';

/** KVM_SET_USER_MEMORY_REGION. */
export const KVM_USERSPACE_MEMORY_REGION = {
  name: 'kvm_userspace_memory_region',
  size: 32,
  fields: {
    slot: [0, 'u32'],
    flags: [4, 'u32'],
    guest_phys_addr: [8, 'u64'],
    memory_size: [16, 'u64'],
    userspace_addr: [24, 'u64'],
  },
} as const;

/** KVM_GET_REGS, KVM_SET_REGS. */
export const KVM_REGS = {
  name: 'kvm_regs',
  size: 144,
  fields: {
    rax: [0, 'u64'],
    rbx: [8, 'u64'],
    rcx: [16, 'u64'],
    rdx: [24, 'u64'],
    rsi: [32, 'u64'],
    rdi: [40, 'u64'],
    rsp: [48, 'u64'],
    rbp: [56, 'u64'],
    r8: [64, 'u64'],
    r9: [72, 'u64'],
    r10: [80, 'u64'],
    r11: [88, 'u64'],
    r12: [96, 'u64'],
    r13: [104, 'u64'],
    r14: [112, 'u64'],
    r15: [120, 'u64'],
    rip: [128, 'u64'],
    rflags: [136, 'u64'],
  },
} as const;

/** A segment register inside {@link KVM_SREGS}. */
export const KVM_SEGMENT = {
  name: 'kvm_segment',
  size: 24,
  fields: {
    base: [0, 'u64'],
    limit: [8, 'u32'],
    selector: [12, 'u16'],
    type: [14, 'u8'],
    present: [15, 'u8'],
    dpl: [16, 'u8'],
    db: [17, 'u8'],
    s: [18, 'u8'],
    l: [19, 'u8'],
    g: [20, 'u8'],
    avl: [21, 'u8'],
    unusable: [22, 'u8'],
  },
} as const;

/** GDTR or IDTR inside {@link KVM_SREGS}. */
export const KVM_DTABLE = {
  name: 'kvm_dtable',
  size: 16,
  fields: {
    base: [0, 'u64'],
    limit: [8, 'u16'],
  },
} as const;

/** KVM_GET_SREGS, KVM_SET_SREGS; the nested structures are at {@link KVM_SREGS_SEGMENTS} and {@link KVM_SREGS_TABLES}. */
export const KVM_SREGS = {
  name: 'kvm_sregs',
  size: 312,
  fields: {
    cr0: [224, 'u64'],
    cr2: [232, 'u64'],
    cr3: [240, 'u64'],
    cr4: [248, 'u64'],
    cr8: [256, 'u64'],
    efer: [264, 'u64'],
    apic_base: [272, 'u64'],
  },
} as const;

/** Offsets of the {@link KVM_SEGMENT}s in {@link KVM_SREGS}. */
export const KVM_SREGS_SEGMENTS = {
  cs: 0,
  ds: 24,
  es: 48,
  fs: 72,
  gs: 96,
  ss: 120,
  tr: 144,
  ldt: 168,
} as const;

/** Offsets of the {@link KVM_DTABLE}s in {@link KVM_SREGS}. */
export const KVM_SREGS_TABLES = { gdt: 192, idt: 208 } as const;

/** The page shared with KVM (KVM API, 5): requests to KVM_RUN, and what each kind of exit reports. */
export const KVM_RUN = {
  name: 'kvm_run',
  size: 2352,
  fields: {
    immediate_exit: [1, 'u8'],
    exit_reason: [8, 'u32'],
    cr8: [16, 'u64'],
    'io.direction': [32, 'u8'],
    'io.size': [33, 'u8'],
    'io.port': [34, 'u16'],
    'io.count': [36, 'u32'],
    'io.data_offset': [40, 'u64'],
    'mmio.phys_addr': [32, 'u64'],
    'mmio.data': [40, 'u64'],
    'mmio.len': [48, 'u32'],
    'mmio.is_write': [52, 'u8'],
    'debug.arch.pc': [40, 'u64'],
    'debug.arch.dr6': [48, 'u64'],
    'fail_entry.hardware_entry_failure_reason': [32, 'u64'],
    'internal.suberror': [32, 'u32'],
    'internal.ndata': [36, 'u32'],
    'internal.data': [40, 'u64'],
    kvm_valid_regs: [288, 'u64'],
    kvm_dirty_regs: [296, 'u64'],
  },
} as const;

/** Offsets in {@link KVM_RUN} of the registers shared under KVM_CAP_SYNC_REGS. */
export const KVM_RUN_SYNC = { 's.regs.regs': 304, 's.regs.sregs': 448, 's.regs.events': 760 } as const;

/** `kvm_run.io.direction`. */
export const KVM_EXIT_IO_OUT = 1;

/** `kvm_dirty_regs` and `kvm_valid_regs` (KVM API, KVM_CAP_SYNC_REGS). */
export const KVM_SYNC_X86_REGS: bigint = 1n << 0n;
export const KVM_SYNC_X86_SREGS: bigint = 1n << 1n;
export const KVM_SYNC_X86_EVENTS: bigint = 1n << 2n;

/** The bytes of `internal.data` that exist: sixteen 64-bit words. */
export const KVM_INTERNAL_DATA_WORDS = 16;

/** KVM_SET_SIGNAL_MASK; the mask itself, 8 bytes, follows. */
export const KVM_SIGNAL_MASK = {
  name: 'kvm_signal_mask',
  size: 4,
  fields: { len: [0, 'u32'] },
} as const;

/** KVM_SET_CPUID2; the entries follow. */
export const KVM_CPUID2 = {
  name: 'kvm_cpuid2',
  size: 8,
  fields: { nent: [0, 'u32'] },
} as const;

/** A CPUID leaf behind {@link KVM_CPUID2}. */
export const KVM_CPUID_ENTRY2 = {
  name: 'kvm_cpuid_entry2',
  size: 40,
  fields: {
    function: [0, 'u32'],
    index: [4, 'u32'],
    flags: [8, 'u32'],
    eax: [12, 'u32'],
    ebx: [16, 'u32'],
    ecx: [20, 'u32'],
    edx: [24, 'u32'],
  },
} as const;

/** `kvm_cpuid_entry2.flags`: the leaf has subleaves, and `index` says which of them this is. */
export const KVM_CPUID_FLAG_SIGNIFCANT_INDEX = 1;

/** KVM_GET_MSR_INDEX_LIST; the numbers, `u32` each, follow. */
export const KVM_MSR_LIST = {
  name: 'kvm_msr_list',
  size: 4,
  fields: { nmsrs: [0, 'u32'] },
} as const;

/** KVM_GET_MSRS, KVM_SET_MSRS; the entries follow. */
export const KVM_MSRS = {
  name: 'kvm_msrs',
  size: 8,
  fields: { nmsrs: [0, 'u32'] },
} as const;

/** A model-specific register behind {@link KVM_MSRS}. */
export const KVM_MSR_ENTRY = {
  name: 'kvm_msr_entry',
  size: 16,
  fields: {
    index: [0, 'u32'],
    data: [8, 'u64'],
  },
} as const;

/** KVM_GET_MP_STATE, KVM_SET_MP_STATE: whether the vCPU runs, waits or is halted. */
export const KVM_MP_STATE = { name: 'kvm_mp_state', size: 4, fields: {} } as const;

/** KVM_GET_VCPU_EVENTS: exceptions and interrupts under way, the interrupt shadow. */
export const KVM_VCPU_EVENTS = { name: 'kvm_vcpu_events', size: 64, fields: {} } as const;

/** KVM_GET_DEBUGREGS, KVM_SET_DEBUGREGS: DR0 to DR3, DR6, DR7. */
export const KVM_DEBUGREGS = { name: 'kvm_debugregs', size: 128, fields: {} } as const;

/** KVM_GET_XSAVE, KVM_SET_XSAVE: x87, SSE, AVX and what else XSAVE knows. */
export const KVM_XSAVE = { name: 'kvm_xsave', size: 4096, fields: {} } as const;

/** KVM_GET_XCRS, KVM_SET_XCRS: XCR0. */
export const KVM_XCRS = { name: 'kvm_xcrs', size: 392, fields: {} } as const;

/** KVM_REGISTER_COALESCED_MMIO: writes to these addresses, of ports if `pio`, are collected. */
export const KVM_COALESCED_MMIO_ZONE = {
  name: 'kvm_coalesced_mmio_zone',
  size: 16,
  fields: {
    addr: [0, 'u64'],
    size: [8, 'u32'],
    pio: [12, 'u32'],
  },
} as const;

/** The ring of collected writes, a page: the next to take, the next free; the entries follow. */
export const KVM_COALESCED_MMIO_RING = {
  name: 'kvm_coalesced_mmio_ring',
  size: 8,
  fields: {
    first: [0, 'u32'],
    last: [4, 'u32'],
  },
} as const;

/** A collected write behind {@link KVM_COALESCED_MMIO_RING}. */
export const KVM_COALESCED_MMIO = {
  name: 'kvm_coalesced_mmio',
  size: 24,
  fields: {
    phys_addr: [0, 'u64'],
    len: [8, 'u32'],
    pio: [12, 'u32'],
    data: [16, 'u64'],
  },
} as const;

/** KVM_COALESCED_MMIO_MAX: the entries that fit into the ring's page. One of them is always free. */
export const KVM_COALESCED_MMIO_MAX = 170;

/** All structures above, for the test that compares them with the C headers. */
export const ALL_LAYOUTS: readonly Layout[] = [
  KVM_USERSPACE_MEMORY_REGION,
  KVM_REGS,
  KVM_SEGMENT,
  KVM_DTABLE,
  KVM_SREGS,
  KVM_RUN,
  KVM_SIGNAL_MASK,
  KVM_CPUID2,
  KVM_CPUID_ENTRY2,
  KVM_MSR_LIST,
  KVM_MSRS,
  KVM_MSR_ENTRY,
  KVM_MP_STATE,
  KVM_VCPU_EVENTS,
  KVM_DEBUGREGS,
  KVM_XSAVE,
  KVM_XCRS,
  KVM_COALESCED_MMIO_ZONE,
  KVM_COALESCED_MMIO_RING,
  KVM_COALESCED_MMIO,
];
