import type { Worker } from 'node:worker_threads';
import type { SourceReport } from './lane.ts';
import type { PoolRun } from './pool.ts';
import { wholeCase } from './prepare-guest.ts';
import type { Batch } from './work.ts';
import type { FromWorker, ToWorker, WorkerStart } from './worker-protocol.ts';

/** What a guest leaves is garbage at once: a large nursery only holds more of it. */
const YOUNG_MB = 2;

/** A worker thread as the pool sees it. */
export class PoolWorker {
  readonly slot: number;
  readonly #worker: Worker;
  readonly #exit: Promise<void>;
  #dead = false;
  #death = 'it ended';
  #onReports: (reports: Extract<FromWorker, { kind: 'reports' }>['reports']) => void = () => undefined;
  #onIdle: () => void = () => undefined;

  /** @param slot its place on the board */
  constructor(file: string, slot: number) {
    this.slot = slot;
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const start: WorkerStart = { slot };
    this.#worker = new Worker(file, {
      workerData: start,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#worker.on('message', (message: FromWorker) => {
      if (message.kind === 'reports') this.#onReports(message.reports);
      else this.#onIdle();
    });
    this.#worker.on('error', (error) => {
      this.#death = error instanceof Error ? error.message : String(error);
    });
    this.#exit = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#dead = true;
        this.#onIdle();
        resolve();
      });
    });
    // Waiting for nothing, it does not keep the process alive.
    this.#worker.unref();
  }

  get dead(): boolean {
    return this.#dead;
  }

  /**
   * Has it work on a batch with the others. When it dies, the source it was at gets an error; others that it
   * had taken stay undone.
   */
  async run(
    batch: Batch,
    { settings, store }: Pick<PoolRun, 'settings' | 'store'>,
    deliver: (number: number, report: SourceReport) => void,
  ): Promise<void> {
    this.#onReports = (reports) => {
      for (const [number, report] of reports) deliver(number, report);
    };
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    this.#worker.ref();
    const { key } = store;
    this.send({
      kind: 'run',
      sources: batch.sources,
      board: batch.board.buffer,
      storeKey: key,
      store: store.bytes(),
      settings,
    });
    if (!this.#dead) await idle;
    this.#worker.unref();
    if (!this.#dead) return;
    const current = batch.board.current(this.slot);
    const source = current === undefined ? undefined : batch.sources[current];
    if (current === undefined || source === undefined) return;
    deliver(current, {
      source: source.path,
      verdicts: [
        {
          status: 'error',
          case: wholeCase(source),
          durationMs: 0,
          attempts: 1,
          error: {
            code: 'host',
            message: `${source.path}: the worker thread that ran it died: ${this.#death}`,
            hint: `The other guests went on without it. To see it alone: guestkit test --jobs 1 ${source.path}`,
            diagnostics: undefined,
            place: undefined,
          },
        },
      ],
      durationMs: 0,
      files: [source.path, ...source.companions],
      absent: [],
      caseStems: undefined,
      record: undefined,
    });
  }

  send(message: ToWorker): void {
    if (!this.#dead) this.#worker.postMessage(message);
  }

  /** Ends it. Resolves when it has closed what it had open. */
  async close(): Promise<void> {
    // Who waits for this may have nothing else that keeps the process alive.
    this.#worker.ref();
    this.send({ kind: 'close' });
    await this.#exit;
  }
}
