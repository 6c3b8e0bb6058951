import type { ExitEvent } from '../hypervisor/exit-event.ts';

/** Exits after which a guest cannot go on, and the limits of guestkit's own that end it. */
export type CrashEvent =
  | Extract<
      ExitEvent,
      { kind: 'shutdown' | 'debug' | 'fail-entry' | 'internal-error' | 'unsupported' | 'run-failed' }
    >
  | { kind: 'output-limit'; bytes: number };

/** How a guest ended. */
export type Outcome =
  /** It wrote `code` (0 to 255) to the exit port. */
  | { kind: 'exited'; code: number }
  /** It executed HLT, and nothing could wake it. */
  | { kind: 'halted' }
  /** It was still running after `ms` milliseconds. */
  | { kind: 'timeout'; ms: number }
  /** The host asked it to stop: Ctrl+C, or a newer version of it. */
  | { kind: 'stopped' }
  | { kind: 'crashed'; event: CrashEvent };

/** Whether the guest chose its end: through the exit port, with whatever code, or with HLT. */
export function endedByItself({ kind }: Outcome): boolean {
  return kind === 'exited' || kind === 'halted';
}
