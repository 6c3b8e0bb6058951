import { isAbsolute, join } from 'node:path';
import { parseDuration, parseSize, ValueError } from '../golden/parse-value.ts';
import { quote } from '../golden/visible.ts';
import { flagProblem } from '../nasm/flags.ts';
import { suggest } from '../suggest.ts';
import type { GuestkitConfig, NasmConfig } from './config.ts';
import { type Glob, globComplaint } from './globs.ts';
import { goldenNamingComplaint } from './golden-naming.ts';
import { type Complaint, configError, kindOf, oneLine, Problems } from './problems.ts';

/** Where settings come from, as messages name it. */
export interface Origin {
  /** The project's folder, which relative paths in the settings start from. */
  root: string;
  /** The file's name. */
  file: string;
  /** The settings as a whole: `guestkit`, the key in package.json, or what a file exports. */
  whole: string;
  /** What the keys follow: `guestkit.` in package.json. */
  prefix: string;
}

/** Settings that are right, in final units. */
export interface Settings {
  include?: Glob[];
  exclude?: Glob[];
  timeoutMs?: number;
  memoryBytes?: number;
  jobs?: number;
  golden?: string;
  nasm: { flags: string[]; includePaths: string[] };
}

const MOST_JOBS = 64;
/** As milliseconds, the longest time limit that a text can ask for. */
const LONGEST_MS = 60 * 60_000;
/** Longer lists are a program's mistake. */
const MOST_ENTRIES = 1000;

interface Context {
  origin: Origin;
  problems: Problems;
  settings: Settings;
}

/** Takes over the value of a key, or notes what is wrong with it. The value is never undefined. */
type Rule = (value: unknown, key: string, context: Context) => void;

const RULES: Readonly<Record<keyof GuestkitConfig, Rule>> = {
  include(value, key, context) {
    const globs = readGlobs(value, key, 'include', context);
    if (globs !== undefined) context.settings.include = globs;
    if (Array.isArray(value) && value.length === 0) {
      context.problems.add(key, 'must not be empty: without a glob there is no source');
    }
  },
  exclude(value, key, context) {
    const globs = readGlobs(value, key, 'exclude', context);
    if (globs !== undefined) context.settings.exclude = globs;
  },
  timeout(value, key, { settings, problems }) {
    if (typeof value === 'string') {
      parse(value, key, problems, (text) => {
        settings.timeoutMs = parseDuration(text);
      });
    } else if (isWhole(value, 1, LONGEST_MS)) settings.timeoutMs = value;
    else
      problems.add(
        key,
        `must be '5s', or a whole number of milliseconds up to an hour, it is ${shown(value)}`,
      );
  },
  memory(value, key, { settings, problems }) {
    if (typeof value === 'string') {
      parse(value, key, problems, (text) => {
        settings.memoryBytes = parseSize(text);
      });
    } else problems.add(key, `must be a string such as '1M', it is ${kindOf(value)}`);
  },
  jobs(value, key, { settings, problems }) {
    if (isWhole(value, 1, MOST_JOBS)) settings.jobs = value;
    else problems.add(key, `must be a whole number from 1 to ${MOST_JOBS}, it is ${shown(value)}`);
  },
  golden(value, key, { settings, problems }) {
    if (checkText(value, key, problems, goldenNamingComplaint)) settings.golden = value;
  },
  nasm(value, key, context) {
    readObject(value, key, `${key}.`, NASM_RULES, context);
  },
};

const NASM_RULES: Readonly<Record<keyof NasmConfig, Rule>> = {
  flags(value, key, { settings, problems }) {
    settings.nasm.flags = readTexts(value, key, problems, flagComplaint);
  },
  includePaths(value, key, { origin, settings, problems }) {
    const paths = readTexts(value, key, problems, folderComplaint);
    settings.nasm.includePaths = paths.map((path) => (isAbsolute(path) ? path : join(origin.root, path)));
  },
};

/**
 * Checks what somebody wrote as settings. Fails as a problem of the settings that names the file, and the key of
 * everything that is wrong, a line each. Values that run code of their own (getters, proxies) fail so too.
 */
