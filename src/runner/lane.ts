import type { FileSignature } from '../file-signature.ts';
import type { CaseError, Verdict } from '../golden/verdict.ts';
import type { Hypervisor } from '../hypervisor/hypervisor.ts';
import { endShells } from '../nasm/shells.ts';
import { caseError } from './case-error.ts';
import type { Guest, GuestFiles, NasmSettings, RunnableCase, SuiteSource } from './guest.ts';
import { type PreparedGuest, prepareGuest, wholeCase } from './prepare-guest.ts';
import { ReusedMachines } from './reused-machines.ts';
import { type CaseSettings, runCase } from './run-case.ts';
import { decodeGuest } from './stored-guest.ts';
import type { SuiteStore } from './suite-store.ts';

/** How a lane runs what it is given. Plain data: it goes to workers. */
export interface LaneSettings extends CaseSettings {
  /** About how many guests each lane will have. */
  guestsToCome: number;
  nasm: NasmSettings;
  /** Only cases whose names this regular expression finds. */
  name: string | undefined;
  /** Only these cases, by their names; the path of a source stands for all of its cases. */
  only: readonly string[] | undefined;
}

/** For so many guests it pays to change a machine at once: closing it right after that costs 15 ms. */
const MANY_GUESTS = 50;

/** What became of one source. Plain data. */
export interface SourceReport extends GuestFiles {
  source: string;
  /** One for each case that was chosen, in the order of the source. */
  verdicts: readonly Verdict[];
  /** All of them together. */
  durationMs: number;
  /** The stems of all its cases, chosen or not; `undefined` when they are not known. */
  caseStems: readonly string[] | undefined;
  /** Its guest, to be kept for the next run. */
  record: Uint8Array | undefined;
}

/** One thread's means to run sources, one after the other: machines that are used again. */
export class Lane implements Disposable {
  readonly #hypervisor: Hypervisor;
  readonly #machines: ReusedMachines;
  #settings: LaneSettings;
  #store: SuiteStore;
  #seen: Map<string, FileSignature | undefined> = new Map();
  #name: RegExp | undefined;
  #only: ReadonlySet<string> | undefined;

  constructor(hypervisor: Hypervisor, settings: LaneSettings, store: SuiteStore) {
    this.#hypervisor = hypervisor;
    this.#machines = new ReusedMachines(hypervisor);
    this.#settings = settings;
    this.#store = store;
    this.begin(settings, store);
  }

  /** A new run: what was seen of the disk in an earlier one no longer counts. */
  begin(settings: LaneSettings, store: SuiteStore): void {
    this.#settings = settings;
    this.#store = store;
    this.#seen = new Map();
    if (settings.guestsToCome >= MANY_GUESTS) this.#machines.coalesceSerialAfter = 0;
    this.#name = settings.name === undefined ? undefined : new RegExp(settings.name, 'i');
    this.#only = settings.only === undefined ? undefined : new Set(settings.only);
  }

  /** Makes a source ready: at once when it is known and unchanged, else with the assembler. Never throws. */
  prepare(source: SuiteSource, signal: AbortSignal): PreparedGuest | Promise<PreparedGuest> {
    const record = this.#store.record(source.path);
    const known = record === undefined ? undefined : decodeGuest(record, source, this.#seen);
    if (known === undefined) return prepareGuest(source, this.#settings.nasm, signal);
    return { ...known, error: undefined, record: undefined };
  }

  /** Runs a source's cases. After an abort the report is not complete. Never throws. */
  async run(source: SuiteSource, prepared: PreparedGuest, signal: AbortSignal): Promise<SourceReport> {
    const { guest, files, absent, record } = prepared;
    const report = { source: source.path, files, absent, record };
    if (guest === undefined) {
      const verdicts = prepared.error === undefined ? [] : [errorVerdict(source, prepared.error)];
      return { ...report, verdicts, durationMs: 0, caseStems: undefined };
    }
    const verdicts: Verdict[] = [];
    let durationMs = 0;
    for (const runnable of guest.cases) {
      if (!this.#isChosen(runnable)) continue;
      const verdict = await this.#runCase(guest, runnable, signal);
      if (signal.aborted) break;
      verdicts.push(verdict);
      durationMs += verdict.durationMs;
    }
    return { ...report, verdicts, durationMs, caseStems: guest.cases.map(({ testCase }) => testCase.stem) };
  }

  /** Gets a machine ready for the next guest, while nobody waits. */
  renew(): void {
    this.#machines.renew();
  }

  [Symbol.dispose](): void {
    this.#machines[Symbol.dispose]();
    endShells();
  }

  #isChosen({ testCase }: RunnableCase): boolean {
    if (this.#name !== undefined && !this.#name.test(testCase.name)) return false;
    return this.#only === undefined || this.#only.has(testCase.name) || this.#only.has(testCase.source);
  }

  async #runCase(guest: Guest, runnable: RunnableCase, signal: AbortSignal): Promise<Verdict> {
    try {
      const place = { hypervisor: this.#hypervisor, machines: this.#machines, signal };
      return await runCase(place, guest, runnable, this.#settings);
    } catch (cause) {
      return {
        status: 'error',
        case: runnable.testCase,
        durationMs: 0,
        attempts: 1,
        error: caseError(cause),
      };
    }
  }
}

function errorVerdict(source: SuiteSource, error: CaseError): Verdict {
  return { status: 'error', case: wholeCase(source), durationMs: 0, attempts: 1, error };
}
