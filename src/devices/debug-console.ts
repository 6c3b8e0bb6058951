import type { ByteSink, Device } from './device.ts';

/** The value by which a guest recognises the console: the number of its port in Bochs and QEMU. */
const SIGNATURE = 0xe9;

/** What a debug console is connected to. */
export interface DebugConsoleWiring {
  output: ByteSink;
}

/**
 * The debug port of Bochs (`port_e9_hack`) and QEMU (`isa-debugcon`): one byte wide, each byte written is
 * output at once, a read gives 0xE9. Bytes of a wider access belong to the ports above it: they are
 * ignored, and read 0xFF.
 */
export class DebugConsole implements Device {
  readonly #output: ByteSink;

  constructor({ output }: DebugConsoleWiring) {
    this.#output = output;
  }

  read(offset: number, data: Uint8Array): void {
    data.fill(0xff);
    if (offset === 0 && data.length > 0) data[0] = SIGNATURE;
  }

  write(offset: number, data: Uint8Array): void {
    const byte = data[0];
    if (offset === 0 && byte !== undefined) this.#output(byte);
  }

  /** The port has no state. */
  reset(): void {}
}
