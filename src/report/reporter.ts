import type { CaseError, Verdict } from '../golden/verdict.ts';
import type { Counts } from './counts.ts';
import type { Style } from './style.ts';

/**
 * Turns the verdicts of a suite into text. It writes nothing itself: what its methods return, one after the
 * other, is the report, and whoever holds the file or the terminal writes it.
 */
export interface Reporter {
  begin(suite: SuiteStart): string;
  /**
   * The next verdict, in the order of the suite: by source, and in a source by line.
   * @param wrote the paths of the goldens that were just written from this verdict
   */
  verdict(verdict: Verdict, wrote?: readonly string[]): string;
  end(summary: SuiteSummary): string;
}

/** A part of a suite that is spread over several machines: the `index`th, from 1, of `count`. */
export interface Shard {
  index: number;
  count: number;
  /** Tells how the suite was cut: the same in all parts that fit together. */
  cut?: string | undefined;
}

/** What is known before the first verdict. */
export interface SuiteStart {
  shard?: Shard | undefined;
  /** How often a case may run until it passes: one more than `--retry` says. Default 1. */
  attempts?: number | undefined;
  /** Whether goldens are being accepted (`-u`). Default false. */
  updating?: boolean | undefined;
}

/** What is known after the last verdict. */
export interface SuiteSummary {
  counts: Counts;
  /** Of the whole run, in milliseconds. */
  durationMs: number;
  /** Goldens that belong to no source or case any more, and are still there. */
  obsolete: readonly string[];
  /** Goldens that belonged to none and were deleted. */
  pruned: readonly string[];
  /** Whether Ctrl+C ended the run. */
  interrupted: boolean;
  /** Whether `--bail` ended the run. */
  bailed: boolean;
  /** How many of the chosen cases have no verdict, for one of these two reasons. */
  notRun: number;
}

/** One thing NASM said about a source. */
export type Diagnostic = NonNullable<CaseError['diagnostics']>[number];

/** What reporters are made with. */
export interface ReporterOptions {
  /** Colours; `PLAIN` for a file. */
  style: Style;
  /** guestkit's own version. */
  version: string;
  /** The absolute path of the project: what the paths in verdicts are relative to. */
  root: string;
  /** The absolute path of the folder that a CI service shows paths from, its checkout. Default `root`. */
  workspace?: string | undefined;
  /** NASM's diagnostics as lines, for instance coloured and with the source quoted. Default: plain lines. */
  diagnostics?: ((diagnostics: readonly Diagnostic[]) => readonly string[]) | undefined;
  /**
   * Whether a runner of GitHub Actions reads the text, and would obey what a guest prints where it looks
   * like a command (`::add-mask::`, `##[group]`). Default false.
   */
  readByGithub?: boolean | undefined;
}

/** A kind of report: a line of the table in `reporters.ts`. */
export interface ReporterKind {
  /** For `--help`. */
  description: string;
  /** Whether its text is a document for a program, beside which nothing else may be written. */
  document: boolean;
  create(options: ReporterOptions): Reporter;
}
