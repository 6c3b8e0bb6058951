import type { Device } from '../devices/device.ts';
import { GuestkitError } from '../errors.ts';
import { UnclaimedLog } from './unclaimed.ts';

/** Where a device stands on a bus. */
export interface Placement {
  /** For errors and listings: "serial". */
  readonly name: string;
  readonly base: number;
  /** Addresses taken from `base` on. */
  readonly length: number;
  /** The widest access in bytes that the device takes in one piece; wider ones are split, as ISA does. */
  readonly width: number;
  readonly device: Device;
}

/**
 * The port space or the memory-mapped space: finds the device for an address. An access that no device
 * claims reads all ones, as an ISA bus that nobody drives, and is recorded.
 */
export class Bus {
  /** Sorted by base. */
  readonly #placements: Placement[] = [];
  #last: Placement | undefined;
  #unclaimed: UnclaimedLog = new UnclaimedLog();

  /** Accesses that no device claimed. */
  get unclaimed(): UnclaimedLog {
    return this.#unclaimed;
  }

  /** @throws GuestkitError `usage` when the range is taken. */
  attach(placement: Placement): void {
    const end = placement.base + placement.length;
    const clash = this.#placements.find((p) => placement.base < p.base + p.length && p.base < end);
    if (clash !== undefined) {
      const at = `0x${placement.base.toString(16)}`;
      throw new GuestkitError('usage', `the ${placement.name} and the ${clash.name} cannot both be at ${at}`);
    }
    this.#placements.push(placement);
    this.#placements.sort((a, b) => a.base - b.base);
  }

  /** Resets all that is attached, and begins a new log of what nobody claims. */
  reset(): void {
    for (const { device } of this.#placements) device.reset();
    this.#unclaimed = new UnclaimedLog();
  }

  /** The CPU reads `data.length` bytes at `address`; all of `data` is filled. */
  read(address: number, data: Uint8Array): void {
    const placement = this.#whole(address, data.length);
    if (placement !== undefined) {
      placement.device.read(address - placement.base, data);
    } else if (this.#anyone(address, data.length)) {
      for (let index = 0; index < data.length; index += 1)
        this.read(address + index, data.subarray(index, index + 1));
    } else {
      data.fill(0xff);
      this.#unclaimed.record('read', address, data);
    }
  }

  /** The CPU writes `data` at `address`. */
  write(address: number, data: Uint8Array): void {
    const placement = this.#whole(address, data.length);
    if (placement !== undefined) {
      placement.device.write(address - placement.base, data);
    } else if (this.#anyone(address, data.length)) {
      for (let index = 0; index < data.length; index += 1)
        this.write(address + index, data.subarray(index, index + 1));
    } else {
      this.#unclaimed.record('write', address, data);
    }
  }

  /** The device that takes the access in one piece. */
  #whole(address: number, length: number): Placement | undefined {
    const placement = this.#find(address);
    if (placement === undefined || length > placement.width) return undefined;
    return address + length <= placement.base + placement.length ? placement : undefined;
  }

  /** Whether any byte of the access belongs to a device: then it is split into bytes, each for itself. */
  #anyone(address: number, length: number): boolean {
    if (length === 1) return false;
    for (let index = 0; index < length; index += 1) {
      if (this.#find(address + index) !== undefined) return true;
    }
    return false;
  }

  #find(address: number): Placement | undefined {
    const last = this.#last;
    if (last !== undefined && address >= last.base && address < last.base + last.length) return last;
    let low = 0;
    let high = this.#placements.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const placement = this.#placements[middle];
      if (placement === undefined) return undefined;
      if (address < placement.base) high = middle - 1;
      else if (address >= placement.base + placement.length) low = middle + 1;
      else {
        this.#last = placement;
        return placement;
      }
    }
    return undefined;
  }
}
