import { GuestkitError } from '../errors.ts';
import { acceptPending } from '../golden/accept.ts';
import { CHANNELS, type Channel, GOLDEN_SUFFIXES } from '../golden/channels.ts';
import { compareBytes, copyOf } from '../golden/comparison.ts';
import { readRegularFile } from '../golden/files.ts';
import type { PendingGolden } from '../golden/verdict.ts';
import { describeOutcome } from '../machine/describe-outcome.ts';
import { endedByItself } from '../machine/outcome.ts';
import { reasonLines } from '../report/details.ts';
import { oneLine } from '../report/text.ts';
import { failedVerdict, newVerdict } from './golden-verdict.ts';
import { type GuestRun, originOf } from './guest-run.ts';
import { type MatcherContext, type MatcherResult, nameOf, runLines } from './matcher.ts';

/** Which goldens a test run writes: also those that differ, only those that are not there yet, or none. */
export type UpdateMode = 'all' | 'new' | 'none';

/** What became of a golden, as test runs count it. */
export type GoldenFate = 'added' | 'updated' | 'matched' | 'unmatched';

export interface GoldenContext extends MatcherContext {
  mode: UpdateMode;
  count(fate: GoldenFate): void;
}

/** As for test cases. */
const GOLDEN_LIMIT = 64 * 2 ** 20;

const WHAT = { serial: 'what it printed', debug: 'what it wrote to the debug console' } as const;

/** A golden and what it is compared with. */
interface Comparison {
  run: GuestRun;
  path: string;
  channel: keyof typeof WHAT;
  actual: Uint8Array;
}

/**
 * Whether what a guest printed is what its golden holds, byte for byte. A golden that is missing is written,
 * and one that differs replaced, where the context's mode says so; never from a guest that did not end by
 * itself. Such a guest matches nothing, unless its source asks for that ending.
 *
 * @param path of the golden, default that of the run's source; `.debug.golden` is one of the debug console
 * @throws GuestkitError `usage` without a path where there is no source, and for goldens of other channels;
 * `file` when the golden cannot be read or written
 */
export function matchGolden(run: GuestRun, path: string | undefined, context: GoldenContext): MatcherResult {
  const comparison = comparisonOf(run, path);
  const { outcome } = run;
  if (!endedByItself(outcome) && originOf(run)?.asked !== outcome.kind) {
    const head = `${nameOf(run)} ${describeOutcome(outcome)}, and is not compared with ${comparison.path}`;
    return failing(context, [head, ...runLines(run)]);
  }
  const expected = readRegularFile(comparison.path, GOLDEN_LIMIT);
  return expected === undefined
    ? matchMissing(comparison, context)
    : matchBytes(comparison, expected, context);
}

function comparisonOf(run: GuestRun, given: string | undefined): Comparison {
  const path = given ?? run.golden;
  if (path === undefined) {
    throw new GuestkitError('usage', 'toMatchGolden() does not know the golden of a guest without a source', {
      hint: "Name the file: toMatchGolden('goldens/hello.golden').",
    });
  }
  const channel = channelOf(path);
  if (channel === 'serial') return { run, path, channel, actual: run.output };
  if (channel === 'debug') return { run, path, channel, actual: run.debugOutput };
  throw new GuestkitError(
    'usage',
    `toMatchGolden() compares what was printed: ${oneLine(path)} is another golden`,
    {
      hint: 'guestkit test and Suite compare registers, memory and port accesses with their goldens.',
    },
  );
}

function channelOf(path: string): Channel {
  const others = CHANNELS.filter((channel) => channel !== 'serial');
  return others.find((channel) => path.endsWith(GOLDEN_SUFFIXES[channel])) ?? 'serial';
}

function matchMissing({ run, path, channel, actual }: Comparison, context: GoldenContext): MatcherResult {
  if (context.isNot) return failing(context, [`${path} is not there: nothing can differ from it`]);
  if (context.mode === 'none') {
    context.count('unmatched');
    return failing(context, [
      `${nameOf(run)} has no golden: ${path} is not there, and this run writes none`,
      ...runLines(run),
      'In CI none is written: run the tests on your machine, and commit the golden that they write.',
    ]);
  }
  const pending = { channel, path, expected: undefined, actual: copyOf(actual) };
  return accept(run, pending, 'added', context);
}

function matchBytes(
  { run, path, channel, actual }: Comparison,
  expected: Uint8Array,
  context: GoldenContext,
): MatcherResult {
  const { isNot, mode, style, count } = context;
  const failure = compareBytes(expected, actual)?.failure;
  const head = (is: string): string =>
    style('red', `${nameOf(run)}: ${WHAT[channel]} ${is} what ${oneLine(path)} holds`);
  if (failure === undefined) {
    count('matched');
    return { pass: true, message: () => head('is') };
  }
  const pending = { channel, path, expected, actual: copyOf(actual) };
  if (mode === 'all' && !isNot) return accept(run, pending, 'updated', context);
  count(isNot ? 'matched' : 'unmatched');
  return {
    pass: false,
    message() {
      const verdict = failedVerdict(run, { channel, path, ...failure }, pending);
      const lines = verdict.reasons.flatMap((reason) => reasonLines(reason, verdict.case, style));
      return [head('is not'), ...lines, 'If this is right now, accept it: vitest -u'].join('\n');
    },
  };
}

function accept(
  run: GuestRun,
  pending: PendingGolden,
  fate: GoldenFate,
  context: GoldenContext,
): MatcherResult {
  if (!endedByItself(run.outcome)) {
    return failing(context, [
      `${pending.path} was not written: ${nameOf(run)} ${describeOutcome(run.outcome)}`,
      'No golden is written from such a run, even where it is expected. Write the bytes into the file yourself; for none, an empty file will do.',
    ]);
  }
  acceptPending(newVerdict(run, pending));
  context.count(fate);
  return { pass: true, message: () => '' };
}

/** Fails, with `.not` as without it. */
function failing({ isNot, style }: MatcherContext, lines: readonly string[]): MatcherResult {
  const [head = '', ...rest] = lines;
  return { pass: isNot, message: () => [style('red', oneLine(head)), ...rest].join('\n') };
}
