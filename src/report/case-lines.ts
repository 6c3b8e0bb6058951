import type { Verdict } from '../golden/verdict.ts';
import { type DetailOptions, detailLines } from './details.ts';
import { headline } from './headline.ts';
import { indent } from './text.ts';

export interface CaseOptions extends DetailOptions {
  /** How often a case may run. */
  attempts: number;
}

/** A case as a person reads it: its line, and below it what is wrong. */
export function caseLines(
  verdict: Verdict,
  wrote: readonly string[],
  options: CaseOptions,
  name: string = verdict.case.name,
): string[] {
  const head = headline(name, verdict, wrote, options.attempts, options.style);
  return [head, ...indent(detailLines(verdict, wrote, options), 4)];
}
