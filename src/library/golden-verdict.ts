import type { FailedVerdict, NewVerdict, PendingGolden } from '../golden/verdict.ts';
import { withWriters } from '../runner/written-by.ts';
import { type GuestRun, originOf } from './guest-run.ts';
import { threadKvm } from './thread-machines.ts';

type GoldenReason = Extract<FailedVerdict['reasons'][number], { kind: 'golden' }>;

/** A golden that is not there yet, as a verdict about a test case has it. */
export function newVerdict(run: GuestRun, pending: PendingGolden): NewVerdict {
  return { status: 'new', ...factsOf(run), pending: [pending], refusal: undefined };
}

/**
 * A golden that differs, likewise; with the source line that wrote the first byte that differs, where it can
 * be found. The guest is run again for it.
 */
export function failedVerdict(
  run: GuestRun,
  reason: Omit<GoldenReason, 'kind' | 'writtenBy'>,
  pending: PendingGolden,
): FailedVerdict {
  const verdict: FailedVerdict = {
    status: 'failed',
    ...factsOf(run),
    reasons: [{ kind: 'golden', ...reason, writtenBy: undefined }],
    pending: [pending],
    refusal: undefined,
  };
  const origin = originOf(run);
  if (origin?.image === undefined) return verdict;
  const { image, memoryBytes, input, timeoutMs } = origin;
  try {
    return withWriters(verdict, { hypervisor: threadKvm(), image, memoryBytes, input, timeoutMs });
  } catch {
    // The difference stands without it.
    return verdict;
  }
}

function factsOf(run: GuestRun): Pick<NewVerdict, 'case' | 'outcome' | 'durationMs' | 'attempts'> {
  const { source = '', outcome, durationMs } = run;
  const stem = source.replace(/\.asm$/, '');
  return { case: { name: stem, source, line: 1, stem }, outcome, durationMs, attempts: 1 };
}
