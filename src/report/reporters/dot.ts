import { type CaseOptions, caseLines } from '../case-lines.ts';
import { Closing } from '../closing.ts';
import { isFlaky, type Standing, standingOf } from '../counts.ts';
import type { Reporter, ReporterOptions } from '../reporter.ts';
import type { StyleName } from '../style.ts';
import { joined, withoutCommands } from '../text.ts';

const COLUMNS = 80;

const SIGNS: Readonly<Record<Standing | 'flaky', readonly [sign: string, colour: StyleName]>> = {
  passed: ['.', 'green'],
  flaky: ['f', 'yellow'],
  failed: ['F', 'red'],
  error: ['E', 'red'],
  new: ['+', 'yellow'],
  skipped: ['s', 'yellow'],
};

/** A character for every case, and at the end what is wrong with those that are not as they should be. */
export function createDot({ style, diagnostics, readByGithub }: ReporterOptions): Reporter {
  const guard = readByGithub === true ? withoutCommands : (text: string): string => text;
  const options: CaseOptions = { style, diagnostics, attempts: 1, updating: false };
  const remarkable: string[] = [];
  let closing = new Closing({});
  let column = 0;
  return {
    begin(suite) {
      closing = new Closing(suite);
      options.attempts = suite.attempts ?? 1;
      options.updating = suite.updating ?? false;
      return '';
    },
    verdict(verdict, wrote = []) {
      closing.add(verdict, wrote);
      const standing = isFlaky(verdict) ? 'flaky' : standingOf(verdict, wrote);
      if (standing !== 'passed' && standing !== 'skipped') {
        remarkable.push(...caseLines(verdict, wrote, options));
      }
      const [sign, colour] = SIGNS[standing];
      column = (column + 1) % COLUMNS;
      return style(colour, sign) + (column === 0 ? '\n' : '');
    },
    end(summary) {
      const lines = remarkable.length > 0 ? ['', ...remarkable] : [];
      return (column > 0 ? '\n' : '') + guard(joined([...lines, ...closing.lines(summary, style)]));
    },
  };
}
