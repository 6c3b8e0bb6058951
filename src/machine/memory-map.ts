import { GuestkitError } from '../errors.ts';

/** A range of guest-physical addresses. */
export interface AddressRange {
  readonly address: number;
  readonly size: number;
}

export const PAGE_SIZE = 0x1000;

/** Conventional memory ends here; above it a PC has video memory, adapters and firmware. */
export const CONVENTIONAL_TOP = 0xa0000;
/** Colour text memory of the VGA, plain memory here. */
const VGA_TEXT: AddressRange = { address: 0xb8000, size: 0x8000 };
/** Where a PC has its BIOS, plain memory here. */
const FIRMWARE: AddressRange = { address: 0xf0000, size: 0x10000 };
/** Extended memory begins here. */
const EXTENDED_BASE = 0x100000;

export const DEFAULT_MEMORY_BYTES = 0x100000;
export const MAX_MEMORY_BYTES: number = 3 * 2 ** 30;

/**
 * The guest-physical ranges that are memory in a machine of `bytes` bytes. As on a PC, the 384 KiB below
 * 1 MiB count as installed and belong to video memory, devices and firmware; what is left of `bytes` above
 * 1 MiB is extended memory.
 * @throws GuestkitError `usage` for a size that is no whole number of pages or out of bounds.
 */
export function memoryRanges(bytes: number): AddressRange[] {
  if (bytes % PAGE_SIZE !== 0 || bytes < PAGE_SIZE || bytes > MAX_MEMORY_BYTES) {
    throw new GuestkitError('usage', `a machine cannot have ${bytes} bytes of memory`, {
      hint: 'Memory goes from 4K to 3G in steps of 4K.',
    });
  }
  const ranges: AddressRange[] = [
    { address: 0, size: Math.min(bytes, CONVENTIONAL_TOP) },
    VGA_TEXT,
    FIRMWARE,
  ];
  if (bytes > EXTENDED_BASE) ranges.push({ address: EXTENDED_BASE, size: bytes - EXTENDED_BASE });
  return ranges;
}
