/**
 * What of a guest is compared with a file of its own: the bytes of its serial port, the bytes of its debug
 * console, registers at the end, memory at the end, and the list of its port accesses.
 */
export type Channel = 'serial' | 'debug' | 'regs' | 'mem' | 'exits';

/** The channels in the order in which they are compared and shown, and how the name of a golden ends for each. */
export const GOLDEN_SUFFIXES: Readonly<Record<Channel, string>> = {
  serial: '.golden',
  debug: '.debug.golden',
  regs: '.regs.golden',
  mem: '.mem.golden',
  exits: '.exits.golden',
};

export const CHANNELS: readonly Channel[] = Object.keys(GOLDEN_SUFFIXES) as Channel[];

/** The bytes of the goldens that a test case has; a channel without a golden is not compared. */
export type Goldens = Readonly<Partial<Record<Channel, Uint8Array>>>;

/** The path of a golden: `asm/echo` and `debug` make `asm/echo.debug.golden`. */
export function goldenPath(stem: string, channel: Channel): string {
  return stem + GOLDEN_SUFFIXES[channel];
}
