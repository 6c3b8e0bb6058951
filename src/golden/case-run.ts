import type { Outcome } from '../machine/outcome.ts';
import type { PortAccess } from '../machine/port-access.ts';
import type { ImageSymbol } from '../nasm/symbols.ts';
import type { Registers, SystemRegisters } from '../x86/registers.ts';
import type { Goldens } from './channels.ts';

/** How the call of a routine test ended. */
export interface RoutineEnd {
  /** Whether its RET came back to the caller; otherwise the outcome tells what happened instead. */
  returned: boolean;
  /** SP behind its RET less SP before its call, in bytes; 0 when it took what it gave. */
  stackDelta: number;
}

/**
 * What the runner hands over when a guest has ended. The functions look at the machine, which is still
 * there: they are called while the run is judged and never after.
 */
export interface CaseRun {
  outcome: Outcome;
  /** Every byte of the serial port. May be a view of memory that is used again: what is kept is copied. */
  output: Uint8Array;
  /** Every byte of the debug console; a view as well. */
  debugOutput: Uint8Array;
  /** From the guest's first instruction to its end, in milliseconds. */
  durationMs: number;
  registers(): Registers;
  systemRegisters(): SystemRegisters;
  /** The bytes at a linear address; `undefined` where that is not all memory. */
  memory(address: number, length: number): Uint8Array | undefined;
  symbols(): readonly ImageSymbol[];
  /** In the guest's order, the first {@link PORT_ACCESS_LIMIT}; `undefined` when they were not recorded. */
  accesses: readonly PortAccess[] | undefined;
  /** The guest went on after the last of `accesses`. */
  accessesCut: boolean;
  /** `undefined`: the guest ran from its first byte. */
  routine: RoutineEnd | undefined;
}

/** How many port accesses of a run are kept. */
export const PORT_ACCESS_LIMIT = 65_536;

/** Whether the port accesses of a run must be recorded; those of other runs cost nothing. */
export function needsPortAccesses(goldens: Goldens): boolean {
  return goldens.exits !== undefined;
}
