import { GuestkitError } from '../errors.ts';
import type { Selection, SuiteRun } from '../runner/suite.ts';
import { changedFiles } from './changed-files.ts';

/** The options of `guestkit test` as commander hands them over. */
export interface TestFlags {
  update?: boolean;
  prune?: boolean;
  testName?: string;
  jobs?: string;
  shard?: string;
  mergeReports?: string;
  bail?: string | true;
  retry?: string;
  repeat?: string;
  changed?: string | true;
  failed?: boolean;
  reporter?: string[];
}

/** The same, checked. */
export interface TestRequest {
  filters: readonly string[];
  selection: Selection;
  run: Omit<SuiteRun, 'signal'>;
  /** End after this many failures. */
  bail: number | undefined;
  update: boolean;
  prune: boolean;
  reporters: readonly string[];
  /** The folders or files with the reports of shards: nothing is run. */
  mergeReports: readonly string[] | undefined;
}

const MOST_JOBS = 64;
const MOST_TIMES = 1_000_000;
const BAIL_HINT =
  'Write filters before it, or the number with it: guestkit test uart --bail, or --bail=1 uart.';

/** @throws GuestkitError `usage` that names the option */
export function parseTestFlags(filters: readonly string[], flags: TestFlags): TestRequest {
  const { changed } = flags;
  const request: TestRequest = {
    filters,
    selection: {
      filters,
      name: parseName(flags.testName),
      changed: changed === undefined ? undefined : changedFiles(changed === true ? 'HEAD' : changed),
      failed: flags.failed,
      shard: parseShard(flags.shard),
    },
    run: {
      jobs: count('--jobs', flags.jobs, MOST_JOBS),
      retries: count('--retry', flags.retry, MOST_TIMES),
      repetitions: count('--repeat', flags.repeat, MOST_TIMES),
    },
    bail: flags.bail === true ? 1 : count('--bail', flags.bail, MOST_TIMES, BAIL_HINT),
    update: flags.update === true,
    prune: flags.prune === true,
    reporters: flags.reporter ?? [],
    // A shell makes several words of report-*.json, and commander takes the others for filters.
    mergeReports: flags.mergeReports === undefined ? undefined : [flags.mergeReports, ...filters],
  };
  if (request.prune && !isEverything(request)) {
    throw new GuestkitError('usage', '--prune needs a run of everything', {
      hint: 'Only then is it known which goldens belong to nobody: guestkit test --prune, without filters.',
    });
  }
  return request;
}

/** Whether every test case of the project is meant. */
export function isEverything({ selection }: TestRequest): boolean {
  const { filters = [], name, changed, failed, shard } = selection;
  return (
    filters.length === 0 &&
    name === undefined &&
    changed === undefined &&
    failed !== true &&
    shard === undefined
  );
}

function count(option: string, text: string | undefined, most: number, hint?: string): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= most) return number;
  throw new GuestkitError('usage', `${option} ${text}: it takes a whole number from 1 to ${most}`, { hint });
}

function parseName(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    new RegExp(text, 'i');
    return text;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GuestkitError('usage', `-t ${text}: ${reason}`, {
      hint: 'It takes a regular expression; put a backslash before ( ) [ ] { } . * + ? ^ $ | to mean themselves.',
      cause,
    });
  }
}

function parseShard(text: string | undefined): Selection['shard'] {
  if (text === undefined) return undefined;
  const [, index = 0, count = 0] = (/^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= count) return { index, count };
  throw new GuestkitError('usage', `--shard ${text}: it takes a part of a whole, such as 1/4 to 4/4`);
}
