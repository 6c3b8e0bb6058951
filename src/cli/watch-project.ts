import { resolve } from 'node:path';
import { SETTINGS_FILES } from '../config/present.ts';
import type { SuiteSource } from '../runner/guest.ts';
import type { Suite } from '../runner/suite.ts';
import { type Look, Snapshot } from '../watch/snapshot.ts';

/** More files than these are only counted. */
const NAMED_FILES = 4;

/** The project under watch: its suite as its settings have it now, and what of it is meant. */
export class WatchedProject {
  readonly #openSuite: () => Promise<Suite>;
  readonly #arguments: readonly string[];
  #suite: Suite;
  #settings: Snapshot;

  private constructor(
    openSuite: () => Promise<Suite>,
    suite: Suite,
    settings: Snapshot,
    words: readonly string[],
  ) {
    this.#openSuite = openSuite;
    this.#suite = suite;
    this.#settings = settings;
    this.#arguments = words;
  }

  /**
   * @param words sources to be watched, or parts of their paths; none: all of the suite
   * @throws what `openSuite` does
   */
  static async open(openSuite: () => Promise<Suite>, words: readonly string[]): Promise<WatchedProject> {
    const settings = new Snapshot(settingsFiles());
    return new WatchedProject(openSuite, await openSuite(), settings, words);
  }

  get suite(): Suite {
    return this.#suite;
  }

  /** What is watched, for a person: `asm/x.asm`, or the settings' globs. */
  get title(): string {
    const words = this.#arguments;
    if (words.length > NAMED_FILES) return `${words.length} files`;
    return (words.length === 0 ? this.#suite.config.include : words).join(', ');
  }

  /** The sources that are meant and are there; those that were named also where they are not. */
  sources(): readonly SuiteSource[] {
    const suite = this.#suite;
    if (this.#arguments.length === 0) return suite.sources;
    const named = suite.named(this.#arguments.filter(isFile));
    const filters = this.#arguments.filter((word) => !isFile(word));
    if (filters.length === 0) return named;
    const known = new Set(named.map(({ path }) => path));
    return [...named, ...suite.choose({ filters }).sources.filter(({ path }) => !known.has(path))];
  }

  /** Where such sources, or goldens and inputs of these, come and go; absolute. */
  folders(sources: Iterable<SuiteSource>): Set<string> {
    const folders = new Set(Array.from(sources, ({ stem }) => resolve(stem, '..')));
    if (this.#arguments.length > 0 && this.#arguments.every(isFile)) return folders;
    for (const folder of this.#suite.folders) folders.add(resolve(folder));
    return folders;
  }

  /** The files that have its settings or might; absolute. */
  get settingsFiles(): readonly string[] {
    return settingsFiles();
  }

  /** Whether one of them is another than when this was asked last. */
  settingsMoved(look?: Look): boolean {
    const hasMoved = this.#settings.moved(look);
    if (hasMoved) this.#settings = new Snapshot(settingsFiles());
    return hasMoved;
  }

  /**
   * Takes over the settings that are there now; where they cannot be used, the old ones stay. No run may be under way.
   * @returns whether there are settings, or were
   * @throws as `Suite.open`
   */
  async reopen(): Promise<boolean> {
    const suite = await this.#openSuite();
    const before = this.#suite;
    const isOther = suite.config.file !== undefined || before.config.file !== undefined;
    const [kept, left] = isOther ? [suite, before] : [before, suite];
    this.#suite = kept;
    if (isOther) left.save();
    await left[Symbol.asyncDispose]();
    return isOther;
  }

  /** Keeps what was learned, and ends the threads. */
  async close(): Promise<void> {
    this.#suite.save();
    await this.#suite[Symbol.asyncDispose]();
  }
}

/** Whether a word names a file, rather than being a part of paths. */
function isFile(word: string): boolean {
  return word.endsWith('.asm') || word.endsWith('.bin');
}

function settingsFiles(): string[] {
  return SETTINGS_FILES.map((file) => resolve(file));
}
