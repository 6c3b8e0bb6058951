import { describePresence, describeSearch } from './expectation-notes.ts';
import type { Expectation } from './plan.ts';
import { withinTime } from './time-limit.ts';
import type { FailureReason } from './verdict.ts';
import { quote } from './visible.ts';

/** How long the expectations of one run may take when a regular expression is among them. */
const REGEX_LIMIT_MS = 1000;

/** The first expectation that is not met. */
type Miss =
  /** It was looked for from `from` on. */
  | { kind: 'missing'; expectation: Expectation; from: number }
  /** It must not be there, and begins at `at`. */
  | { kind: 'present'; expectation: Expectation; at: number }
  | { kind: 'too-slow'; expectation: Expectation };

type ExpectationReason = Extract<FailureReason, { kind: 'expectation' }>;

interface Scan {
  text: string;
  expectations: readonly Expectation[];
  /** Where the scan is, for when it is stopped from outside. */
  index: number;
}

/**
 * Looks for what a source's `; expect:` comments ask of the serial output, in their order, each from where
 * the last one was found. What `expect-not` names must not stand between what its neighbours found.
 * Only the first that is not met is reported; those behind it mean nothing then.
 *
 * The output is read as UTF-8; what is not becomes U+FFFD.
 */
export function checkExpectations(
  expectations: readonly Expectation[],
  output: Uint8Array,
): ExpectationReason | undefined {
  if (expectations.length === 0) return undefined;
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(output);
  const scan: Scan = { text, expectations, index: 0 };
  const miss = expectations.some(({ kind }) => kind === 'regex') ? findInTime(scan) : findMiss(scan);
  return miss === undefined ? undefined : describeMiss(miss, text);
}

/** A regular expression can take time without end on the output of a hostile guest. */
function findInTime(scan: Scan): Miss | undefined {
  const result = withinTime(REGEX_LIMIT_MS, () => ({ miss: findMiss(scan) }));
  if (result !== undefined) return result.miss;
  const expectation = scan.expectations[scan.index];
  return expectation === undefined ? undefined : { kind: 'too-slow', expectation };
}

function findMiss(scan: Scan): Miss | undefined {
  const { text, expectations } = scan;
  let from = 0;
  let unwanted: Expectation[] = [];
  for (; scan.index < expectations.length; scan.index += 1) {
    const expectation = expectations[scan.index];
    if (expectation === undefined) break;
    if (expectation.kind === 'not') {
      unwanted.push(expectation);
      continue;
    }
    const found = find(expectation, text, from);
    if (found === undefined) return { kind: 'missing', expectation, from };
    const present = findUnwanted(unwanted, text, from, found.start);
    if (present !== undefined) return present;
    unwanted = [];
    from = found.end;
  }
  return findUnwanted(unwanted, text, from, text.length);
}

function find(
  { kind, pattern }: Expectation,
  text: string,
  from: number,
): { start: number; end: number } | undefined {
  if (kind === 'regex') {
    const regex = new RegExp(pattern, 'gmu');
    regex.lastIndex = from;
    const match = regex.exec(text);
    return match === null ? undefined : { start: match.index, end: match.index + match[0].length };
  }
  const start = text.indexOf(pattern, from);
  return start === -1 ? undefined : { start, end: start + pattern.length };
}

function findUnwanted(
  unwanted: readonly Expectation[],
  text: string,
  from: number,
  to: number,
): Miss | undefined {
  const between = text.slice(from, to);
  for (const expectation of unwanted) {
    const at = between.indexOf(expectation.pattern);
    if (at !== -1) return { kind: 'present', expectation, at: from + at };
  }
  return undefined;
}

function describeMiss(miss: Miss, text: string): ExpectationReason {
  const { expectation } = miss;
  const { line } = expectation;
  const shown = show(expectation);
  switch (miss.kind) {
    case 'missing': {
      const where = miss.from === 0 ? 'the output' : 'the rest of the output';
      const message = `${shown} is not in ${where}`;
      return { kind: 'expectation', line, message, notes: describeSearch(expectation, text, miss.from) };
    }
    case 'present': {
      const message = `${shown} is in the output`;
      return { kind: 'expectation', line, message, notes: describePresence(text, miss.at) };
    }
    case 'too-slow':
      return {
        kind: 'expectation',
        line,
        message: `${shown} was not decided within ${REGEX_LIMIT_MS} ms`,
        notes: ['Repeats within repeats, such as (a+)+, can take time without end: write it without them.'],
      };
  }
}

function show({ kind, pattern }: Expectation): string {
  switch (kind) {
    case 'text':
      return `expect: ${quote(pattern)}`;
    case 'not':
      return `expect-not: ${quote(pattern)}`;
    case 'regex':
      return `expect-re: /${quote(pattern).slice(1, -1)}/`;
  }
}
