import type { Witness } from '../golden/verdict.ts';
import type { Machine } from '../machine/machine.ts';
import { endedByItself, type Outcome } from '../machine/outcome.ts';

/** The most that a person is shown of a guest's output, in bytes: what is longer is for `guestkit run`. */
const SHOWN_BYTES = 4096;

/**
 * What is to be told of a run besides its verdict. To be asked while the machine is as the guest left it.
 * @param isCompared whether a golden says what the guest prints
 */
export async function witnessOf(machine: Machine, outcome: Outcome, isCompared: boolean): Promise<Witness> {
  const { bytes } = machine.serial;
  const printed = isCompared
    ? undefined
    : { start: new Uint8Array(bytes.subarray(0, SHOWN_BYTES)), length: bytes.length };
  if (endedByItself(outcome)) return { printed, end: undefined };
  const { registerDump } = await import('../x86/register-dump.ts');
  return {
    printed,
    end: {
      registers: registerDump(machine.getRegisters(), machine.getSystemRegisters()),
      unclaimedPorts: machine.ports.unclaimed.list(),
      unclaimedMemory: machine.mmio.unclaimed.list(),
    },
  };
}
