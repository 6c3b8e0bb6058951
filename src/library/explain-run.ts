import { explainOutcome } from '../cli/explain-outcome.ts';
import { registerDump } from '../x86/register-dump.ts';
import type { GuestRun } from './guest-run.ts';

/** The command's own hint names an option of the command. */
const TIMEOUT_HINT =
  'A guest ends with a byte to port 0x01 or with HLT. If it only needs longer: the option timeoutMs of runGuest, or `; guestkit: timeout=30s` in the source.';

/** Of a guest that did not end by itself: its registers, the accesses that nobody answered, what to do. */
export function explainRun(run: GuestRun): string[] {
  const { outcome, registers, systemRegisters } = run;
  const timedOut = outcome.kind === 'timeout';
  const lines = explainOutcome({
    ...run,
    outcome: timedOut ? { kind: 'halted' } : outcome,
    registers:
      registers === undefined || systemRegisters === undefined
        ? undefined
        : registerDump(registers, systemRegisters),
  });
  return timedOut ? [...lines, TIMEOUT_HINT] : lines;
}
