/**
 * What a chip is to the bus that holds it. A device has registers at offsets; where those registers
 * appear in the port or memory space is the machine's business, and the device never learns it.
 */
export interface Device {
  /**
   * The CPU reads `data.length` bytes from `offset`; the device fills all of `data`.
   * The bus never passes an offset outside the range it was attached with.
   */
  read(offset: number, data: Uint8Array): void;
  /** The CPU writes `data` at `offset`. The device must copy what it keeps: the buffer is reused. */
  write(offset: number, data: Uint8Array): void;
  /** Back to the state after power-on. Bytes already sent or received are not the device's to undo. */
  reset(): void;
}

/** An interrupt request output of a chip, wired by the machine; the level is the chip's INTR pin. */
export interface InterruptLine {
  set(asserted: boolean): void;
}

/** Where a chip's output bytes go. Must not throw. */
export type ByteSink = (byte: number) => void;

/**
 * Where a chip's input bytes come from: the next byte, or `undefined` when none is waiting now.
 * The line is flow-controlled: a byte not yet asked for stays with the sender and is never lost.
 */
export type ByteSource = () => number | undefined;
