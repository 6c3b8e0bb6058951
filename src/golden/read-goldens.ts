import { CHANNELS, type Channel, type Goldens, goldenPath } from './channels.ts';
import { readRegularFile } from './files.ts';

const MIB = 2 ** 20;

/** The largest golden of each channel that is read, in bytes; a list of accesses at its limit needs 1.4 MB. */
const LIMITS: Readonly<Record<Channel, number>> = {
  serial: 64 * MIB,
  debug: 64 * MIB,
  regs: MIB,
  mem: MIB,
  exits: 4 * MIB,
};

/**
 * The goldens of a test case. Only paths that `has` knows are looked for; one that has gone since is absent.
 * Fails with code `file` when one is a folder, unreadable or larger than 64 MiB (4 for accesses, 1 for
 * registers and memory).
 */
export function readGoldens(stem: string, has: (path: string) => boolean): Goldens {
  const goldens: Partial<Record<Channel, Uint8Array>> = {};
  for (const channel of CHANNELS) {
    const path = goldenPath(stem, channel);
    const bytes = has(path) ? readRegularFile(path, LIMITS[channel]) : undefined;
    if (bytes !== undefined) goldens[channel] = bytes;
  }
  return goldens;
}
