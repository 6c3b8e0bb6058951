/**
 * guestkit as a library: the road of the command line, source -> image -> machine -> result -> verdict, for
 * people who write TypeScript.
 */
export { GuestkitError } from './errors.ts';
export { Kvm } from './hypervisor/kvm/system.ts';
export { describeOutcome } from './machine/describe-outcome.ts';
export { Machine } from './machine/machine.ts';
export type { Outcome } from './machine/outcome.ts';
export { assemble } from './nasm/assemble.ts';
export { AssemblyError } from './nasm/assembly-error.ts';
export { type GuestResult, type GuestSettings, runGuest } from './runner/run-guest.ts';
