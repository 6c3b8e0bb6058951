import { accessSync, constants, mkdirSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { GuestkitError } from '../errors.ts';
import { fileError, replaceFile } from '../golden/files.ts';
import type { Verdict } from '../golden/verdict.ts';
import type { Diagnostic, Reporter, SuiteStart, SuiteSummary } from '../report/reporter.ts';
import { parseReporter, type ReporterChoice } from '../report/reporters.ts';
import { PLAIN } from '../report/style.ts';
import { renderNasm } from './diagnostics.ts';
import { STDOUT, styleFor } from './terminal.ts';
import { version } from './version.ts';

/** The reporters of one run: those on standard output, and those whose text goes to a file at the end. */
export class Reports {
  readonly #shown: Reporter[] = [];
  readonly #kept: { file: string; reporter: Reporter; text: string }[] = [];
  /** Standard output is a document for a program. */
  readonly isDocument: boolean;

  /**
   * @param asked each `--reporter`; without one for standard output that has `pretty`
   * @throws GuestkitError `usage` for an unknown one and for several documents at one place, `file` when a
   * file could not be written
   */
  constructor(asked: readonly string[]) {
    const choices = asked.map(parseReporter);
    if (choices.every(({ file }) => file !== undefined)) choices.push(parseReporter('pretty'));
    const { GITHUB_ACTIONS } = process.env;
    const onGithub = GITHUB_ACTIONS === 'true';
    const hasDocument = choices.some(({ file, document }) => file === undefined && document);
    if (onGithub && !hasDocument && choices.every(({ name }) => name !== 'github')) {
      choices.push(parseReporter('github'));
    }
    checkPlaces(choices);
    this.isDocument = hasDocument;
    const common = { version: version(), root: process.cwd(), readByGithub: onGithub };
    for (const { create, file } of choices) {
      if (file === undefined) {
        const style = styleFor(STDOUT);
        const diagnostics = (found: readonly Diagnostic[]): string[] => renderNasm(found, style).split('\n');
        this.#shown.push(create({ ...common, style, diagnostics }));
      } else {
        this.#kept.push({ file, reporter: create({ ...common, style: PLAIN }), text: '' });
      }
    }
  }

  /** @returns the text for standard output, as from the other two */
  begin(suite: SuiteStart): string {
    return this.#each((reporter) => reporter.begin(suite));
  }

  verdict(verdict: Verdict, wrote: readonly string[]): string {
    return this.#each((reporter) => reporter.verdict(verdict, wrote));
  }

  end(summary: SuiteSummary): string {
    return this.#each((reporter) => reporter.end(summary));
  }

  /**
   * Writes the files, each whole or not at all. To be called when what `end` gave is printed, which must not be
   * lost to a full disk.
   * @throws GuestkitError `file`, behind the last of them
   */
  save(): void {
    const failures: unknown[] = [];
    for (const { file, text } of this.#kept) {
      try {
        replaceFile(file, Buffer.from(text));
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  #each(call: (reporter: Reporter) => string): string {
    for (const kept of this.#kept) kept.text += call(kept.reporter);
    return this.#shown.map(call).join('');
  }
}

/** What can be known before the guests run is said before. */
function checkPlaces(choices: readonly ReporterChoice[]): void {
  const [first, second] = choices.filter(({ file }) => file === undefined);
  const document = choices.find((choice) => choice.document && choice.file === undefined);
  if (first !== undefined && second !== undefined && document !== undefined) {
    const other = first === document ? second : first;
    throw new GuestkitError('usage', `${document.name} and ${other.name} cannot both go to standard output`, {
      hint: `${document.name} is for programs: give it a file, --reporter ${document.name}=FILE.`,
    });
  }
  const files = choices.flatMap(({ file }) => file ?? []);
  const twice = files.find((file, index) =>
    files.some((other, at) => at < index && resolve(other) === resolve(file)),
  );
  if (twice !== undefined) throw new GuestkitError('usage', `two reports cannot both go to ${twice}`);
  for (const file of files) checkWritable(file);
}

function checkWritable(file: string): void {
  let existing: Stats | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true });
    accessSync(dirname(file), constants.W_OK);
    existing = statSync(file, { throwIfNoEntry: false });
  } catch (cause) {
    throw fileError('write the report', file, cause);
  }
  if (existing === undefined || existing.isFile()) return;
  // A report takes the place of the file that was there: of /dev/stdout nothing would be left.
  const kind = existing.isDirectory() ? 'a folder' : 'not a regular file';
  throw new GuestkitError('file', `cannot write the report ${file}: it is ${kind}`);
}