export function parseSettings(value: unknown, origin: Origin): Settings {
  const problems = new Problems(origin.file);
  const settings: Settings = { nasm: { flags: [], includePaths: [] } };
  try {
    readObject(value, origin.whole, origin.prefix, RULES, { origin, problems, settings });
  } catch (error) {
    const reason = error instanceof Error ? `: ${oneLine(error.message)}` : '';
    throw configError(`${origin.file}: the settings cannot be read${reason}`, {
      hint: 'Settings are plain values: strings, numbers, arrays and objects.',
      cause: error,
    });
  }
  problems.throwIfAny();
  return settings;
}

function readObject(
  value: unknown,
  name: string,
  prefix: string,
  rules: Readonly<Record<string, Rule>>,
  context: Context,
): void {
  const { problems } = context;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Promise) {
    problems.add(name, `must be an object, it is ${kindOf(value)}`);
    return;
  }
  for (const key of Object.keys(value)) {
    if (problems.enough) return;
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    if (rule === undefined) {
      addUnknown(key, prefix, Object.keys(rules), problems);
      continue;
    }
    const setting: unknown = Reflect.get(value, key);
    if (setting !== undefined) rule(setting, prefix + key, context);
  }
}

function addUnknown(key: string, prefix: string, allowed: readonly string[], problems: Problems): void {
  const meant = suggest(key, allowed);
  const question = meant === undefined ? '' : ` (did you mean ${prefix}${meant}?)`;
  const name = /^[\w$-]{1,40}$/.test(key) ? key : quote(key);
  problems.add(`${prefix}${name}`, `is not a setting${question}`, `Settings here are ${allowed.join(', ')}.`);
}

function readGlobs(
  value: unknown,
  key: string,
  list: 'include' | 'exclude',
  { problems }: Context,
): Glob[] | undefined {
  const complain = (text: string): Complaint | undefined => globComplaint(text, list);
  if (typeof value === 'string') {
    return checkText(value, key, problems, complain) ? [{ key, text: value }] : undefined;
  }
  if (!Array.isArray(value)) {
    problems.add(key, `must be a string or an array of strings, it is ${kindOf(value)}`);
    return undefined;
  }
  return readTexts(value, key, problems, complain).map((text, index) => ({ key: `${key}[${index}]`, text }));
}

/** The strings of an array; what is none, and what there are complaints about, becomes a problem. */
function readTexts(
  value: unknown,
  key: string,
  problems: Problems,
  complain: (text: string) => Complaint | undefined,
): string[] {
  const texts: string[] = [];
  if (!Array.isArray(value)) {
    problems.add(key, `must be an array of strings, it is ${kindOf(value)}`);
  } else if (value.length > MOST_ENTRIES) {
    problems.add(key, `must have ${MOST_ENTRIES} entries at the most, it has ${value.length}`);
  } else {
    for (let index = 0; index < value.length; index += 1) {
      const text: unknown = value[index];
      if (checkText(text, `${key}[${index}]`, problems, complain)) texts.push(text);
    }
  }
  return texts;
}

function checkText(
  value: unknown,
  key: string,
  problems: Problems,
  complain: (text: string) => Complaint | undefined,
): value is string {
  if (typeof value !== 'string') {
    problems.add(key, `must be a string, it is ${kindOf(value)}`);
    return false;
  }
  const complaint = complain(value);
  if (complaint !== undefined)
    problems.add(key, `must ${complaint.must}, it is ${quote(value)}`, complaint.hint);
  return complaint === undefined;
}

function flagComplaint(flag: string): Complaint | undefined {
  const problem = flagProblem(flag);
  return problem && { must: `be a flag that NASM may have (${problem.reason})`, hint: problem.hint };
}

function folderComplaint(path: string): Complaint | undefined {
  return path === '' || path.includes('\0') ? { must: 'not be empty, nor have a NUL' } : undefined;
}

function parse(text: string, key: string, problems: Problems, take: (text: string) => void): void {
  try {
    take(text);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    problems.add(`${key}:`, error.message);
  }
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && typeof value === 'number' && value >= least && value <= most;
}

/** As {@link kindOf}, but a number that is out of range as itself. */
function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : kindOf(value);
}
