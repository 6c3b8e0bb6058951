import { GuestkitError } from '../errors.ts';
import { suggest } from '../suggest.ts';
import type { Reporter, ReporterKind, ReporterOptions } from './reporter.ts';
import { createDot } from './reporters/dot.ts';
import { createGithub } from './reporters/github.ts';
import { createJson } from './reporters/json.ts';
import { createJunit } from './reporters/junit.ts';
import { createPretty } from './reporters/pretty.ts';
import { createTap } from './reporters/tap.ts';
import { createVerbose } from './reporters/verbose.ts';

/** The reporters by name. To add one: a file in `reporters/` and a line here. */
export const REPORTERS: Readonly<Record<string, ReporterKind>> = {
  pretty: text('a line for every guest, and what is wrong (the default)', createPretty),
  verbose: text('a line for every case, and what is wrong', createVerbose),
  dot: text('a character for every case, and at the end what is wrong', createDot),
  github: text('annotations of GitHub Actions', createGithub),
  json: document('everything, for programs and --merge-reports', createJson),
  junit: document('JUnit XML, for Jenkins, GitLab and others', createJunit),
  tap: document('the Test Anything Protocol', createTap),
};

/** A report that someone asked for. */
export interface ReporterChoice extends ReporterKind {
  name: string;
  /** Where it goes; `undefined` is standard output. */
  file: string | undefined;
}

/**
 * What `--reporter` says: `dot`, or with a file `junit=out.xml`.
 * @throws GuestkitError `usage` for a name that is none, and for an empty file name
 */
export function parseReporter(value: string): ReporterChoice {
  const [name = ''] = value.split('=', 1);
  const file = name === value ? undefined : value.slice(name.length + 1);
  const kind = Object.hasOwn(REPORTERS, name) ? REPORTERS[name] : undefined;
  if (kind === undefined) {
    const names = Object.keys(REPORTERS);
    const meant = suggest(name, names);
    const question = meant === undefined ? '' : ` (did you mean '${meant}'?)`;
    throw new GuestkitError('usage', `there is no reporter '${name}'${question}`, {
      hint: `The reporters are ${names.join(', ')}.`,
    });
  }
  if (file === '') {
    throw new GuestkitError('usage', `--reporter ${value} names no file`, {
      hint: `Write --reporter ${name}=FILE, or --reporter ${name} for standard output.`,
    });
  }
  return { ...kind, name, file };
}

function text(description: string, create: (options: ReporterOptions) => Reporter): ReporterKind {
  return { description, document: false, create };
}

function document(description: string, create: (options: ReporterOptions) => Reporter): ReporterKind {
  return { description, document: true, create };
}
