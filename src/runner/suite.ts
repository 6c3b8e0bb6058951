import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import type { Config } from '../config/config.ts';
import { type Findings, findSources } from '../config/find.ts';
import { loadConfig } from '../config/load.ts';
import { obsoleteGoldens } from '../golden/obsolete-goldens.ts';
import type { Verdict } from '../golden/verdict.ts';
import type { Hypervisor } from '../hypervisor/hypervisor.ts';
import { Kvm } from '../hypervisor/kvm/system.ts';
import { findNasm } from '../nasm/tool.ts';
import { affectedBy } from './affected.ts';
import { everySource, foldersOf, goldensIn, withCompanions } from './companions.ts';
import { filesAtSight } from './files-at-sight.ts';
import type { GuestFiles, SuiteSource } from './guest.ts';
import type { LaneSettings, SourceReport } from './lane.ts';
import { lanesFor } from './lanes-for.ts';
import { Pool } from './pool.ts';
import { cutOf, type Shard, shardOf } from './shard.ts';
import { type History, SuiteStore } from './suite-store.ts';
import { workerFile } from './worker-file.ts';

/** Which test cases of a suite are meant. All parts must hold; what is left out leaves nothing out. */
export interface Selection {
  /** Sources whose path contains one of these; a source named in full is taken even when it is in no suite. */
  filters?: readonly string[] | undefined;
  /** Cases whose names this regular expression finds, in whatever case. */
  name?: string | undefined;
  /** Sources that one of these files decides about, by absolute path. */
  changed?: ReadonlySet<string> | undefined;
  /** Cases that did not pass when they last ran, and all of a source that could not be prepared. */
  failed?: boolean | undefined;
  shard?: Shard | undefined;
}

/** How the test cases of a suite are run. */
export interface SuiteRun {
  /** How many guests run at a time; default what the project's settings say, else one for each CPU. */
  jobs?: number | undefined;
  /** A case that fails is tried again this often; default 0. */
  retries?: number | undefined;
  /** Every case is run this often; default 1. */
  repetitions?: number | undefined;
  /** Verdicts come with what a person wants to see besides; default not. */
  witness?: boolean | undefined;
  /** Each report comes as soon as it is there, those of slow guests last; default in the sources' order. */
  asTheyCome?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** Sources that were chosen, and of them the cases, where only some were: by name, or all by their source's path. */
export interface Chosen {
  sources: readonly SuiteSource[];
  name: string | undefined;
  only: readonly string[] | undefined;
  /** Tells how the suite was cut, where a shard was asked for. */
  cut?: string | undefined;
}

/** Part of the store's key, so that records of another layout are never taken for this one's. */
const FORMAT = 'guestkit suite 1';

/** What {@link Suite.open} knows. */
interface Opening {
  /** To be closed with the suite. */
  owned: Disposable | undefined;
  ahead: { jobs: number | undefined } | undefined;
}

/** The test cases of the project in the current folder. */
export class Suite implements AsyncDisposable {
  readonly config: Config;
  #findings: Findings;
  #sources: readonly SuiteSource[];
  readonly #owned: Disposable | undefined;
  readonly #store: SuiteStore;
  readonly #pool: Pool;
  /** What the runs of this suite told of the cases of each source. */
  readonly #caseStems: Map<string, readonly string[] | undefined> = new Map();

  private constructor(hypervisor: Hypervisor, config: Config, { owned, ahead }: Opening) {
    this.config = config;
    this.#owned = owned;
    this.#store = SuiteStore.open(storeKey(config));
    this.#pool = new Pool(hypervisor, workerFile());
    if (ahead !== undefined) this.#startThreads(ahead.jobs);
    this.#findings = findSources('.', config);
    this.#sources = withCompanions(this.#findings.sources, config.goldenStem, this.#findings.folders);
  }

