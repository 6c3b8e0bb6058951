import {
  KVM_COALESCED_MMIO_ZONE,
  KVM_CPUID2,
  KVM_DEBUGREGS,
  KVM_MP_STATE,
  KVM_MSR_LIST,
  KVM_MSRS,
  KVM_REGS,
  KVM_SIGNAL_MASK,
  KVM_SREGS,
  KVM_USERSPACE_MEMORY_REGION,
  KVM_VCPU_EVENTS,
  KVM_XCRS,
  KVM_XSAVE,
} from './structs.ts';

/** `_IO`, `_IOR`, `_IOW` and `_IOWR` of <asm-generic/ioctl.h> for KVM's type byte. */
const KVMIO = 0xae;
const IOC_WRITE = 1;
const IOC_READ = 2;

function io(nr: number): number {
  return ioc(0, nr, 0);
}

function ior(nr: number, layout: { size: number }): number {
  return ioc(IOC_READ, nr, layout.size);
}

function iow(nr: number, layout: { size: number }): number {
  return ioc(IOC_WRITE, nr, layout.size);
}

function iowr(nr: number, layout: { size: number }): number {
  return ioc(IOC_READ | IOC_WRITE, nr, layout.size);
}

function ioc(direction: number, nr: number, size: number): number {
  return direction * 2 ** 30 + size * 2 ** 16 + KVMIO * 2 ** 8 + nr;
}

/** The ioctls used, by their names in the KVM API. */
export type IoctlName =
  | 'KVM_GET_API_VERSION'
  | 'KVM_CREATE_VM'
  | 'KVM_GET_MSR_INDEX_LIST'
  | 'KVM_CHECK_EXTENSION'
  | 'KVM_GET_VCPU_MMAP_SIZE'
  | 'KVM_CREATE_VCPU'
  | 'KVM_SET_USER_MEMORY_REGION'
  | 'KVM_REGISTER_COALESCED_MMIO'
  | 'KVM_RUN'
  | 'KVM_GET_REGS'
  | 'KVM_GET_SREGS'
  | 'KVM_GET_MSRS'
  | 'KVM_SET_MSRS'
  | 'KVM_SET_SIGNAL_MASK'
  | 'KVM_SET_CPUID2'
  | 'KVM_GET_MP_STATE'
  | 'KVM_SET_MP_STATE'
  | 'KVM_GET_VCPU_EVENTS'
  | 'KVM_GET_DEBUGREGS'
  | 'KVM_SET_DEBUGREGS'
  | 'KVM_GET_XSAVE'
  | 'KVM_SET_XSAVE'
  | 'KVM_GET_XCRS'
  | 'KVM_SET_XCRS';

/** Their request numbers; a test compares them with `<linux/kvm.h>`. */
export const IOCTL: Readonly<Record<IoctlName, number>> = {
  // on /dev/kvm
  KVM_GET_API_VERSION: io(0x00),
  KVM_CREATE_VM: io(0x01),
  KVM_GET_MSR_INDEX_LIST: iowr(0x02, KVM_MSR_LIST),
  KVM_CHECK_EXTENSION: io(0x03),
  KVM_GET_VCPU_MMAP_SIZE: io(0x04),
  // on a VM
  KVM_CREATE_VCPU: io(0x41),
  KVM_SET_USER_MEMORY_REGION: iow(0x46, KVM_USERSPACE_MEMORY_REGION),
  KVM_REGISTER_COALESCED_MMIO: iow(0x67, KVM_COALESCED_MMIO_ZONE),
  // on a vCPU
  KVM_RUN: io(0x80),
  KVM_GET_REGS: ior(0x81, KVM_REGS),
  KVM_GET_SREGS: ior(0x83, KVM_SREGS),
  KVM_GET_MSRS: iowr(0x88, KVM_MSRS),
  KVM_SET_MSRS: iow(0x89, KVM_MSRS),
  KVM_SET_SIGNAL_MASK: iow(0x8b, KVM_SIGNAL_MASK),
  KVM_SET_CPUID2: iow(0x90, KVM_CPUID2),
  KVM_GET_MP_STATE: ior(0x98, KVM_MP_STATE),
  KVM_SET_MP_STATE: iow(0x99, KVM_MP_STATE),
  KVM_GET_VCPU_EVENTS: ior(0x9f, KVM_VCPU_EVENTS),
  KVM_GET_DEBUGREGS: ior(0xa1, KVM_DEBUGREGS),
  KVM_SET_DEBUGREGS: iow(0xa2, KVM_DEBUGREGS),
  KVM_GET_XSAVE: ior(0xa4, KVM_XSAVE),
  KVM_SET_XSAVE: iow(0xa5, KVM_XSAVE),
  KVM_GET_XCRS: ior(0xa6, KVM_XCRS),
  KVM_SET_XCRS: iow(0xa7, KVM_XCRS),
};

/** The capabilities that guestkit cannot do without, and what each is needed for (KVM_CHECK_EXTENSION). */
export const CAPABILITIES = {
  /** guest memory that is the host's own */
  KVM_CAP_USER_MEMORY: 3,
  /** long mode for guests, through KVM_SET_CPUID2 */
  KVM_CAP_EXT_CPUID: 7,
  /** setting registers without an ioctl each (Linux 4.17) */
  KVM_CAP_SYNC_REGS: 74,
  /** finishing a pending I/O without running on (Linux 4.12) */
  KVM_CAP_IMMEDIATE_EXIT: 136,
} as const;

/** Capabilities that guestkit uses where they are. */
export const OPTIONAL_CAPABILITIES = {
  /** the ring of collected writes; the answer is the page of a vCPU's mapping that it is in */
  KVM_CAP_COALESCED_MMIO: 15,
  /** collecting writes to ports, too (Linux 4.20) */
  KVM_CAP_COALESCED_PIO: 162,
} as const;

/** What KVM_GET_API_VERSION must answer; it has since Linux 2.6.22. */
export const KVM_API_VERSION = 12;
