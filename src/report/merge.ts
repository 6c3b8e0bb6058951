import { GuestkitError } from '../errors.ts';
import type { TestCase } from '../golden/plan.ts';
import { countVerdict, emptyCounts } from './counts.ts';
import { REPORT_FORMAT, REPORT_VERSION } from './document.ts';
import { Field } from './field.ts';
import { sourceName } from './places.ts';
import { type ReportedCase, readCase } from './read-case.ts';
import type { Shard, SuiteStart, SuiteSummary } from './reporter.ts';

/** The text of a JSON report, and the name to call it by. */
export interface ReportDocument {
  file: string;
  text: string;
}

/** What a reporter is given to print the whole of a suite. */
export interface MergedReport {
  start: SuiteStart;
  /** In the order of the suite: by source, and in a source by line. */
  cases: readonly ReportedCase[];
  summary: SuiteSummary;
}

interface Report {
  file: string;
  start: SuiteStart;
  cases: readonly ReportedCase[];
  summary: Omit<SuiteSummary, 'counts'>;
}

/**
 * Puts the JSON reports of all shards of a suite together, or reads that of a whole suite. The duration is
 * that of the longest, since shards run side by side.
 * @throws GuestkitError `file` for a document that is no such report, `usage` where the documents are not
 *   exactly the shards of one suite
 */
export function mergeReports(documents: readonly ReportDocument[]): MergedReport {
  const reports = documents.map(readReport);
  requireWholeSuite(reports);
  requireDistinctCases(reports);
  const cases = reports.flatMap((report) => report.cases);
  cases.sort((one, other) => compareCases(one.verdict.case, other.verdict.case));
  const counts = emptyCounts();
  for (const { verdict, wrote } of cases) countVerdict(counts, verdict, wrote);
  const summaries = reports.map(({ summary }) => summary);
  return {
    start: {
      attempts: maximum(reports.map(({ start }) => start.attempts ?? 1)),
      updating: reports.some(({ start }) => start.updating === true),
    },
    cases,
    summary: {
      counts,
      durationMs: maximum(summaries.map(({ durationMs }) => durationMs)),
      obsolete: union(summaries.map(({ obsolete }) => obsolete)),
      pruned: union(summaries.map(({ pruned }) => pruned)),
      interrupted: summaries.some(({ interrupted }) => interrupted),
      bailed: summaries.some(({ bailed }) => bailed),
      notRun: summaries.reduce((sum, { notRun }) => sum + notRun, 0),
    },
  };
}

/** Reads one report. What it counts is not believed but counted again. */
function readReport({ file, text }: ReportDocument): Report {
  const document = new Field(parse(file, text), file);
  if (!document.get('format').is(REPORT_FORMAT)) document.refuse('a report of guestkit');
  const version = document.get('version').whole(1);
  if (version !== REPORT_VERSION) {
    const wrote = document.get('guestkit').string();
    throw new GuestkitError(
      'file',
      `cannot read ${file}: it has version ${version} of the report format, this guestkit knows version ${REPORT_VERSION}`,
      { hint: `guestkit ${wrote} wrote it. Merge reports with the guestkit that wrote them.` },
    );
  }
  const start = document.get('start');
  const summary = document.get('summary');
  return {
    file,
    start: {
      shard: start.get('shard').optional(readShard),
      attempts: start.get('attempts').whole(1),
      updating: start.get('updating').boolean(),
    },
    cases: document.get('cases').list(readCase),
    summary: {
      durationMs: summary.get('durationMs').amount(),
      obsolete: summary.get('obsolete').list((path) => path.string()),
      pruned: summary.get('pruned').list((path) => path.string()),
      interrupted: summary.get('interrupted').boolean(),
      bailed: summary.get('bailed').boolean(),
      notRun: summary.get('notRun').whole(),
    },
  };
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GuestkitError('file', `cannot read ${file}: it is not JSON, or not all of it`, {
      hint: 'A report is whole when the run that writes it has ended.',
      cause,
    });
  }
}

function readShard(field: Field): Shard {
  const shard = {
    index: field.get('index').whole(1),
    count: field.get('count').whole(1),
    cut: field.get('cut').optional((cut) => cut.string()),
  };
  if (shard.index > shard.count) field.refuse(`a shard: ${shard.index} of ${shard.count}`);
  return shard;
}

/** Whether the reports are one of a whole suite, or one of each shard. */
function requireWholeSuite(reports: readonly Report[]): void {
  const [first, ...others] = reports;
  if (first === undefined) {
    throw new GuestkitError('usage', 'there are no reports to merge', {
      hint: 'Name the files that guestkit test --shard 1/2 --reporter json=FILE wrote, one of each shard.',
    });
  }
  if (first.start.shard === undefined && others.length === 0) return;
  const files: Map<number, string> = new Map();
  const count = reports.find(({ start }) => start.shard !== undefined)?.start.shard?.count ?? 0;
  for (const { file, start } of reports) {
    const { shard } = start;
    if (shard === undefined) {
      throw new GuestkitError('usage', `${file} is the report of a whole suite, not of a shard`, {
        hint: 'Only the reports of shards can be put together.',
      });
    }
    if (shard.count !== count) {
      throw new GuestkitError('usage', `${first.file} is a shard of ${count}, ${file} one of ${shard.count}`);
    }
    if (shard.cut !== first.start.shard?.cut) {
      throw new GuestkitError(
        'usage',
        `${first.file} and ${file} are shards of a suite that was cut differently`,
        {
          hint: 'Run all shards on the same sources, with the same cache folder restored, or with none.',
        },
      );
    }
    const twin = files.get(shard.index);
    if (twin !== undefined) {
      throw new GuestkitError('usage', `${twin} and ${file} are both shard ${shard.index} of ${count}`);
    }
    files.set(shard.index, file);
  }
  requireNoneMissing(files, count);
}

function requireNoneMissing(files: ReadonlyMap<number, string>, count: number): void {
  if (files.size === count) return;
  let missing = 1;
  while (files.has(missing)) missing += 1;
  const others = count - files.size - 1;
  const more = others === 0 ? '' : `, and ${others} more`;
  throw new GuestkitError('usage', `the report of shard ${missing} of ${count} is missing${more}`, {
    hint: 'A machine that failed before it wrote its report is the usual reason.',
  });
}

function requireDistinctCases(reports: readonly Report[]): void {
  const files: Map<string, string> = new Map();
  for (const { file, cases } of reports) {
    for (const { verdict } of cases) {
      const { name } = verdict.case;
      const twin = files.get(name);
      if (twin !== undefined && twin !== file) {
        throw new GuestkitError('usage', `${name} is in ${twin} and in ${file}`, {
          hint: 'The shards were not run on the same sources.',
        });
      }
      files.set(name, file);
    }
  }
}

/** The order of the suite. Names alone would not do: a source's cases stand as it declares them. */
function compareCases(one: TestCase, other: TestCase): number {
  const [before, after] = [sourceName(one.source), sourceName(other.source)];
  if (before !== after) return before < after ? -1 : 1;
  return one.line - other.line;
}

function union(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort();
}

function maximum(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}
