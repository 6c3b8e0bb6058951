import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { GuestkitError } from '../errors.ts';
import { fileError, readRegularFile } from '../golden/files.ts';
import { badCases } from '../report/counts.ts';
import { mergeReports as merge } from '../report/merge.ts';
import { Reports } from './reports.ts';
import { STATUS } from './status.ts';
import { STDOUT, writeAll } from './terminal.ts';

/** A report of ten thousand failures is smaller. */
const REPORT_LIMIT = 512 * 2 ** 20;

/**
 * Puts the JSON reports of shards together, and reports on the whole as if one run had made it.
 * @param paths reports, or folders of them
 * @returns the exit status that the whole would have had
 */
export function mergeReports(paths: readonly string[], reporters: readonly string[]): number {
  const documents = paths.flatMap(filesOf).map((file) => {
    const bytes = readRegularFile(file, REPORT_LIMIT);
    if (bytes === undefined) throw new GuestkitError('file', `cannot read ${file}: there is no such file`);
    return { file, text: new TextDecoder().decode(bytes) };
  });
  const { start, cases, summary } = merge(documents);
  const reports = new Reports(reporters);
  let text = reports.begin(start);
  for (const { verdict, wrote } of cases) text += reports.verdict(verdict, wrote);
  writeAll(STDOUT, text + reports.end(summary));
  reports.save();
  if (summary.interrupted) return STATUS.interrupted;
  return badCases(summary.counts) > 0 ? STATUS.testsFailed : STATUS.ok;
}

function filesOf(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => name.endsWith('.json'));
    if (names.length > 0) return names.sort().map((name) => join(path, name));
  } catch (cause) {
    throw fileError('read', path, cause);
  }
  throw new GuestkitError('usage', `--merge-reports ${path}: there is no .json file in this folder`, {
    hint: 'Each shard writes one: guestkit test --shard 1/4 --reporter json=reports/1.json.',
  });
}
