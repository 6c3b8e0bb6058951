import { describeOutcome } from '../machine/describe-outcome.ts';
import { endedByItself, type Outcome } from '../machine/outcome.ts';
import type { CaseRun } from './case-run.ts';
import type { CasePlan, ExpectableKind, Settings } from './plan.ts';
import type { FailureReason, PendingGolden } from './verdict.ts';

/**
 * What is wrong with how a guest ended, if anything is. A guest whose settings ask for nothing must exit
 * with 0 or halt. A routine must return, whatever the settings of its source ask of the source itself.
 */
export function endingReason({ settings, call }: CasePlan, run: CaseRun): FailureReason | undefined {
  if (call !== undefined) {
    if (run.routine?.returned === true) return undefined;
    const message = `${call.label} did not return: the guest ${describeOutcome(run.outcome)}`;
    return { kind: 'routine', message };
  }
  if (endedAsAsked(run.outcome, settings)) return undefined;
  const message = `${describeOutcome(run.outcome)}, expected ${describeAsked(settings)}`;
  return { kind: 'outcome', message };
}

/**
 * Why nothing may be written from a run, if so. After a crash, a time limit or a stop, what there is ends
 * at a point that means nothing, even where that ending is expected.
 */
export function refusalOf(
  { settings, call }: CasePlan,
  { outcome, routine }: CaseRun,
  pending: readonly PendingGolden[],
): { message: string; hint: string } | undefined {
  if (call !== undefined) {
    if (routine?.returned === true || pending.length === 0) return undefined;
    const message = `${describeUnwritten(pending)}: ${call.label} did not return`;
    return { message, hint: 'No golden is written from such a run. Let the routine end with RET.' };
  }
  const asAsked = endedAsAsked(outcome, settings);
  const hint = hintFor(outcome, settings, asAsked);
  if (hint === undefined || (asAsked && pending.length === 0)) return undefined;
  return { message: `${describeUnwritten(pending)}: the guest ${describeOutcome(outcome)}`, hint };
}

function hintFor(outcome: Outcome, settings: Settings, asAsked: boolean): string | undefined {
  if (!endedByItself(outcome)) {
    return asAsked
      ? 'No golden is written from such a run, even where it is expected. Write the bytes into the file yourself; for none, an empty file will do.'
      : 'No golden is written from such a run. Let the guest write 0 to the exit port, or halt, when it is done.';
  }
  if (asAsked) return undefined;
  const setting = outcome.kind === 'exited' ? `exit=${outcome.code}` : `outcome=${outcome.kind}`;
  return `It was expected ${describeAsked(settings)}. Mend the guest, or say '; guestkit: ${setting}' in it.`;
}

function describeUnwritten(pending: readonly PendingGolden[]): string {
  const paths = pending.map(({ path }) => path);
  const last = paths.pop();
  if (last === undefined) return 'nothing was written';
  return paths.length === 0 ? `${last} was not written` : `${paths.join(', ')} and ${last} were not written`;
}

function endedAsAsked(outcome: Outcome, { exit, outcome: kind }: Settings): boolean {
  if (exit !== undefined || kind === 'exited') {
    return outcome.kind === 'exited' && outcome.code === (exit ?? 0);
  }
  if (kind !== undefined) return outcome.kind === kind;
  return outcome.kind === 'halted' || (outcome.kind === 'exited' && outcome.code === 0);
}

const ASKED: Readonly<Record<ExpectableKind, string>> = {
  exited: 'to exit with 0',
  halted: 'to halt',
  timeout: 'to run into its time limit',
  crashed: 'to crash',
};

function describeAsked({ exit, outcome }: Settings): string {
  if (exit !== undefined) return `to exit with ${exit}`;
  return outcome === undefined ? 'to exit with 0 or halt' : ASKED[outcome];
}