  /**
   * Reads the project's settings and finds its sources.
   * @param hypervisor what the guests of this thread run on, if one is open already; its owner closes it, after
   * the suite
   * @param ahead everything will be run in so many jobs: threads that this is worth start while the sources
   * are looked for
   * @throws GuestkitError `config`, `file`, and `host` where no guest can run
   */
  static async open(hypervisor?: Hypervisor, ahead?: { jobs: number | undefined }): Promise<Suite> {
    const config = await loadConfig('.');
    if (hypervisor !== undefined) return new Suite(hypervisor, config, { owned: undefined, ahead });
    const kvm = Kvm.open();
    try {
      return new Suite(kvm, config, { owned: kvm, ahead });
    } catch (error) {
      kvm[Symbol.dispose]();
      throw error;
    }
  }

  /** Looks at the disk again: sources, goldens and inputs that came or went. The settings stay. */
  refresh(): void {
    this.#findings = findSources('.', this.config);
    this.#sources = withCompanions(this.#findings.sources, this.config.goldenStem, this.#findings.folders);
  }

  /** The sources that the settings select, whether they turn out to be test cases or not. */
  get sources(): readonly SuiteSource[] {
    return this.#sources;
  }

  /** The folders in which sources and their goldens come and go, from the project's folder. */
  get folders(): string[] {
    const { goldenRoot, roots } = this.config;
    return [
      ...new Set([
        ...roots,
        ...(goldenRoot === undefined ? [] : [goldenRoot]),
        ...this.#findings.folders.keys(),
      ]),
    ];
  }

  /** Sources by their paths, as they were named, whether there are such files or not. */
  named(paths: readonly string[]): SuiteSource[] {
    const here = [...new Set(paths.map(fromHere))];
    const around = here.flatMap((path) => [path, this.config.goldenStem(path)]);
    const sources = withCompanions(here, this.config.goldenStem, foldersOf(around));
    return sources.map((source) => ({ ...source, named: true }));
  }

  /** The files that decide about a source's verdicts, as far as its text tells before it is built. */
  filesAtSight(source: SuiteSource): GuestFiles {
    return filesAtSight(source, this.config.nasm.includePaths);
  }

