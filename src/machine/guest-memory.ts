import { GuestkitError } from '../errors.ts';
import type { MemoryRegion, Vm } from '../hypervisor/hypervisor.ts';
import { memoryRanges } from './memory-map.ts';

/** A guest's memory, by guest-physical address. */
export class GuestMemory {
  readonly #regions: readonly MemoryRegion[];

  /** Gives `vm` the memory of a machine with `bytes` bytes; see {@link memoryRanges}. */
  constructor(vm: Vm, bytes: number) {
    this.#regions = memoryRanges(bytes).map(({ address, size }) => vm.mapMemory(address, size));
  }

  /**
   * Puts a guest's image at `address`.
   * @throws GuestkitError `image` when it does not lie in one stretch of memory.
   */
  load(image: Uint8Array, address: number): void {
    const region = this.#regionOf(address, image.length);
    if (region === undefined) {
      const free = this.#regions.find((r) => address >= r.address && address < r.address + r.size);
      const room = free === undefined ? 0 : free.address + free.size - address;
      throw new GuestkitError(
        'image',
        `the image does not fit: ${image.length} bytes at 0x${address.toString(16)}, where ${room} bytes of memory are`,
        {
          hint: 'A guest is loaded into the 640 KiB below 0xA0000, or into less where --memory or `; guestkit: memory=` says less.',
        },
      );
    }
    region.bytes.set(image, address - region.address);
  }

  /** Writes at `address`; false, with nothing written, where that is not all memory. */
  write(address: number, bytes: Uint8Array): boolean {
    const region = this.#regionOf(address, bytes.length);
    region?.bytes.set(bytes, address - region.address);
    return region !== undefined;
  }

  /** Zeroes all of it. */
  clear(): void {
    for (const region of this.#regions) region.clear();
  }

  /** A copy of `length` bytes at `address`, or `undefined` where that is not all memory. */
  read(address: number, length: number): Uint8Array | undefined {
    const region = this.#regionOf(address, length);
    return region?.bytes.slice(address - region.address, address - region.address + length);
  }

  #regionOf(address: number, length: number): MemoryRegion | undefined {
    return this.#regions.find((r) => address >= r.address && address + length <= r.address + r.size);
  }
}
