import { exitReasonName } from '../hypervisor/kvm/exit-reasons.ts';
import type { CrashEvent, Outcome } from './outcome.ts';

/** An outcome in a few words: "exited with 3", "timed out after 500 ms", "crashed: triple fault". */
export function describeOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'exited':
      return `exited with ${outcome.code}`;
    case 'halted':
      return 'halted';
    case 'timeout':
      return `timed out after ${outcome.ms} ms`;
    case 'stopped':
      return 'was stopped';
    case 'crashed':
      return `crashed: ${describeCrash(outcome.event)}`;
  }
}

/** What ended the guest, in the words of the field, with the KVM name where it helps searching. */
export function describeCrash(event: CrashEvent): string {
  switch (event.kind) {
    case 'shutdown':
      return 'triple fault (KVM_EXIT_SHUTDOWN)';
    case 'debug':
      return `debug exception at RIP 0x${event.rip.toString(16)} (KVM_EXIT_DEBUG)`;
    case 'fail-entry':
      return `the CPU refused its state, reason 0x${event.hardwareReason.toString(16)} (KVM_EXIT_FAIL_ENTRY)`;
    case 'internal-error':
      return describeInternalError(event.suberror, event.data);
    case 'unsupported':
      return `an exit that guestkit has no answer to (${exitReasonName(event.exitReason)})`;
    case 'run-failed':
      return `KVM_RUN failed: ${event.errno}`;
    case 'output-limit':
      return `it printed more than ${event.bytes} bytes`;
  }
}

/** What a person can do about a crash, where there is something to say. */
export function crashHint(event: CrashEvent): string | undefined {
  switch (event.kind) {
    case 'shutdown':
      return 'A fault found no handler, nor did the faults of calling one. Look at CS:RIP, the IDT, the GDT and the stack above.';
    case 'internal-error':
      return event.suberror === INTERNAL_ERROR_EMULATION
        ? 'The instruction at CS:RIP is one that this KVM host cannot carry out for a guest in this mode, or the guest ran into data. Hosts without VT-x or AMD-V emulate real mode and lack x87, MMX, SSE, BCD arithmetic and some more.'
        : undefined;
    case 'run-failed':
      return event.errno === 'EFAULT'
        ? 'The guest made the CPU use memory that is not there: its page tables, descriptors or stack.'
        : undefined;
    case 'output-limit':
      return 'A loop that prints for ever is the usual reason.';
    default:
      return undefined;
  }
}

/** `internal.suberror` (KVM API, KVM_EXIT_INTERNAL_ERROR). */
const INTERNAL_ERROR_EMULATION = 1;
const INTERNAL_ERRORS: Readonly<Record<number, string>> = {
  [INTERNAL_ERROR_EMULATION]: 'KVM could not emulate the instruction',
  2: 'exceptions at the same time that KVM cannot deliver',
  3: 'an exit while an event was being delivered',
  4: 'an exit of the hardware that KVM does not know',
};

function describeInternalError(suberror: number, data: readonly bigint[]): string {
  const what = INTERNAL_ERRORS[suberror] ?? `suberror ${suberror}`;
  const bytes = suberror === INTERNAL_ERROR_EMULATION ? instructionBytes(data) : '';
  return `${what}${bytes} (KVM_EXIT_INTERNAL_ERROR)`;
}

/** `emulation_failure` of kvm_run: flags, then the instruction's length and up to 15 bytes. */
function instructionBytes(data: readonly bigint[]): string {
  const [flags, first, second] = data;
  if (flags === undefined || first === undefined || (flags & 1n) === 0n) return '';
  const packed = first | ((second ?? 0n) << 64n);
  const length = Math.min(Number(packed & 0xffn), 15);
  const bytes = Array.from({ length }, (_, index) => Number((packed >> BigInt(8 * (index + 1))) & 0xffn));
  return `: ${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
}
