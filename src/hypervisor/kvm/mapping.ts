import { kvmError } from './kvm-error.ts';
import {
  type Libc,
  MADV_DONTNEED,
  MAP_ANONYMOUS,
  MAP_FAILED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  MAP_SHARED,
  PROT_READ_WRITE,
} from './libc.ts';

/** Up to here writing zeros is cheaper than to have the pages a guest touched made anew: 14 microseconds. */
const FILL_LIMIT = 2 ** 20;

/**
 * Mapped memory and the one owner of the view onto it: after it is unmapped {@link bytes} throws, where a
 * stray typed array would end the process with SIGSEGV. So nobody may keep `bytes` beyond its owner's life.
 */
export class Mapping implements Disposable {
  readonly address: bigint;
  readonly size: number;
  readonly #libc: Libc;
  #bytes: Uint8Array | undefined;
  #mapped = true;

  private constructor(libc: Libc, address: bigint, size: number) {
    this.#libc = libc;
    this.address = address;
    this.size = size;
  }

  /** Zeroed memory of this process; pages cost nothing until they are touched. */
  static anonymous(libc: Libc, size: number): Mapping {
    return Mapping.#map(
      libc,
      size,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
      -1,
      `${size} bytes of guest memory`,
    );
  }

  /** The start of a file, shared with the kernel. */
  static file(libc: Libc, fd: number, size: number, name: string): Mapping {
    return Mapping.#map(libc, size, MAP_SHARED, fd, name);
  }

  static #map(libc: Libc, size: number, flags: number, fd: number, name: string): Mapping {
    const address = libc.mmap(null, size, PROT_READ_WRITE, flags, fd, 0);
    if (address === MAP_FAILED) throw kvmError(libc, 'mmap', name);
    return new Mapping(libc, address, size);
  }

  /** The memory. Made at the first use: a view costs a microsecond, and not every mapping is looked at. */
  get bytes(): Uint8Array {
    if (!this.#mapped) throw new Error('guest memory was used after its machine was closed');
    this.#bytes ??= this.#libc.view(this.address, this.size);
    return this.#bytes;
  }

  /**
   * Zeroes memory that is {@link anonymous}. Little of it is written; of much, of which a guest touches little,
   * the pages are given back, and come back zeroed when they are touched (madvise(2), MADV_DONTNEED).
   */
  clear(): void {
    if (this.size <= FILL_LIMIT) this.bytes.fill(0);
    else if (this.#libc.madvise(this.address, this.size, MADV_DONTNEED) < 0) {
      throw kvmError(this.#libc, 'madvise', `${this.size} bytes of guest memory`);
    }
  }

  [Symbol.dispose](): void {
    if (!this.#mapped) return;
    this.#mapped = false;
    this.#bytes = undefined;
    this.#libc.munmap(this.address, this.size);
  }
}
