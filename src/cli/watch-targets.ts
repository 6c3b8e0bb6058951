import { resolve } from 'node:path';
import { now } from '../clock.ts';
import type { Verdict } from '../golden/verdict.ts';
import type { GuestFiles, SuiteSource } from '../runner/guest.ts';
import { type Look, lookOnce, Snapshot } from '../watch/snapshot.ts';

/** A source under watch, and what is known of it. */
export interface Target {
  readonly path: string;
  source: SuiteSource;
  /** What decides about its verdicts, and places where a new file would; absolute paths. */
  files: ReadonlySet<string>;
  /** The state of the files when its last run began. */
  snapshot: Snapshot;
  /** Those of its last run. */
  verdicts: readonly Verdict[];
  /** Since when there is no such file, in milliseconds of `now()`; it may be on its way. */
  missingSince: number | undefined;
}

/** A file that is away for as long is deleted. */
export const GONE_MS = 60;

/** What {@link Targets.update} found. */
export interface TargetChanges {
  /** New ones, and those whose goldens or inputs are others. */
  stale: readonly Target[];
  /** Those that are missing from now on. */
  missing: readonly Target[];
  /** Those that have been missing for long enough; they are no targets any more. */
  gone: readonly Target[];
}

/** The sources under watch. */
export class Targets {
  #byPath: Map<string, Target> = new Map();
  /** Whose files a path is among. */
  readonly #byFile: Map<string, Set<Target>> = new Map();

  /** In the order of the suite. */
  all(): Iterable<Target> {
    return this.#byPath.values();
  }

  get(path: string): Target | undefined {
    return this.#byPath.get(path);
  }

  /** Those whose files are among these. */
  touchedBy(paths: Iterable<string>): Set<Target> {
    const touched = new Set<Target>();
    for (const path of paths) {
      for (const target of this.#byFile.get(path) ?? []) touched.add(target);
    }
    return touched;
  }

  /** Whether a path is that of a file of any of them, or a place where one would be. */
  knows(path: string): boolean {
    return this.#byFile.has(path);
  }

  /** The files of all of them. */
  files(): Iterable<string> {
    return this.#byFile.keys();
  }

  /**
   * Makes these sources the targets. One that is no longer there stays for a while: editors and git take files
   * away and put others in their place.
   */
  update(sources: readonly SuiteSource[]): TargetChanges {
    const time = now();
    const before = this.#byPath;
    const look = lookOnce();
    const stale: Target[] = [];
    this.#byPath = new Map();
    for (const source of sources) {
      const known = before.get(source.path);
      before.delete(source.path);
      const target = known ?? this.#create(source, look);
      this.#byPath.set(source.path, target);
      target.missingSince = undefined;
      if (known !== undefined && isSame(known.source, source)) continue;
      target.source = source;
      if (known !== undefined) this.#setFiles(target, pathsOf(source, [...known.files]));
      stale.push(target);
    }
    const left = [...before.values()];
    const missing = left.filter(({ missingSince }) => missingSince === undefined);
    for (const target of missing) target.missingSince = time;
    const gone = left.filter(({ missingSince = time }) => time - missingSince >= GONE_MS);
    for (const target of left) {
      if (gone.includes(target)) this.#setFiles(target, new Set());
      else this.#byPath.set(target.path, target);
    }
    return { stale, missing, gone };
  }

  /** Notes what a run told of a target's files. @returns whether they are others than before */
  learn(target: Target, { files, absent }: GuestFiles): boolean {
    const before = target.files;
    this.#setFiles(target, pathsOf(target.source, [...files, ...absent]));
    return before.size !== target.files.size || [...target.files].some((file) => !before.has(file));
  }

  #create(source: SuiteSource, look: Look): Target {
    const files = pathsOf(source, []);
    const snapshot = new Snapshot(files, look);
    const none: ReadonlySet<string> = new Set();
    const target: Target = {
      path: source.path,
      source,
      files: none,
      snapshot,
      verdicts: [],
      missingSince: undefined,
    };
    this.#setFiles(target, files);
    return target;
  }

  #setFiles(target: Target, files: ReadonlySet<string>): void {
    for (const path of target.files) {
      if (files.has(path)) continue;
      const owners = this.#byFile.get(path);
      owners?.delete(target);
      if (owners?.size === 0) this.#byFile.delete(path);
    }
    for (const path of files) {
      const owners = this.#byFile.get(path);
      if (owners === undefined) this.#byFile.set(path, new Set([target]));
      else owners.add(target);
    }
    target.files = files;
  }
}

function pathsOf(source: SuiteSource, others: readonly string[]): ReadonlySet<string> {
  return new Set([source.path, ...source.companions, ...others].map((path) => resolve(path)));
}

function isSame(one: SuiteSource, other: SuiteSource): boolean {
  if (one.named !== other.named || one.companions.length !== other.companions.length) return false;
  return one.companions.every((path, index) => path === other.companions[index]);
}
