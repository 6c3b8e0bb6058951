import type { SourceReport } from '../runner/lane.ts';
import type { Suite } from '../runner/suite.ts';
import { lookOnce, Snapshot } from '../watch/snapshot.ts';
import type { Target } from './watch-targets.ts';

/** A person wonders by then; and a save of another guest no longer waits for the run's end. */
const LONG_MS = 300;

/** One run of some targets. */
export class WatchRun {
  /** Those without a report. */
  readonly waiting: Set<Target>;
  readonly #abort: AbortController = new AbortController();
  #isLong = false;

  /** Notes what the targets' files look like before anything of them is read. */
  constructor(targets: readonly Target[]) {
    const look = lookOnce();
    for (const target of targets) target.snapshot = new Snapshot(target.files, look);
    this.waiting = new Set(targets);
  }

  /** It has been going on for a while. */
  get isLong(): boolean {
    return this.#isLong;
  }

  get aborted(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Stops the guests. What they would have said is not said. */
  abort(): void {
    this.#abort.abort();
  }

  /**
   * Runs the targets and gives their reports as they come.
   * @param name of the cases that are wanted, a regular expression; empty: all
   * @param onLong called when it takes a while
   */
  async *reports(suite: Suite, name: string, onLong: () => void): AsyncGenerator<SourceReport> {
    const timer = setTimeout(() => {
      this.#isLong = true;
      onLong();
    }, LONG_MS);
    const chosen = {
      sources: Array.from(this.waiting, ({ source }) => source),
      name: name === '' ? undefined : name,
      only: undefined,
    };
    try {
      yield* suite.run(chosen, { witness: true, asTheyCome: true, signal: this.#abort.signal });
    } finally {
      clearTimeout(timer);
    }
  }
}
