import type { Verdict } from '../../golden/verdict.ts';
import { countsLine, endedEarly } from '../closing.ts';
import { badCases, isFlaky, standingOf } from '../counts.ts';
import { plainDetails, reasonLines, shownDiagnostics } from '../details.ts';
import { flakyText } from '../headline.ts';
import { type Place, pathInWorkspace, placeOf, placeOfReason } from '../places.ts';
import type { Reporter, ReporterOptions } from '../reporter.ts';
import { PLAIN } from '../style.ts';
import { harmless, joined, oneLine } from '../text.ts';

type Level = 'error' | 'warning' | 'notice';

/** An annotation is read in a box beside the code: no more UTF-16 units than this. */
const MESSAGE_LIMIT = 8000;

/**
 * Annotations of GitHub Actions, on the line that printed the wrong byte or says what to expect. GitHub shows
 * ten errors and ten warnings of a step; the others are in its log.
 */
export function createGithub({ root, workspace }: ReporterOptions): Reporter {
  let attempts = 1;
  const annotate = (level: Level, place: Partial<Place>, title: string, lines: readonly string[]): string => {
    const properties: string[] = [];
    if (place.file !== undefined) {
      properties.push(`file=${property(pathInWorkspace(place.file, root, workspace))}`);
    }
    if (place.line !== undefined) properties.push(`line=${place.line}`);
    properties.push(`title=${property(title)}`);
    return `::${level} ${properties.join(',')}::${message(lines.join('\n'))}`;
  };

  /** What NASM said, each message on its line. */
  const diagnostics = ({ case: { name }, error }: Extract<Verdict, { status: 'error' }>): string[] =>
    shownDiagnostics(error.diagnostics ?? []).map((said) => {
      const notes = said.notes.map((note) => `${note.file}:${note.line}: ${note.message}`);
      const level = said.severity === 'warning' ? 'warning' : 'error';
      return annotate(level, { file: said.file, ...numbered(said.line) }, name, [said.message, ...notes]);
    });

  const annotations = (verdict: Verdict, wrote: readonly string[]): string[] => {
    const { name } = verdict.case;
    if (isFlaky(verdict)) {
      return [annotate('warning', placeOf(verdict), name, [flakyText(verdict, attempts)])];
    }
    const standing = standingOf(verdict, wrote);
    if (standing === 'passed' || standing === 'skipped') return [];
    if (verdict.status === 'failed') {
      return verdict.reasons.map((reason) =>
        annotate(
          'error',
          placeOfReason(reason, verdict.case),
          name,
          reasonLines(reason, verdict.case, PLAIN),
        ),
      );
    }
    if (verdict.status === 'error' && (verdict.error.diagnostics ?? []).length > 0) {
      return diagnostics(verdict);
    }
    return [annotate('error', placeOf(verdict), name, plainDetails(verdict, wrote))];
  };

  return {
    begin(suite) {
      attempts = suite.attempts ?? 1;
      return '';
    },
    verdict: (verdict, wrote = []) => joined(annotations(verdict, wrote)),
    end(summary) {
      const lines = summary.obsolete.map((file) =>
        annotate('warning', { file }, 'obsolete golden', [
          'It belongs to no guest any more. To delete it: guestkit test --prune',
        ]),
      );
      const ended = endedEarly(summary);
      const counts = countsLine(summary.counts, PLAIN);
      const title = badCases(summary.counts) > 0 ? 'guestkit: failed' : 'guestkit';
      lines.push(annotate('notice', {}, title, [ended === undefined ? counts : `${counts}; ${ended}`]));
      return joined(lines);
    },
  };
}

function numbered(line: number | undefined): { line?: number } {
  return line === undefined ? {} : { line };
}

/** A property of a command (actions/runner, ActionCommand, the escapes of properties). */
function property(text: string): string {
  return escaped(oneLine(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function message(text: string): string {
  if (text.length <= MESSAGE_LIMIT) return escaped(harmless(text));
  return escaped(`${harmless(text.slice(0, MESSAGE_LIMIT))}\n...`);
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
