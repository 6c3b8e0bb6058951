import type { SourceReport } from './lane.ts';

/** Reports that come in any order, given out in the order of their sources. */
export class OrderedReports {
  /** Those not given out yet, by the number of their source. */
  readonly #reports: Map<number, SourceReport> = new Map();
  readonly #count: number;
  #ended = false;
  #error: unknown;
  #wake: (() => void) | undefined;

  constructor(count: number) {
    this.#count = count;
  }

  put(number: number, report: SourceReport): void {
    this.#reports.set(number, report);
    this.#wake?.();
  }

  /** No more will come. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** No more will come, for this reason: it is thrown behind the last report. */
  fail(error: unknown): void {
    this.#error = error;
    this.end();
  }

  /** Each report as soon as it is there. */
  async *asTheyCome(): AsyncGenerator<SourceReport> {
    for (let count = 0; count < this.#count; count += 1) {
      while (this.#reports.size === 0 && !this.#ended) await this.#change();
      const [first] = this.#reports;
      if (first === undefined) break;
      this.#reports.delete(first[0]);
      yield first[1];
    }
    if (this.#error !== undefined) throw this.#error;
  }

  /** Each report as soon as it and those before it are there; those that never come are left out. */
  async *inOrder(): AsyncGenerator<SourceReport> {
    for (let number = 0; number < this.#count; number += 1) {
      let report = this.#reports.get(number);
      while (report === undefined && !this.#ended) {
        await this.#change();
        report = this.#reports.get(number);
      }
      if (report === undefined) continue;
      this.#reports.delete(number);
      yield report;
    }
    if (this.#error !== undefined) throw this.#error;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
