import type { ExpectableKind } from '../golden/plan.ts';
import type { Outcome } from '../machine/outcome.ts';
import type { UnclaimedAccess } from '../machine/unclaimed.ts';
import type { Image } from '../nasm/image.ts';
import type { Registers, SystemRegisters } from '../x86/registers.ts';

/** What is known of a guest after its end. */
export interface GuestRun {
  /** The path it was run from, as it was given: of a source or of a `.bin`; `undefined` for bytes. */
  readonly source: string | undefined;
  /** Where the golden of its source is, or would be, by the project's naming; `undefined` without a source. */
  readonly golden: string | undefined;
  /** How it ended. {@link describeOutcome} puts it into words. */
  readonly outcome: Outcome;
  /** All that it printed on the serial port. */
  readonly output: Uint8Array;
  /** `output` as UTF-8; bytes that are none are U+FFFD. */
  readonly text: string;
  /** All that it wrote to the debug console. */
  readonly debugOutput: Uint8Array;
  /**
   * The registers at its end: where they were asked for, and always of a guest that did not end by itself.
   * The values are 64-bit, whatever the mode: `Number(run.registers.rax & 0xffffn)` is AX.
   */
  readonly registers: Registers | undefined;
  /** Segments, tables and control registers, along with `registers`. */
  readonly systemRegisters: SystemRegisters | undefined;
  /** Accesses to ports that no device claims. */
  readonly unclaimedPorts: readonly UnclaimedAccess[];
  /** Accesses to physical memory where there is none. */
  readonly unclaimedMemory: readonly UnclaimedAccess[];
  /** From its first instruction to its end, in milliseconds. */
  readonly durationMs: number;
}

/** How a guest came to be run: what it takes to do it again, and what its source asks for. */
export interface Origin {
  /** `undefined`: there is no source to show lines of. */
  image: Image | undefined;
  memoryBytes: number | undefined;
  input: Uint8Array | undefined;
  timeoutMs: number;
  /** The ending that its source asks for with `outcome=`. */
  asked: ExpectableKind | undefined;
}

/** A result is for its user; what the matchers want beside it is kept here, and goes with it. */
const origins = new WeakMap<object, Origin>();

/** Puts a result and its origin together. */
export function guestRun(facts: Omit<GuestRun, 'text'>, origin: Origin): GuestRun {
  // A byte order mark is a character like others here: a guest printed it.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(facts.output);
  const run: GuestRun = { ...facts, text };
  origins.set(run, origin);
  return run;
}

/** `undefined` for a result that somebody copied. */
export function originOf(run: GuestRun): Origin | undefined {
  return origins.get(run);
}
