/**
 * Matchers for guests: importing this module, or naming it in `setupFiles` of the vitest config, adds them to
 * vitest's `expect`.
 *
 * ```ts
 * import { runGuest } from 'guestkit';
 * import 'guestkit/vitest';
 * import { expect, test } from 'vitest';
 *
 * test('hello', async () => {
 *   const run = await runGuest('asm/hello.asm');
 *   expect(run).toExitWith(0);
 *   expect(run).toMatchGolden();
 * });
 * ```
 */
import { isMainThread } from 'node:worker_threads';
// Once more for its types: declarations keep only an import like this, and extend no module without one.
import 'vitest';
import { afterAll, expect } from 'vitest';
import { matchExit, matchHalt } from './library/match-ending.ts';
import { matchGolden } from './library/match-golden.ts';
import { matchPrint } from './library/match-print.ts';
import { requireRun } from './library/matcher.ts';
import { closeMachines } from './library/thread-machines.ts';
import { goldenContext, hinted, matcherContext } from './library/vitest-state.ts';

/** What `expect` of a {@link GuestRun} can do. */
export interface GuestMatchers {
  /**
   * What the guest printed on its serial port is, byte for byte, what its golden holds.
   *
   * The golden is that of the source, `asm/hello.golden` for `asm/hello.asm` unless the project's settings name
   * it otherwise, or the file that is named; one that ends in `.debug.golden` is compared with the debug
   * console. As vitest does with its snapshots: a golden that is missing is written, but not in CI, and with
   * `-u` one that differs is replaced. A guest that crashed or ran into its time limit never matches, unless
   * its source asks for that with `outcome=`; no golden is ever written from it.
   *
   * `.not`: the golden is there, and what was printed differs from it.
   */
  toMatchGolden(path?: string): void;
  /** The guest wrote this byte, 0 to 255, to the exit port. */
  toExitWith(code: number): void;
  /** The guest executed HLT. */
  toHalt(): void;
  /**
   * The guest printed this text, byte for byte in UTF-8, or something that the regular expression finds in its
   * output.
   */
  toPrint(expected: string | RegExp): void;
}

declare module 'vitest' {
  interface Assertion<T> extends GuestMatchers {}
}

expect.extend({
  toMatchGolden(received: unknown, path?: string) {
    return hinted(() => matchGolden(requireRun(received, 'toMatchGolden()'), path, goldenContext(this)));
  },
  toExitWith(received: unknown, code: number) {
    return hinted(() => matchExit(requireRun(received, `toExitWith(${code})`), code, matcherContext(this)));
  },
  toHalt(received: unknown) {
    return hinted(() => matchHalt(requireRun(received, 'toHalt()'), matcherContext(this)));
  },
  toPrint(received: unknown, expected: string | RegExp) {
    return hinted(() => matchPrint(requireRun(received, 'toPrint()'), expected, matcherContext(this)));
  },
});

// vitest ends a thread without a word to it, and what the thread has open stays open.
if (!isMainThread) afterAll(closeMachines);
