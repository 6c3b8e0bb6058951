import type { Verdict } from '../../golden/verdict.ts';
import { type CaseOptions, caseLines } from '../case-lines.ts';
import { Closing } from '../closing.ts';
import { type Standing, standingOf } from '../counts.ts';
import { markOf } from '../headline.ts';
import { ownName, sourceName } from '../places.ts';
import type { Reporter, ReporterOptions } from '../reporter.ts';
import type { Style } from '../style.ts';
import { indent, joined, milliseconds, oneLine, withoutCommands } from '../text.ts';

interface Item {
  verdict: Verdict;
  wrote: readonly string[];
}

/** The standings from the one that a source takes on when any of its cases has it. */
const WORST_FIRST: readonly Standing[] = ['error', 'failed', 'new', 'passed', 'skipped'];

/**
 * A line for every source, and below it what is wrong with its cases. It comes when the first case of another
 * source is there, or the end.
 */
export function createPretty({ style, diagnostics, readByGithub }: ReporterOptions): Reporter {
  const guard = readByGithub === true ? withoutCommands : (text: string): string => text;
  const options: CaseOptions = { style, diagnostics, attempts: 1, updating: false };
  let closing = new Closing({});
  let group: Item[] = [];
  const flush = (): string => {
    const text = joined(groupLines(group, options));
    group = [];
    return text;
  };
  return {
    begin(suite) {
      closing = new Closing(suite);
      options.attempts = suite.attempts ?? 1;
      options.updating = suite.updating ?? false;
      return '';
    },
    verdict(verdict, wrote = []) {
      closing.add(verdict, wrote);
      const isOfGroup = group[0]?.verdict.case.source === verdict.case.source;
      const text = isOfGroup ? '' : flush();
      group.push({ verdict, wrote });
      return guard(text);
    },
    end: (summary) => guard(flush() + joined(closing.lines(summary, style))),
  };
}

/** The cases of one source: a single one by its own name, of several those that are remarkable. */
export function groupLines(items: readonly Item[], options: CaseOptions): string[] {
  const [first, ...others] = items;
  if (first === undefined) return [];
  if (others.length === 0) return caseLines(first.verdict, first.wrote, options);
  const below = items
    .filter(isRemarkable)
    .flatMap(({ verdict, wrote }) => caseLines(verdict, wrote, options, ownName(verdict.case)));
  return [sourceLine(first.verdict.case.source, items, options.style), ...indent(below, 4)];
}

/** "✗ asm/echo (3 cases, 1 failed) 2.1 ms" */
function sourceLine(source: string, items: readonly Item[], style: Style): string {
  const standings = items.map(({ verdict, wrote }) => standingOf(verdict, wrote));
  const worst = WORST_FIRST.find((standing) => standings.includes(standing)) ?? 'passed';
  const bad = standings.filter((standing) => standing !== 'passed' && standing !== 'skipped').length;
  const cases = `(${items.length} cases${bad > 0 ? `, ${bad} failed` : ''})`;
  const time = milliseconds(items.reduce((sum, { verdict }) => sum + verdict.durationMs, 0));
  return `${markOf(worst, style)} ${oneLine(sourceName(source))} ${style('dim', `${cases} ${time}`)}`;
}

function isRemarkable({ verdict, wrote }: Item): boolean {
  return verdict.status !== 'passed' || verdict.attempts > 1 || wrote.length > 0;
}
