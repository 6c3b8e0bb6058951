import type { Hypervisor } from '../hypervisor/hypervisor.ts';
import { Board, MAX_LANES } from './board.ts';
import type { SuiteSource } from './guest.ts';
import { Lane, type LaneSettings, type SourceReport } from './lane.ts';
import { OrderedReports } from './ordered-reports.ts';
import { PoolWorker } from './pool-worker.ts';
import type { SuiteStore } from './suite-store.ts';
import { type Batch, workOff } from './work.ts';

/** One run of a {@link Pool}. */
export interface PoolRun {
  sources: readonly SuiteSource[];
  settings: LaneSettings;
  store: SuiteStore;
  /** How many lanes work at the same time, this thread's own among them. */
  lanes: number;
  /** Each report comes as soon as it is there, those of slow guests last. */
  asTheyCome?: boolean;
  signal: AbortSignal;
}

/** This thread's place on the board; workers have the others. */
const MAIN = 0;

/**
 * Runs sources in several threads, each with machines and an assembler of its own. The calling thread works
 * too: a worker needs tens of milliseconds to start, in which a hundred guests are run.
 */
export class Pool {
  readonly #hypervisor: Hypervisor;
  readonly #workerFile: string;
  readonly #workers: PoolWorker[] = [];
  #lane: Lane | undefined;

  /** @param workerFile what a worker thread starts with */
  constructor(hypervisor: Hypervisor, workerFile: string) {
    this.#hypervisor = hypervisor;
    this.#workerFile = workerFile;
  }

  /** The calling thread's lane. */
  lane(settings: LaneSettings, store: SuiteStore): Lane {
    this.#lane ??= new Lane(this.#hypervisor, settings, store);
    this.#lane.begin(settings, store);
    return this.#lane;
  }

  /**
   * Runs every source and gives the reports, in the sources' order unless they are wanted as they come. A
   * source whose worker died gets an error that names it. After an abort come the reports that are there.
   */
  async *run(request: PoolRun): AsyncGenerator<SourceReport> {
    const { sources, settings, store } = request;
    const reports = new OrderedReports(sources.length);
    const main = this.lane(settings, store);
    const order = bySpeed(sources, store, request.asTheyCome === true ? 'slow last' : 'slow first');
    const batch: Batch = { sources: pick(sources, order), board: Board.create(order.length) };
    const missing = new Set(order.keys());
    const deliver = (number: number, report: SourceReport): void => {
      const place = order[number];
      if (place !== undefined && missing.delete(number)) reports.put(place, report);
    };
    const abort = new AbortController();
    const stop = (): void => {
      batch.board.stop();
      abort.abort();
      for (const worker of this.#workers) worker.send({ kind: 'abort' });
    };
    request.signal.addEventListener('abort', stop, { once: true });
    if (request.signal.aborted) stop();
    const workers = request.signal.aborted
      ? []
      : this.hire(Math.min(request.lanes, MAX_LANES, sources.length) - 1);
    const all = Promise.all([
      ...workers.map((worker) => worker.run(batch, request, deliver)),
      workOff(main, MAIN, batch, deliver, abort.signal),
    ]);
    const end = all
      .then(() => this.#finish(main, batch, missing, deliver, abort.signal))
      .then(
        () => reports.end(),
        (error: unknown) => reports.fail(error),
      );
    try {
      yield* request.asTheyCome === true ? reports.asTheyCome() : reports.inOrder();
    } finally {
      // Also where nobody wants the rest of the reports: guests that still run are left.
      stop();
      request.signal.removeEventListener('abort', stop);
      await end;
    }
  }

  /** Gets a machine of the calling thread ready for the next guest, while nobody waits. */
  renew(): void {
    this.#lane?.renew();
  }

  /** Ends all threads. Resolves when they have closed what they had open. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
    this.#lane?.[Symbol.dispose]();
    this.#lane = undefined;
  }

  /** Runs here what workers that died left behind. */
  async #finish(
    main: Lane,
    batch: Batch,
    missing: ReadonlySet<number>,
    deliver: (number: number, report: SourceReport) => void,
    signal: AbortSignal,
  ): Promise<void> {
    for (const number of missing) {
      const source = batch.sources[number];
      if (source === undefined || signal.aborted) continue;
      const report = await main.run(source, await main.prepare(source, signal), signal);
      if (!signal.aborted) deliver(number, report);
    }
  }

  /** As many workers, those that live first. */
  hire(count: number): PoolWorker[] {
    for (const [index, worker] of this.#workers.entries()) {
      if (worker.dead) this.#workers[index] = new PoolWorker(this.#workerFile, worker.slot);
    }
    while (this.#workers.length < count) {
      this.#workers.push(new PoolWorker(this.#workerFile, this.#workers.length + 1));
    }
    return this.#workers.slice(0, Math.max(0, count));
  }
}

/**
 * A guest that took this long last time is begun first, so that the others run beside it, not before it; or
 * last, where a person waits for the others.
 */
const SLOW_MS = 50;

/** The indices of the sources in the order in which they are begun. */
function bySpeed(
  sources: readonly SuiteSource[],
  store: SuiteStore,
  place: 'slow first' | 'slow last',
): readonly number[] {
  const slow: { index: number; ms: number }[] = [];
  const others: number[] = [];
  for (const [index, { path }] of sources.entries()) {
    const ms = store.history(path)?.durationMs ?? 0;
    if (ms >= SLOW_MS) slow.push({ index, ms });
    else others.push(index);
  }
  const slowest = slow.sort((a, b) => b.ms - a.ms).map(({ index }) => index);
  return place === 'slow first' ? [...slowest, ...others] : [...others, ...slowest];
}

function pick(sources: readonly SuiteSource[], order: readonly number[]): SuiteSource[] {
  return order.flatMap((index) => sources[index] ?? []);
}
