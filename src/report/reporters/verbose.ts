import { type CaseOptions, caseLines } from '../case-lines.ts';
import { Closing } from '../closing.ts';
import type { Reporter, ReporterOptions } from '../reporter.ts';
import { joined, withoutCommands } from '../text.ts';

/** A line for every case, and below it what is wrong with it. */
export function createVerbose({ style, diagnostics, readByGithub }: ReporterOptions): Reporter {
  const guard = readByGithub === true ? withoutCommands : (text: string): string => text;
  const options: CaseOptions = { style, diagnostics, attempts: 1, updating: false };
  let closing = new Closing({});
  return {
    begin(suite) {
      closing = new Closing(suite);
      options.attempts = suite.attempts ?? 1;
      options.updating = suite.updating ?? false;
      return '';
    },
    verdict(verdict, wrote = []) {
      closing.add(verdict, wrote);
      return guard(joined(caseLines(verdict, wrote, options)));
    },
    end: (summary) => guard(joined(closing.lines(summary, style))),
  };
}
