import { existsSync } from 'node:fs';
import type { PendingGolden } from '../golden/verdict.ts';
import { prepareShell } from '../nasm/shells.ts';
import type { SourceReport } from '../runner/lane.ts';
import { type Look, lookOnce } from '../watch/snapshot.ts';
import { type Filter, NO_FILTER, type SessionEvents } from './watch-events.ts';
import type { WatchedProject } from './watch-project.ts';
import { WatchQueue } from './watch-queue.ts';
import { WatchRun } from './watch-run.ts';
import { GONE_MS, type Target, Targets } from './watch-targets.ts';
import { Upkeep } from './watch-upkeep.ts';

/** Sources that are read at a look, where a run of many takes long. */
const SIGHTS = 16;

/**
 * Runs the guests of a project again when their files change, and never shows a verdict older than the files: a
 * change during a run stops the run, and what it would have said of that guest is not said.
 *
 * From a save to its verdict nothing is done that can be done after it. So what the watcher names is looked at
 * first, and run; then come the other files, folders that came or went, and what the next run is prepared with.
 */
export class WatchSession {
  readonly #project: WatchedProject;
  readonly #events: SessionEvents;
  readonly #upkeep: Upkeep;
  readonly #targets: Targets = new Targets();
  readonly #queue: WatchQueue = new WatchQueue();
  #filter: Filter = NO_FILTER;
  /** Those whose includes are known, from a run or from their text. */
  readonly #sighted: WeakSet<Target> = new WeakSet();
  #settingsMoved = false;
  #run: WatchRun | undefined;
  /** The targets of the last run. */
  #last: readonly Target[] = [];
  /** Settled when nothing is left to run. */
  #work: Promise<void> | undefined;
  #closed = false;

