import type { Verdict } from '../golden/verdict.ts';
import { badCases, type Counts } from '../report/counts.ts';
import { milliseconds } from '../report/text.ts';

/** How far a run is, in one line: "12/1000  11 passed, 1 failed  slowest asm/x 120 ms". */
export class Progress {
  readonly #sources: number;
  #cases = 0;
  #slowest: { name: string; durationMs: number } | undefined;

  constructor(sources: number) {
    this.#sources = sources;
  }

  /** Cases with a verdict. */
  get cases(): number {
    return this.#cases;
  }

  add({ case: { name }, durationMs }: Verdict): void {
    this.#cases += 1;
    if (durationMs > (this.#slowest?.durationMs ?? 0)) this.#slowest = { name, durationMs };
  }

  /** @param ran sources that are done */
  line(ran: number, counts: Counts): string {
    const parts = [`${ran}/${this.#sources}`, `${counts.passed} passed, ${badCases(counts)} failed`];
    if (this.#slowest !== undefined) {
      parts.push(`slowest ${this.#slowest.name} ${milliseconds(this.#slowest.durationMs)}`);
    }
    return parts.join('  ');
  }
}
