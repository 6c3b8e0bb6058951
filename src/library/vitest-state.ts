import { GuestkitError } from '../errors.ts';
import type { Style, StyleName } from '../report/style.ts';
import type { GoldenContext, GoldenFate, UpdateMode } from './match-golden.ts';
import type { MatcherContext, MatcherResult } from './matcher.ts';

/** What vitest gives a matcher as `this`, as far as it is used: vitest 3 and 4 have it alike. */
export interface VitestState {
  isNot: boolean;
  utils: Record<'EXPECTED_COLOR' | 'RECEIVED_COLOR' | 'DIM_COLOR' | 'BOLD_WEIGHT', (text: string) => string>;
  /** The snapshots of the test's file; other packages with snapshots of their own use it, too. */
  snapshotState?: unknown;
  task?: { id: string } | undefined;
}

/** What of them is used. vitest 4.1 gave `_updateSnapshot` a public name. */
type Snapshots = { snapshotUpdateState?: unknown; _updateSnapshot?: unknown } & {
  [Fate in GoldenFate]?: Counter;
};

/** How often something happened, by the test's id, so that a retry counts once. */
interface Counter {
  increment?(testId: string): void;
}

/** A failure with its hint in the message: that is what vitest shows. */
export function hinted(match: () => MatcherResult): MatcherResult {
  try {
    return match();
  } catch (error) {
    if (!(error instanceof GuestkitError) || error.hint === undefined) throw error;
    throw new GuestkitError(error.code, `${error.message}\n${error.hint}`, { cause: error.cause });
  }
}

/** vitest paints what is expected green and what came red; a golden's diff shows what is lost in red. */
const PAINTERS: Readonly<Partial<Record<StyleName, keyof VitestState['utils']>>> = {
  red: 'RECEIVED_COLOR',
  green: 'EXPECTED_COLOR',
  dim: 'DIM_COLOR',
  bold: 'BOLD_WEIGHT',
};

export function matcherContext({ isNot, utils }: VitestState): MatcherContext {
  const style: Style = (name, text) => {
    const painter = PAINTERS[name];
    return painter === undefined ? text : utils[painter](text);
  };
  return { isNot, style };
}

/** With what `-u` and CI mean to vitest, and the counts in its summary. */
export function goldenContext(state: VitestState): GoldenContext {
  const { task } = state;
  const snapshots = state.snapshotState as Snapshots | undefined;
  return {
    ...matcherContext(state),
    mode: updateMode(snapshots),
    count(fate) {
      if (task !== undefined) snapshots?.[fate]?.increment?.(task.id);
    },
  };
}

/** Where vitest does not say, outside of a test, nothing is written. */
function updateMode(snapshots: Snapshots | undefined): UpdateMode {
  const mode = snapshots?.snapshotUpdateState ?? snapshots?._updateSnapshot;
  return mode === 'all' || mode === 'new' ? mode : 'none';
}
