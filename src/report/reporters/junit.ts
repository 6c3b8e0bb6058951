import type { Verdict } from '../../golden/verdict.ts';
import {
  badCases,
  type Counts,
  countedCases,
  countVerdict,
  emptyCounts,
  isFlaky,
  standingOf,
} from '../counts.ts';
import { newMessage, plainDetails } from '../details.ts';
import { flakyText } from '../headline.ts';
import { pathInWorkspace, sourceName } from '../places.ts';
import type { Reporter, ReporterOptions } from '../reporter.ts';
import { harmless } from '../text.ts';

/** The test cases of a source so far. */
interface Suite {
  source: string;
  counts: Counts;
  durationMs: number;
  cases: string[];
}

/**
 * JUnit XML as Jenkins, GitLab and others read it: a test suite for every source. There is no standard;
 * `test/report/junit.xsd` holds what is written here.
 */
export function createJunit({ root, workspace }: ReporterOptions): Reporter {
  const suites: string[] = [];
  let open: Suite | undefined;
  let attempts = 1;
  const pathOf = (file: string): string => pathInWorkspace(file, root, workspace);
  const close = (): void => {
    if (open !== undefined) suites.push(suiteXml(open, pathOf(open.source)));
    open = undefined;
  };
  return {
    begin(suite) {
      attempts = suite.attempts ?? 1;
      return '';
    },
    verdict(verdict, wrote = []) {
      const { source } = verdict.case;
      if (open?.source !== source) close();
      open ??= { source, counts: emptyCounts(), durationMs: 0, cases: [] };
      countVerdict(open.counts, verdict, wrote);
      open.durationMs += verdict.durationMs;
      open.cases.push(caseXml(verdict, wrote, pathOf(source), attempts));
      return '';
    },
    end({ counts, durationMs }) {
      close();
      const head = `<testsuites name="guestkit"${totals(counts, durationMs)}>`;
      return `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${suites.join('')}</testsuites>\n`;
    },
  };
}

function suiteXml({ source, counts, durationMs, cases }: Suite, path: string): string {
  const name = attribute('name', sourceName(source)) + attribute('file', path);
  return `  <testsuite${name}${totals(counts, durationMs)}>\n${cases.join('')}  </testsuite>\n`;
}

function totals(counts: Counts, durationMs: number): string {
  const failures = badCases(counts) - counts.error;
  const numbers = `tests="${countedCases(counts)}" failures="${failures}" errors="${counts.error}"`;
  return ` ${numbers} skipped="${counts.skipped}" time="${seconds(durationMs)}"`;
}

function caseXml(verdict: Verdict, wrote: readonly string[], path: string, attempts: number): string {
  const { name, source, line } = verdict.case;
  const attributes = [
    attribute('name', name),
    attribute('classname', className(source)),
    attribute('file', path),
    ` line="${line}" time="${seconds(verdict.durationMs)}"`,
  ].join('');
  const result = resultXml(verdict, wrote, attempts);
  if (result === '') return `    <testcase${attributes}/>\n`;
  return `    <testcase${attributes}>\n      ${result}\n    </testcase>\n`;
}

/** What stands in a test case: one element, since readers look at the first alone. */
function resultXml(verdict: Verdict, wrote: readonly string[], attempts: number): string {
  if (verdict.status === 'skipped') return `<skipped${attribute('message', verdict.why)}/>`;
  if (isFlaky(verdict)) return `<system-out>${flakyText(verdict, attempts)}</system-out>`;
  const standing = standingOf(verdict, wrote);
  if (standing === 'passed') return '';
  const element = standing === 'error' ? 'error' : 'failure';
  const about = attribute('message', summary(verdict)) + attribute('type', typeOf(verdict));
  const text = content(plainDetails(verdict, wrote).join('\n'));
  return `<${element}${about}>${text}</${element}>`;
}

/** Why, in one line. */
function summary(verdict: Verdict): string {
  if (verdict.status === 'error') return verdict.error.message;
  if (verdict.status === 'new') return newMessage(verdict);
  const [reason] = verdict.status === 'failed' ? verdict.reasons : [];
  if (reason === undefined) return 'failed';
  return reason.kind === 'golden' ? `differs from ${reason.path}` : reason.message;
}

function typeOf(verdict: Verdict): string {
  if (verdict.status === 'error') return verdict.error.code;
  return verdict.status === 'failed' ? (verdict.reasons[0]?.kind ?? 'failed') : verdict.status;
}

/** Readers take a dot for the end of a package: `asm/uart/echo.asm` is the class `echo` of `asm.uart`. */
function className(source: string): string {
  return sourceName(source).replaceAll('/', '.');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(6);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/*
 * `harmless` leaves only characters that XML 1.0 knows (2.2, Char). What GitHub's runner would take for a
 * command, when the report goes to a log, is written in another way that is the same to XML.
 */

function attribute(name: string, value: string): string {
  const escaped = harmless(value).replace(/[&<>"\n\t]/g, entity);
  return ` ${name}="${escaped.replaceAll('##[', '#&#35;[')}"`;
}

/** Text of an element. */
function content(text: string): string {
  return harmless(text)
    .replace(/[&<>]/g, entity)
    .replace(/^([^\S\n]*):(?=:)/gm, '$1&#58;')
    .replaceAll('##[', '#&#35;[');
}

function entity(character: string): string {
  return ENTITIES[character] ?? character;
}
