import type { Verdict } from '../golden/verdict.ts';
import { caseLines } from '../report/case-lines.ts';
import { PLAIN } from '../report/style.ts';

/**
 * A verdict as a person reads it: the line that `guestkit test` prints, and below it what is wrong: the diff
 * with the golden, the message of the assembler.
 *
 * ```ts
 * for (const verdict of report.verdicts) console.log(describeVerdict(verdict));
 * ```
 */
export function describeVerdict(verdict: Verdict): string {
  const options = { style: PLAIN, updating: false, attempts: verdict.attempts };
  return caseLines(verdict, [], options).join('\n');
}
