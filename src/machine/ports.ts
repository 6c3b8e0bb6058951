/** Where the machine's devices are in the port space: the only table of it. */
export const PORTS = {
  /** 16550A UART, COM1 of a PC: eight registers. */
  serial: { base: 0x3f8, length: 8 },
  /** What is written here Bochs and QEMU print too. */
  debugConsole: { base: 0xe9, length: 1 },
} as const;

/** A byte written to one of these ends the guest and is its exit code; 0xF4 is where QEMU guests look for it. */
export const DEFAULT_EXIT_PORTS: readonly number[] = [0x01, 0xf4];