  /** The sources that a selection is about, in their order. */
  choose(selection: Selection = {}): Chosen {
    const { filters = [], name, changed, failed, shard } = selection;
    let sources = filters.length === 0 ? this.#sources : this.#filtered(filters);
    if (changed !== undefined && !this.#settingsChanged(changed)) {
      sources = affectedBy(changed, sources, this.config.nasm.includePaths);
    }
    let only: string[] | undefined;
    if (failed === true) {
      const failures = (path: string): readonly string[] => this.#store.history(path)?.failed ?? [];
      only = sources.flatMap(({ path }) => failures(path));
      sources = sources.filter(({ path }) => failures(path).length > 0);
    }
    const cut = shard === undefined ? undefined : cutOf(sources, shard.count, this.#store);
    if (shard !== undefined) sources = shardOf(sources, shard, this.#store);
    return { sources, name, only, cut };
  }

  /** Runs what was chosen, and gives a report of each source in the sources' order. */
  async *run(chosen: Chosen, run: SuiteRun = {}): AsyncGenerator<SourceReport> {
    const { config } = this;
    const { sources } = chosen;
    const lanes = lanesFor(sources, this.#store, run.jobs ?? config.jobs);
    const settings: LaneSettings = {
      guestsToCome: Math.round(sources.length / lanes),
      nasm: config.nasm,
      timeoutMs: config.timeoutMs,
      memoryBytes: config.memoryBytes,
      retries: run.retries ?? 0,
      repetitions: run.repetitions ?? 1,
      witness: run.witness ?? false,
      name: chosen.name,
      only: chosen.only,
    };
    const signal = run.signal ?? new AbortController().signal;
    const only = chosen.only === undefined ? undefined : new Set(chosen.only);
    const request = {
      sources,
      settings,
      store: this.#store,
      lanes,
      asTheyCome: run.asTheyCome ?? false,
      signal,
    };
    for await (const report of this.#pool.run(request)) {
      this.#remember(report, chosen.name === undefined && only?.has(report.source) !== false);
      yield report;
    }
  }

  /**
   * Goldens that belong to no test case. Only a run of everything tells all of them; those of a source that did
   * not run, or that has an error, count as needed.
   */
  obsoleteGoldens(): string[] {
    const owners = this.#sources.map(({ path, stem }) => ({ stem, caseStems: this.#caseStems.get(path) }));
    const found = obsoleteGoldens(goldensIn(this.#findings.folders), owners);
    if (found.length === 0) return found;
    // Sources that the settings leave out have goldens too, and somebody else's run may need them.
    const others = everySource(this.config.roots).map((path) => this.config.goldenStem(path));
    const known = new Set(this.#sources.map(({ stem }) => stem));
    const strangers = others.filter((stem) => !known.has(stem));
    return obsoleteGoldens(found, [...owners, ...strangers.map((stem) => ({ stem, caseStems: undefined }))]);
  }

  /** Gets a machine ready for the next run, while nobody waits. */
  renew(): void {
    this.#pool.renew();
  }

  /** Keeps what was learned for the next run, but for sources that are gone. */
  save(): void {
    const known = new Set(this.#sources.map(({ path }) => path));
    for (const path of [...this.#store.sources()]) {
      if (!known.has(path) && !existsSync(path)) this.#store.forget(path);
    }
    this.#store.save();
  }

  /** Ends the threads and closes the machines. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
    this.#owned?.[Symbol.dispose]();
  }

  #startThreads(jobs: number | undefined): void {
    const sources = Array.from(this.#store.sources(), (path) => ({ path }));
    this.#pool.hire(lanesFor(sources, this.#store, jobs ?? this.config.jobs) - 1);
  }

  /** @param isAllChosen whether none of the source's cases was left out */
  #remember(report: SourceReport, isAllChosen: boolean): void {
    const { source, verdicts, record, caseStems, durationMs } = report;
    this.#caseStems.set(source, caseStems);
    if (record !== undefined) this.#store.keepRecord(source, record);
    const before = this.#store.history(source);
    if (caseStems === undefined) {
      // Which of its cases fail shows when it can be prepared again.
      const failed = verdicts.length > 0 ? [source] : [];
      this.#store.keepHistory(source, { durationMs: before?.durationMs ?? durationMs, failed });
      return;
    }
    const bad = verdicts.filter(({ status }) => status === 'failed' || status === 'error');
    const failed = bad.map((verdict) => verdict.case.name);
    const others = isAllChosen ? [] : failedOthers(before, verdicts);
    this.#store.keepHistory(source, {
      durationMs: isAllChosen || before === undefined ? durationMs : before.durationMs,
      failed: others.length === 0 ? failed : [...others, ...failed],
    });
  }

  /** Whether the file with the project's settings is among them: it decides about everything. */
  #settingsChanged(changed: ReadonlySet<string>): boolean {
    const { file } = this.config;
    return file !== undefined && [...changed].some((path) => relative('.', path) === file);
  }

  #filtered(filters: readonly string[]): SuiteSource[] {
    const texts = filters.flatMap((filter) => [filter, fromHere(filter)]);
    const named = new Set(
      filters.filter((filter) => filter.endsWith('.asm') && existsSync(filter)).map(fromHere),
    );
    const chosen = this.#sources.filter(({ path }) => texts.some((text) => path.includes(text)));
    const known = new Set(chosen.map(({ path }) => path));
    const others = [...named].filter((path) => !known.has(path));
    const around = others.flatMap((path) => [path, this.config.goldenStem(path)]);
    const strangers = withCompanions(others, this.config.goldenStem, foldersOf(around));
    return [...chosen, ...strangers].map((source) =>
      named.has(source.path) ? { ...source, named: true } : source,
    );
  }
}

/** The cases that failed before and did not run now. */
function failedOthers(before: History | undefined, verdicts: readonly Verdict[]): readonly string[] {
  const ran = new Set(verdicts.map((verdict) => verdict.case.name));
  return (before?.failed ?? []).filter((name) => !ran.has(name));
}

/** What a record depends on beside files. */
function storeKey({ nasm }: Config): string {
  const { NASMENV = '' } = process.env;
  return JSON.stringify([FORMAT, process.cwd(), findNasm()?.identity, nasm, NASMENV]);
}

/** A path as the sources' own are written: `./asm//x.asm` and `/home/me/project/asm/x.asm` become `asm/x.asm`. */
function fromHere(path: string): string {
  return relative('.', path) + (path.endsWith('/') ? '/' : '');
}
