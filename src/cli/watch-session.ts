import { resolve } from 'node:path';
import { type TestCase, testCaseOf } from '../golden/test-case.ts';
import type { Hypervisor } from '../hypervisor/hypervisor.ts';
import { prepareStandby } from '../nasm/standby.ts';
import { type CaseReport, runCase } from '../runner/run-case.ts';
import { SpareMachine } from '../runner/spare-machine.ts';
import { Snapshot } from '../watch/snapshot.ts';

/** What a session tells its owner. */
export interface WatchEvents {
  /** A verdict that holds for the files as they are now. */
  report(report: CaseReport): void;
  /** A guest has been running for a while. */
  stillRunning(testCase: TestCase): void;
  /** The files whose changes the session must hear of, absolute; resolves when they are watched. */
  watch(paths: ReadonlySet<string>): Promise<void>;
}

/** One watched guest. */
interface Target {
  readonly testCase: TestCase;
  /** The files its verdict depends on, and their state when the last run began. */
  paths: ReadonlySet<string>;
  snapshot: Snapshot;
}

/**
 * Events of the file system can come between two halves of a save and not after the second. So the files are
 * looked at every so often while a guest runs, and once more this long after.
 */
const SETTLE_MS = 60;
const STILL_RUNNING_MS = 300;

/**
 * Runs guests again when their files change, one at a time, and never shows a verdict older than the files:
 * a change during a run stops the run, and what it would have said is not said.
 */
export class WatchSession {
  readonly #hypervisor: Hypervisor;
  readonly #spare: SpareMachine;
  readonly #events: WatchEvents;
  readonly #targets: Target[];
  readonly #stale: Set<Target> = new Set();
  #running: { target: Target; abort: AbortController } | undefined;
  /** Settled when nothing is left to run. */
  #work: Promise<void> | undefined;
  #closed = false;

  constructor(hypervisor: Hypervisor, files: readonly string[], events: WatchEvents) {
    this.#hypervisor = hypervisor;
    this.#spare = new SpareMachine(hypervisor);
    this.#events = events;
    const distinct = new Map(files.map((file) => [resolve(file), file]));
    this.#targets = Array.from(distinct.values(), (file) => {
      const testCase = testCaseOf('.', file);
      const paths = pathsOf(testCase, []);
      return { testCase, paths, snapshot: new Snapshot(paths) };
    });
  }

  /** Runs every guest again. Resolves when nothing is left to run. */
  runAll(): Promise<void> {
    for (const target of this.#targets) this.#markStale(target);
    return this.#pump();
  }

  /** Some files may be others than they were. */
  changed(): void {
    for (const target of this.#targets) {
      if (target.snapshot.moved()) this.#markStale(target);
    }
    void this.#pump();
  }

  /** Stops the guest that runs, and starts none any more. Resolves when it has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#running?.abort.abort();
    await this.#work;
    this.#spare[Symbol.dispose]();
  }

  #markStale(target: Target): void {
    this.#stale.add(target);
    if (this.#running?.target === target) this.#running.abort.abort();
  }

  #pump(): Promise<void> {
    if (this.#stale.size > 0) this.#work ??= this.#runStale();
    return this.#work ?? Promise.resolve();
  }

  async #runStale(): Promise<void> {
    for (const target of this.#stale) {
      if (this.#closed) break;
      this.#stale.delete(target);
      const abort = new AbortController();
      this.#running = { target, abort };
      await this.#run(target, abort.signal);
      this.#running = undefined;
    }
    this.#work = undefined;
  }

  async #run(target: Target, signal: AbortSignal): Promise<void> {
    const { testCase } = target;
    target.snapshot = new Snapshot(target.paths);
    const announcement = setTimeout(() => this.#events.stillRunning(testCase), STILL_RUNNING_MS);
    const looking = setInterval(() => this.#lookAgain(target), SETTLE_MS);
    const report = await runCase(this.#hypervisor, testCase, {
      signal,
      machine: (memoryBytes) => this.#spare.take(memoryBytes),
    });
    clearTimeout(announcement);
    clearInterval(looking);
    target.paths = pathsOf(testCase, report.dependencies);
    target.snapshot.include(target.paths);
    await this.#watchAll();
    if (this.#closed || signal.aborted) return;
    if (target.snapshot.moved()) {
      this.#stale.add(target);
      return;
    }
    this.#events.report(report);
    setImmediate(() => {
      if (this.#running !== undefined || this.#closed) return;
      this.#spare.renew();
      // Where that fails, the next run starts NASM itself and says why it cannot.
      prepareStandby().catch(() => undefined);
    });
    setTimeout(() => this.#lookAgain(target), SETTLE_MS);
  }

  #lookAgain(target: Target): void {
    if (this.#closed || !target.snapshot.moved()) return;
    this.#markStale(target);
    void this.#pump();
  }

  async #watchAll(): Promise<void> {
    await this.#events.watch(new Set(this.#targets.flatMap(({ paths }) => [...paths])));
  }
}

function pathsOf(testCase: TestCase, dependencies: readonly string[]): ReadonlySet<string> {
  return new Set([resolve(testCase.source), resolve(testCase.golden), ...dependencies]);
}