  constructor(project: WatchedProject, events: SessionEvents) {
    this.#project = project;
    this.#events = events;
    this.#targets.update(project.sources());
    this.#upkeep = new Upkeep({
      busy: () => this.#run !== undefined,
      look: () => this.#look(),
      follow: () => this.#follow(),
    });
  }

  get title(): string {
    return this.#project.title;
  }

  get filter(): Filter {
    return this.#filter;
  }

  /** The targets that the filter leaves. */
  get shown(): Target[] {
    return [...this.#targets.all()].filter((target) => this.#isWanted(target));
  }

  /** Whether the verdicts of a target are those of its files, as far as is known. */
  holds(target: Target): boolean {
    return !this.#queue.has(target) && this.#run?.waiting.has(target) !== true;
  }

  /** The goldens that differ: of the last failure of the last run, or of one that is older. */
  get lastDifference(): readonly PendingGolden[] {
    const { shown } = this;
    return (
      lastDifference(shown.filter((target) => this.#last.includes(target))) ?? lastDifference(shown) ?? []
    );
  }

  /** From now on only these are run, beginning now. */
  runAll(filter: Filter): void {
    this.#filter = filter;
    this.#request(this.shown);
    this.#upkeep.namesMoved();
  }

  /** Runs those again that did not pass. @returns false when there are none */
  runFailed(): boolean {
    const failed = this.shown.filter(({ verdicts }) => verdicts.some(isBad));
    if (failed.length > 0) this.#request(failed);
    return failed.length > 0;
  }

  /** Runs those of the last run again. */
  runLast(): void {
    this.#request(this.#last.filter((target) => this.#targets.get(target.path) === target));
  }

  /** Runs targets whose goldens were just written. */
  runAccepted(targets: readonly Target[]): void {
    this.#refresh();
    this.#request(targets);
  }

  /** Something moved at these paths, as `Watcher` tells it. */
  touched(paths: ReadonlySet<string>, namesMoved: boolean): void {
    if (this.#closed) return;
    const look = lookOnce();
    if (namesMoved && [...paths].some((path) => this.#isNews(path))) this.#refresh();
    this.#markMoved([...this.#targets.touchedBy(paths)].filter(({ snapshot }) => snapshot.moved(look)));
    if (this.#project.settingsFiles.some((path) => paths.has(path))) this.#lookAtSettings(look);
    this.#pump();
    if (namesMoved) this.#upkeep.namesMoved();
    // A name that is not known may be another one of a file that is.
    this.#upkeep.lookSoon();
  }

  /** Stops the guests that run, and starts none any more. Resolves when they have ended and all is kept. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#run?.abort();
    await this.#work;
    await this.#upkeep.close();
    await this.#project.close();
  }

  #isWanted({ path }: Target): boolean {
    return path.includes(this.#filter.path);
  }

  #request(targets: readonly Target[]): void {
    this.#markStale(targets);
    this.#run?.abort();
    this.#pump();
    if (this.#work === undefined) this.#events.rest();
  }

  /** Files of these are others than they were. A source that is not there is not run, if nobody named it. */
  #markMoved(targets: readonly Target[]): void {
    if (targets.some(({ source, path }) => !source.named && !existsSync(path))) this.#refresh();
    this.#markStale(targets);
  }

  #markStale(targets: readonly Target[]): void {
    this.#queue.add(targets);
    const run = this.#run;
    if (run === undefined || targets.length === 0) return;
    if (run.isLong || targets.some((target) => run.waiting.has(target))) run.abort();
  }

  #pump(): void {
    if (this.#closed) return;
    if (this.#settingsMoved || this.#next().length > 0) this.#work ??= this.#workOff();
  }

  /** A file that is missing is given the time to come back. */
  #next(): Target[] {
    const isWanted = (target: Target): boolean => target.missingSince === undefined && this.#isWanted(target);
    return this.#queue.next(this.#targets.all(), isWanted);
  }

  async #workOff(): Promise<void> {
    for (;;) {
      if (this.#settingsMoved) await this.#reopen();
      const next = this.#next();
      if (next.length === 0 || this.#closed) break;
      await this.#runTargets(next);
    }
    this.#work = undefined;
    if (this.#closed) return;
    this.#events.rest();
    this.#upkeep.rest();
    // As soon as the verdict is out: the next save may come at any time.
    setImmediate(() => this.#prepare());
  }

  async #runTargets(targets: readonly Target[]): Promise<void> {
    this.#queue.remove(targets);
    for (const target of targets) this.#sighted.delete(target);
    const run = new WatchRun(targets);
    this.#run = run;
    this.#last = targets;
    this.#events.begin(targets);
    this.#upkeep.lookSoon();
    const { suite } = this.#project;
    try {
      for await (const report of run.reports(suite, this.#filter.name, () => this.#takesLong(run))) {
        this.#take(run, report);
      }
    } catch (error) {
      // The host's failure, not the guests': a person has to see to it and ask for another run.
      run.waiting.clear();
      this.#events.problem(error);
    }
    this.#run = undefined;
    const left = [...run.waiting].filter((target) => this.#targets.get(target.path) === target);
    if (run.isLong) this.#queue.addLater(left);
    else this.#queue.add(left);
  }

  #take(run: WatchRun, report: SourceReport): void {
    const target = this.#targets.get(report.source);
    if (target === undefined || !run.waiting.has(target)) return;
    if (this.#targets.learn(target, report)) this.#upkeep.namesMoved();
    this.#sighted.add(target);
    target.snapshot.include(target.files);
    if (this.#closed || this.#queue.isStale(target)) return;
    if (target.snapshot.moved()) {
      this.#markMoved([target]);
      return;
    }
    run.waiting.delete(target);
    target.verdicts = report.verdicts;
    this.#events.report(target);
  }

  #takesLong(run: WatchRun): void {
    if (this.#next().length > 0) run.abort();
    const [first] = run.waiting;
    if (first !== undefined && !run.aborted) this.#events.slow(first);
  }

  #look(): void {
    if (this.#run !== undefined) this.#learnAtSight(this.#run.waiting);
    const look = lookOnce();
    const targets = [...(this.#run?.waiting ?? this.#targets.all())];
    this.#markMoved(targets.filter((target) => !this.#queue.isStale(target) && target.snapshot.moved(look)));
    this.#lookAtSettings(look);
    this.#pump();
  }

  /** What a guest includes is known when it has ended; of those that have not it is read here. */
  #learnAtSight(waiting: Iterable<Target>): void {
    const unknown = [...waiting].filter((target) => !this.#sighted.has(target)).slice(0, SIGHTS);
    for (const target of unknown) {
      this.#sighted.add(target);
      const { files, absent } = this.#project.suite.filesAtSight(target.source);
      if (!this.#targets.learn(target, { files: [...target.files, ...files], absent })) continue;
      target.snapshot.include(target.files);
      this.#upkeep.namesMoved();
    }
  }

  #lookAtSettings(look: Look): void {
    if (!this.#project.settingsMoved(look)) return;
    this.#settingsMoved = true;
    this.#run?.abort();
  }

  #prepare(): void {
    if (this.#run !== undefined || this.#closed) return;
    this.#project.suite.renew();
    // Where that fails, the next run starts NASM itself and says why it cannot.
    prepareShell().catch(() => undefined);
  }

  /** Follows names that came or went: sources, goldens, inputs, folders. @returns whether there may be more */
  async #follow(): Promise<boolean> {
    this.#refresh();
    const files = new Set([...this.#project.settingsFiles, ...this.#targets.files()]);
    const folders = this.#project.folders(Array.from(this.#targets.all(), ({ source }) => source));
    // In a folder that was not watched until now anything may have come meanwhile.
    const isMore = await this.#events.watch(files, folders);
    if (!this.#closed) this.#look();
    return isMore;
  }

  /** Finds sources, goldens and inputs that came or went. */
  #refresh(): void {
    let changes: ReturnType<Targets['update']>;
    try {
      this.#project.suite.refresh();
      changes = this.#targets.update(this.#project.sources());
    } catch (error) {
      this.#events.problem(error);
      return;
    }
    const { stale, missing, gone } = changes;
    this.#queue.remove(gone);
    if (missing.some((target) => this.#run?.waiting.has(target))) this.#run?.abort();
    if (missing.length > 0) setTimeout(() => this.#upkeep.namesMoved(), GONE_MS + 1);
    if (gone.length > 0) this.#events.gone(gone);
    this.#markStale(stale);
    this.#pump();
  }

  /** Whether a source, golden or input came or went there. */
  #isNews(path: string): boolean {
    return /\.(?:asm|golden|in)$/.test(path) && existsSync(path) !== this.#targets.knows(path);
  }

  async #reopen(): Promise<void> {
    this.#settingsMoved = false;
    try {
      const isOther = await this.#project.reopen();
      this.#events.settings(undefined);
      if (!isOther) return;
      this.#refresh();
      this.#markStale([...this.#targets.all()]);
      this.#upkeep.namesMoved();
    } catch (error) {
      this.#events.settings(error);
    }
  }
}

/** Whether a case is not as it should be. */
export function isBad({ status }: Target['verdicts'][number]): boolean {
  return status === 'failed' || status === 'error';
}

function lastDifference(targets: readonly Target[]): PendingGolden[] | undefined {
  const verdicts = targets.flatMap((target) => target.verdicts);
  const pending = verdicts.map((verdict) => (verdict.status === 'failed' ? verdict.pending : []));
  return pending
    .map((goldens) => goldens.filter(({ expected }) => expected !== undefined))
    .findLast((goldens) => goldens.length > 0);
}
