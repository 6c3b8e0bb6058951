import { GuestkitError } from '../errors.ts';
import { describePresence, describeSearch } from '../golden/expectation-notes.ts';
import type { Expectation } from '../golden/plan.ts';
import { withinTime } from '../golden/time-limit.ts';
import { quote } from '../golden/visible.ts';
import { describeOutcome } from '../machine/describe-outcome.ts';
import { endedByItself } from '../machine/outcome.ts';
import { indent } from '../report/text.ts';
import { explainRun } from './explain-run.ts';
import type { GuestRun } from './guest-run.ts';
import { type MatcherContext, type MatcherResult, nameOf } from './matcher.ts';

/** How long a regular expression may look at what a guest printed. */
const REGEX_LIMIT_MS = 1000;
/** How much of what was asked for a message quotes. */
const SHOWN_LENGTH = 100;

/**
 * Whether a guest printed a text, byte for byte in UTF-8, or something that a regular expression finds in its
 * output read as UTF-8.
 * @throws GuestkitError `usage` for an empty text, and for a regular expression that takes too long
 */
export function matchPrint(
  run: GuestRun,
  wanted: string | RegExp,
  { isNot, style }: MatcherContext,
): MatcherResult {
  if (wanted === '') {
    throw new GuestkitError('usage', "toPrint(''): every guest prints that", {
      hint: "To check that it printed nothing: expect(run.text).toBe('').",
    });
  }
  const at = typeof wanted === 'string' ? findText(run, wanted) : findRegex(run, wanted);
  const shown =
    typeof wanted === 'string' ? quote(wanted, SHOWN_LENGTH) : `/${wanted.source}/${wanted.flags}`;
  return {
    pass: at !== undefined,
    message() {
      const head = `${nameOf(run)}: ${shown} ${isNot ? 'is' : 'is not'} in what it printed`;
      const notes = isNot
        ? describePresence(run.text, at ?? 0)
        : describeSearch(asExpectation(wanted), run.text, 0);
      return [style('red', head), ...indent(notes, 2), ...endingOf(run)].join('\n');
    },
  };
}

/** Where in the text it is. */
function findText(run: GuestRun, wanted: string): number | undefined {
  const { output } = run;
  const at = Buffer.from(output.buffer, output.byteOffset, output.length).indexOf(wanted);
  return at === -1 ? undefined : run.text.indexOf(wanted);
}

function findRegex(run: GuestRun, wanted: RegExp): number | undefined {
  const { text } = run;
  // Without `g` and `y`, which make it go on where it found something last.
  const regex = new RegExp(wanted.source, wanted.flags.replace(/[gy]/g, ''));
  const found = withinTime(REGEX_LIMIT_MS, () => ({ at: regex.exec(text)?.index }));
  if (found !== undefined) return found.at;
  throw new GuestkitError(
    'usage',
    `${nameOf(run)}: /${wanted.source}/ was not decided within ${REGEX_LIMIT_MS} ms`,
    {
      hint: 'Repeats within repeats, such as (a+)+, can take time without end: write it without them.',
    },
  );
}

/** As those of a source, for the notes about them. */
function asExpectation(wanted: string | RegExp): Expectation {
  return typeof wanted === 'string'
    ? { kind: 'text', pattern: wanted, line: 0 }
    : { kind: 'regex', pattern: wanted.source, line: 0 };
}

/** A guest that died before it came to print what it should. */
function endingOf(run: GuestRun): string[] {
  const { outcome } = run;
  return endedByItself(outcome) ? [] : [`it ${describeOutcome(outcome)}`, ...explainRun(run)];
}
