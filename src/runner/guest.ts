import type { Goldens } from '../golden/channels.ts';
import type { CasePlan, TestCase } from '../golden/plan.ts';
import type { CaseError } from '../golden/verdict.ts';

/** How a project's sources are assembled. */
export interface NasmSettings {
  flags: readonly string[];
  includePaths: readonly string[];
}

/** A source of a suite and the files beside it that belong to its test cases. */
export interface SuiteSource {
  /** Below the project's root, with slashes. */
  path: string;
  /** The path of its goldens without their suffixes. */
  stem: string;
  /** The goldens and inputs that there are, sorted. */
  companions: readonly string[];
  /** A person named it: it is a test case even when nothing says what to expect of it. */
  named: boolean;
}

/** A test case ready to be run. */
export interface RunnableCase {
  testCase: TestCase;
  plan: CasePlan;
  goldens: Goldens;
  /** Why its goldens or its input cannot be read, where that is so. */
  error?: CaseError | undefined;
}

/** A source ready to be run: its image and its test cases. */
export interface Guest {
  source: string;
  /** Empty where there is no test case. */
  bytes: Uint8Array;
  cases: readonly RunnableCase[];
}

/** The files that decide about a source's verdicts: a change of one makes them stale. */
export interface GuestFiles {
  /** The source first, then what it includes, its goldens and inputs. */
  files: readonly string[];
  /** Where a new file would change it. */
  absent: readonly string[];
}
