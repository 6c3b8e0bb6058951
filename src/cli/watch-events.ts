import type { Target } from './watch-targets.ts';

/** What a watch session tells its owner. */
export interface SessionEvents {
  /** A run of these begins. */
  begin(targets: readonly Target[]): void;
  /** There are verdicts that hold for the files as they are now. */
  report(target: Target): void;
  /** The run takes a while: it waits for this one, among others. */
  slow(target: Target): void;
  /** The run is over, and none follows at once. */
  rest(): void;
  /** Guests that are not there any more. */
  gone(targets: readonly Target[]): void;
  /** The settings of the project cannot be used for this reason; `undefined`: they can. */
  settings(problem: unknown): void;
  /** Nothing could be run, or looked at, for this reason. */
  problem(error: unknown): void;
  /** The files and folders that the session must hear of, absolute; resolves as `Watcher.watch` does. */
  watch(files: ReadonlySet<string>, folders: ReadonlySet<string>): Promise<boolean>;
}

/** Which guests a person wants to see. */
export interface Filter {
  /** Part of the source's path. */
  path: string;
  /** A regular expression for names of cases. */
  name: string;
}

export const NO_FILTER: Filter = { path: '', name: '' };
