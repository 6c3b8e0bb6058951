/**
 * guestkit as a library: the road of the command line, source -> image -> machine -> result -> verdict, for
 * people who write TypeScript. `runGuest` runs one guest, `Suite` the test cases of a project; `Machine` is for
 * those who want more of a computer than its output. See docs/library.md.
 */

export type { Config, GuestkitConfig, NasmConfig } from './config/config.ts';
export type { Device } from './devices/device.ts';
export { type ErrorCode, GuestkitError } from './errors.ts';
export { acceptPending } from './golden/accept.ts';
export type { Channel } from './golden/channels.ts';
export type { DiffLine } from './golden/diff-line.ts';
export type { TestCase } from './golden/plan.ts';
export type {
  CaseError,
  ErrorVerdict,
  FailedVerdict,
  FailureReason,
  NewVerdict,
  PassedVerdict,
  PendingGolden,
  SkippedVerdict,
  SourcePlace,
  Verdict,
} from './golden/verdict.ts';
export type { Hypervisor } from './hypervisor/hypervisor.ts';
export { Kvm } from './hypervisor/kvm/system.ts';
export { assemble } from './library/assemble.ts';
export { describeVerdict } from './library/describe-verdict.ts';
export type { GuestRun } from './library/guest-run.ts';
export { type RunGuestOptions, runGuest } from './library/run-guest.ts';
export type { Bus, Placement } from './machine/bus.ts';
export { InputQueue, type OutputBuffer } from './machine/channels.ts';
export { describeOutcome } from './machine/describe-outcome.ts';
export type { GuestMemory } from './machine/guest-memory.ts';
export { Machine, type MachineOptions, type RunOptions } from './machine/machine.ts';
export type { CrashEvent, Outcome } from './machine/outcome.ts';
export type { PortAccess } from './machine/port-access.ts';
export type { UnclaimedAccess } from './machine/unclaimed.ts';
export type { AssembleOptions } from './nasm/assemble.ts';
export { AssemblyError } from './nasm/assembly-error.ts';
export type { Diagnostic, Note, Severity } from './nasm/diagnostics.ts';
export type { Image } from './nasm/image.ts';
export type { ImageSymbol } from './nasm/symbols.ts';
export type { SuiteSource } from './runner/guest.ts';
export type { SourceReport } from './runner/lane.ts';
export type { Shard } from './runner/shard.ts';
export { type Chosen, type Selection, Suite, type SuiteRun } from './runner/suite.ts';
export type { DescriptorTable, Registers, Segment, SystemRegisters } from './x86/registers.ts';
