import { IOCTL } from '../../src/hypervisor/kvm/ioctls.ts';
import { type Libc, MAP_FAILED } from '../../src/hypervisor/kvm/libc.ts';

const IOCTL_NAMES = new Map(Object.entries(IOCTL).map(([name, request]) => [request, name]));

/** The C library under a test's control, and what was taken from it and not given back. */
export interface FaultyLibc {
  libc: Libc;
  /** Descriptors opened (or made by KVM_CREATE_VM and KVM_CREATE_VCPU) and not closed. */
  openFds: Set<number>;
  /** Addresses mapped and not unmapped. */
  mapped: Set<bigint>;
}

/**
 * The real C library, but `fault` is asked before each call ("open", "mmap", "KVM_CREATE_VM",
 * "syscall 222") and may answer the errno with which that call fails instead of being made.
 */
export function faultyLibc(real: Libc, fault: (call: string) => number | undefined): FaultyLibc {
  const openFds = new Set<number>();
  const mapped = new Set<bigint>();
  let injected: number | undefined;
  const attempt = <T>(call: string, failure: T, make: () => T): T => {
    injected = fault(call);
    return injected === undefined ? make() : failure;
  };
  const opened = (fd: number): number => {
    if (fd >= 0) openFds.add(fd);
    return fd;
  };
  const nameOf = (request: number): string => IOCTL_NAMES.get(request) ?? `ioctl ${request}`;
  const libc: Libc = {
    ...real,
    open: (path, flags) => attempt('open', -1, () => opened(real.open(path, flags))),
    close(fd) {
      openFds.delete(fd);
      return real.close(fd);
    },
    ioctl: (fd, request, argument) =>
      attempt(nameOf(request), -1, () => {
        const result = real.ioctl(fd, request, argument);
        const makesFile = request === IOCTL.KVM_CREATE_VM || request === IOCTL.KVM_CREATE_VCPU;
        return makesFile ? opened(result) : result;
      }),
    ioctlStruct: (fd, request, argument) =>
      attempt(nameOf(request), -1, () => real.ioctlStruct(fd, request, argument)),
    mmap: (...args) =>
      attempt('mmap', MAP_FAILED, () => {
        const address = real.mmap(...args);
        if (address !== MAP_FAILED) mapped.add(address);
        return address;
      }),
    munmap(address, length) {
      mapped.delete(address);
      return real.munmap(address, length);
    },
    syscallInts: (n, a, b) => attempt(`syscall ${n}`, -1, () => real.syscallInts(n, a, b)),
    syscallIntPtrPtrInt: (n, a, b, c, d) =>
      attempt(`syscall ${n}`, -1, () => real.syscallIntPtrPtrInt(n, a, b, c, d)),
    errno: () => injected ?? real.errno(),
  };
  return { libc, openFds, mapped };
}
