import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { getSystemErrorName } from 'node:util';
import { GuestkitError } from '../../errors.ts';

/**
 * The C library calls that KVM needs, bound with koffi: the only file that knows it. Nothing here
 * throws for a failed call: each returns what C returns, and {@link Libc.errno} tells why.
 */
export interface Libc {
  open(path: string, flags: number): number;
  close(fd: number): number;
  /** ioctl with a number for its argument. */
  ioctl(fd: number, request: number, argument: number): number;
  /** ioctl with a structure for its argument. */
  ioctlStruct(fd: number, request: number, argument: Uint8Array): number;
  /** Returns the address, or {@link MAP_FAILED}. */
  mmap(address: null, length: number, prot: number, flags: number, fd: number, offset: number): bigint;
  munmap(address: bigint, length: number): number;
  madvise(address: bigint, length: number, advice: number): number;
  /** A system call with integer arguments only. */
  syscallInts(number: number, a: number, b: number): number;
  /** A system call of the shape (integer, pointer, pointer, integer). */
  syscallIntPtrPtrInt(n: number, a: number, b: Uint8Array | null, c: Uint8Array | null, d: number): number;
  /** A system call of the shape (integer, integer, pointer, pointer). */
  syscallIntIntPtrPtr(n: number, a: number, b: number, c: Uint8Array | null, d: Uint8Array | null): number;
  /** A system call of the shape (pointer, pointer, pointer, integer). */
  syscallPtrPtrPtrInt(
    n: number,
    a: Uint8Array,
    b: Uint8Array | null,
    c: Uint8Array | null,
    d: number,
  ): number;
  /** The error number of the last call above that failed. */
  errno(): number;
  /** `length` bytes of memory at `address`, shared, not copied. Touching them after they are unmapped is fatal. */
  view(address: bigint, length: number): Uint8Array;
}

/** What `mmap` returns when it fails: `(void *) -1`. */
export const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** <fcntl.h>, <sys/mman.h> and <errno.h> of x86-64 Linux. */
export const O_RDWR = 2;
export const O_CLOEXEC = 0o2000000;
export const PROT_READ_WRITE = 3;
export const MAP_SHARED = 0x01;
export const MAP_PRIVATE = 0x02;
export const MAP_ANONYMOUS = 0x20;
export const MAP_NORESERVE = 0x4000;
export const MADV_DONTNEED = 4;
export const EINTR = 4;

let loaded: Libc | undefined;

/**
 * Binds the C library, once per thread.
 * @throws GuestkitError `host` where this is not x86-64 Linux or koffi has no binary.
 */
export function loadLibc(): Libc {
  loaded ??= bind(loadKoffi());
  return loaded;
}

/** "EINVAL" for 22. */
export function errnoName(errno: number): string {
  return errno > 0 ? getSystemErrorName(-errno) : 'no errno';
}

type Koffi = Pick<typeof import('koffi'), 'load' | 'view' | 'errno'>;

/** Where koffi's binary for this platform is below a node_modules folder; the package is a dependency of ours too. */
const BINARY = '@koromix/koffi-linux-x64/linux_x64/koffi.node';

function loadKoffi(): Koffi {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    const host = `${process.platform} ${process.arch}`;
    throw new GuestkitError('host', `guests run on x86-64 Linux only, and this is ${host}`, {
      hint: 'KVM runs x86 guests on x86 hosts. Use an x86-64 Linux machine, or a virtual machine with nested virtualisation.',
    });
  }
  try {
    return openBinary() ?? process.getBuiltinModule('node:module').createRequire(import.meta.url)('koffi');
  } catch (cause) {
    throw new GuestkitError('host', 'koffi, the binding to the C library, could not be loaded', {
      hint: 'Install guestkit again with optional dependencies: npm ci --include=optional.',
      cause,
    });
  }
}

/**
 * Opens koffi's binary where npm puts it, seen from the bundle: beside guestkit, or in guestkit's own
 * node_modules. koffi's loaders look into a dozen places for it, which takes 10 ms, more than everything else
 * that a run loads. `undefined` where it is elsewhere (pnpm), left out, or for another C library (musl).
 */
function openBinary(): Koffi | undefined {
  for (const folder of ['../node_modules', '../..']) {
    const path = join(import.meta.dirname, folder, BINARY);
    if (!existsSync(path)) continue;
    const module = { exports: {} };
    try {
      process.dlopen(module, path);
      return module.exports as Koffi;
    } catch {
      return undefined;
    }
  }
  return undefined;
}

function bind(koffi: Koffi): Libc {
  const library = koffi.load(null);
  // ioctl and syscall are variadic in C. On x86-64 that makes no difference to integer and pointer
  // arguments (System V ABI, 3.5.7), and koffi's variadic calls cost three times a plain one.
  const func = (definition: string): ((...args: unknown[]) => unknown) => library.func(definition);
  return {
    open: func('int open(const char *path, int flags)') as Libc['open'],
    close: func('int close(int fd)') as Libc['close'],
    ioctl: func('int ioctl(int fd, unsigned long request, unsigned long argument)') as Libc['ioctl'],
    ioctlStruct: func('int ioctl(int fd, unsigned long request, void *argument)') as Libc['ioctlStruct'],
    mmap: func(
      'void *mmap(void *addr, size_t length, int prot, int flags, int fd, long offset)',
    ) as Libc['mmap'],
    munmap: func('int munmap(void *addr, size_t length)') as Libc['munmap'],
    madvise: func('int madvise(void *addr, size_t length, int advice)') as Libc['madvise'],
    syscallInts: func('long syscall(long n, long a, long b)') as Libc['syscallInts'],
    syscallIntPtrPtrInt: func(
      'long syscall(long n, long a, void *b, void *c, long d)',
    ) as Libc['syscallIntPtrPtrInt'],
    syscallIntIntPtrPtr: func(
      'long syscall(long n, long a, long b, void *c, void *d)',
    ) as Libc['syscallIntIntPtrPtr'],
    syscallPtrPtrPtrInt: func(
      'long syscall(long n, void *a, void *b, void *c, long d)',
    ) as Libc['syscallPtrPtrPtrInt'],
    errno: () => koffi.errno(),
    view: (address, length) => new Uint8Array(koffi.view(address, length)),
  };
}
