import type { Verdict } from '../../golden/verdict.ts';
import { countsLine, endedEarly } from '../closing.ts';
import { countedCases, isFlaky, standingOf } from '../counts.ts';
import { plainDetails } from '../details.ts';
import { flakyText } from '../headline.ts';
import { pathInWorkspace, placeOf } from '../places.ts';
import type { Reporter, ReporterOptions } from '../reporter.ts';
import { PLAIN } from '../style.ts';
import { harmless, indent, joined, oneLine, withoutCommands } from '../text.ts';

/**
 * The Test Anything Protocol. The version line says 13, since Perl's harness did not read 14 for years and a
 * harness for 14 reads this as such; the text is also right by 14, which says how `#` and `\` are escaped in
 * a name. The plan comes last, when the number of cases is certain.
 */
export function createTap({ root, workspace, readByGithub }: ReporterOptions): Reporter {
  const guard = readByGithub === true ? withoutCommands : (text: string): string => text;
  let attempts = 1;
  let number = 0;
  return {
    begin(suite) {
      attempts = suite.attempts ?? 1;
      return 'TAP version 13\n';
    },
    verdict(verdict, wrote = []) {
      number += 1;
      const standing = standingOf(verdict, wrote);
      const isGood = standing === 'passed' || standing === 'skipped';
      const point = `${isGood ? 'ok' : 'not ok'} ${number} - ${escaped(verdict.case.name)}`;
      if (verdict.status === 'skipped') return `${point} # SKIP ${escaped(verdict.why)}\n`;
      if (isFlaky(verdict)) return `${point}\n# ${flakyText(verdict, attempts)}\n`;
      if (isGood) return `${point}\n`;
      const { file, line } = placeOf(verdict);
      const at = { file: pathInWorkspace(file, root, workspace), line };
      return guard(joined([point, ...diagnostics(verdict, wrote, at)]));
    },
    end(summary) {
      const { counts, notRun, obsolete } = summary;
      const planned = countedCases(counts) + notRun;
      const lines = obsolete.map((path) => `# obsolete golden: ${oneLine(path)}`);
      lines.push(`# ${countsLine(counts, PLAIN)}`);
      lines.push(planned === 0 ? '1..0 # there are no cases' : `1..${planned}`);
      const ended = endedEarly(summary);
      if (ended !== undefined) lines.push(`Bail out! ${ended}`);
      return guard(joined(lines));
    },
  };
}

/** The YAML block below a test point. */
function diagnostics(
  verdict: Verdict,
  wrote: readonly string[],
  at: { file: string; line: number },
): string[] {
  const details = plainDetails(verdict, wrote);
  return [
    '  ---',
    `  severity: ${verdict.status === 'error' ? 'error' : 'fail'}`,
    '  at:',
    `    file: ${scalar(at.file)}`,
    `    line: ${at.line}`,
    `  duration_ms: ${verdict.durationMs}`,
    `  attempts: ${verdict.attempts}`,
    ...literal('details', details),
    '  ...',
  ];
}

/**
 * Lines as they are (YAML 1.2, 8.1.2). The number of blanks in front is told where the first line has some of
 * its own; an empty line has them too, for readers that take it for the end.
 */
function literal(key: string, lines: readonly string[]): string[] {
  const isPlain = /^[^\s]/.test(lines[0] ?? '');
  return [`  ${key}: |${isPlain ? '' : '2'}`, ...indent(lines, 4)];
}

/** A name or reason, in which `#` would begin a directive (TAP 14, Escaping). */
function escaped(text: string): string {
  return oneLine(text).replace(/[\\#]/g, '\\$&');
}

/** A double-quoted YAML scalar: JSON's strings are such (YAML 1.2, 1.3). */
function scalar(text: string): string {
  return JSON.stringify(harmless(text));
}
