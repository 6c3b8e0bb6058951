import { encodeCase, encodeEnd, encodeStart, REPORT_FORMAT, REPORT_VERSION } from '../document.ts';
import type { Reporter, ReporterOptions } from '../reporter.ts';

/**
 * One JSON document with all that any report says, from which `--merge-reports` makes the others again.
 * `docs/reports.md` describes it. It is written case by case, and whole when `end` has been.
 */
export function createJson({ version }: ReporterOptions): Reporter {
  let isFirst = true;
  return {
    begin: (suite) =>
      [
        '{',
        `  "format": ${json(REPORT_FORMAT)},`,
        `  "version": ${REPORT_VERSION},`,
        `  "guestkit": ${json(version)},`,
        `  "start": ${json(encodeStart(suite))},`,
        '  "cases": [',
      ].join('\n'),
    verdict(verdict, wrote = []) {
      const separator = isFirst ? '\n' : ',\n';
      isFirst = false;
      return `${separator}    ${json(encodeCase(verdict, wrote))}`;
    },
    end: (summary) => `${isFirst ? '' : '\n  '}],\n  "summary": ${json(encodeEnd(summary))}\n}\n`,
  };
}

/** JSON on one line. What a terminal or a GitHub log would obey is escaped, and so the same for a reader. */
function json(value: unknown): string {
  return JSON.stringify(value)
    .replace(/[\u007f-\u009f\p{Cf}\u2028\u2029]/gu, escaped)
    .replaceAll('##[', '#\\u0023[');
}

function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}
