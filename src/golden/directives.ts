import { GuestkitError } from '../errors.ts';
import type { Outcome } from '../machine/outcome.ts';
import { suggest } from '../suggest.ts';
import { comments } from './comments.ts';
import { looksLikeDirective, readSettings, type Setting } from './directive-syntax.ts';
import { parseDuration, parseSize, parseText, ValueError } from './parse-value.ts';
import { quote } from './visible.ts';

/** The endings that a test case can ask for; nobody can ask for the host's own stop. */
export type ExpectableKind = Exclude<Outcome['kind'], 'stopped'>;

/** What a source says about its own test case, in `; guestkit:` comments. What it does not say is absent. */
export interface Directives {
  /** The byte the guest must write to the exit port. */
  exit?: number;
  outcome?: ExpectableKind;
  timeoutMs?: number;
  memoryBytes?: number;
  /** What the serial line receives. */
  input?: Uint8Array;
  /** Why the case is not to be run. */
  skip?: string;
}

/** A `; guestkit:` comment that is wrong, and where: lines and columns count from 1. */
export class DirectiveError extends GuestkitError {
  readonly file: string;
  readonly line: number;
  readonly column: number;

  constructor(file: string, line: number, column: number, problem: string, hint?: string) {
    super('directive', `${file}:${line}:${column}: ${problem}`, { hint });
    this.file = file;
    this.line = line;
    this.column = column;
  }
}

const EXPECTABLE: readonly ExpectableKind[] = ['exited', 'halted', 'timeout', 'crashed'];
const INPUT_LIMIT = 64 * 1024;

interface Rule {
  /** How the setting is written, for messages. */
  example: string;
  /** Whether the value stands in double quotes. */
  quoted: boolean;
  /** Sets the value, or throws a {@link ValueError}. */
  set(directives: Directives, value: string): void;
}

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>(
  Object.entries({
    exit: {
      example: 'exit=3',
      quoted: false,
      set(directives, value) {
        directives.exit = parseExit(value);
      },
    },
    outcome: {
      example: 'outcome=halted',
      quoted: false,
      set(directives, value) {
        directives.outcome = parseOutcome(value);
      },
    },
    timeout: {
      example: 'timeout=500ms',
      quoted: false,
      set(directives, value) {
        directives.timeoutMs = parseDuration(value);
      },
    },
    memory: {
      example: 'memory=2M',
      quoted: false,
      set(directives, value) {
        directives.memoryBytes = parseSize(value);
      },
    },
    input: {
      example: 'input="abc\\r"',
      quoted: true,
      set(directives, value) {
        directives.input = parseInput(value);
      },
    },
    skip: {
      example: 'skip="why"',
      quoted: true,
      set(directives, value) {
        directives.skip = parseReason(value);
      },
    },
  } satisfies Record<string, Rule>),
);

const ALLOWED: string = `Allowed are ${Array.from(RULES.values(), (rule) => rule.example).join(', ')}.`;

/**
 * Reads the directives of a source: every comment whose first word is `guestkit:`, on a line of its own
 * or behind code. `file` is the name for messages. Include files are not read.
 *
 * Decode the source as UTF-8; bytes that are not may stand anywhere but inside a value.
 * Throws {@link DirectiveError} at the first thing that is wrong.
 */
export function parseDirectives(source: string, file: string): Directives {
  const directives: Directives = {};
  const places = new Map<string, Setting>();
  const fail: Fail = (at, problem, hint) => {
    throw new DirectiveError(file, at.line, at.column, problem, hint);
  };

  for (const comment of comments(source)) {
    const settings = readSettings(comment, fail);
    if (settings === undefined) {
      if (looksLikeDirective(comment.text, RULES.keys())) {
        fail(comment, "this comment is not read: a directive begins with 'guestkit:'", ALLOWED);
      }
      continue;
    }
    if (settings.length === 0) fail(comment, "there is no setting after 'guestkit:'", ALLOWED);
    for (const setting of settings) {
      const rule = RULES.get(setting.name) ?? fail(setting, unknownSetting(setting.name), ALLOWED);
      checkForm(setting, rule, fail);
      const first = places.get(setting.name);
      if (first !== undefined) {
        fail(setting, `'${setting.name}' is set on line ${first.line} and again on line ${setting.line}`);
      }
      places.set(setting.name, setting);
      try {
        rule.set(directives, setting.value);
      } catch (error) {
        if (!(error instanceof ValueError)) throw error;
        const at = { line: setting.line, column: setting.valueColumn + error.offset };
        fail(at, `${setting.name}: ${error.message}`);
      }
    }
  }

  checkContradiction(places, fail);
  return directives;
}

type Fail = (at: { line: number; column: number }, problem: string, hint?: string) => never;

function checkContradiction(places: ReadonlyMap<string, Setting>, fail: Fail): void {
  const exit = places.get('exit');
  const outcome = places.get('outcome');
  if (exit === undefined || outcome === undefined || outcome.value === 'exited') return;
  const [first = exit, second = outcome] = [...places.values()].filter((at) => at === exit || at === outcome);
  const lines = first.line === second.line ? '' : ` (lines ${first.line} and ${second.line})`;
  fail(
    second,
    `exit=${exit.value} and outcome=${outcome.value} contradict each other${lines}`,
    'Only a guest that writes to the exit port has an exit status: leave one of the two out.',
  );
}

function checkForm(setting: Setting, rule: Rule, fail: Fail): void {
  const { name, form } = setting;
  if (form === 'none')
    fail(setting, `'${name}' has no value; write ${rule.example}, without spaces around '='`);
  if (form === 'quoted' && !rule.quoted) fail(setting, `'${name}' takes no quotes; write ${rule.example}`);
  if (form === 'bare' && rule.quoted) fail(setting, `'${name}' needs double quotes; write ${rule.example}`);
  if (form === 'bare' && /[,;]$/.test(setting.value)) {
    const mark = setting.value.slice(-1);
    fail(setting, `'${mark}' after '${name}': settings are separated by spaces, and nothing else may follow`);
  }
}

function unknownSetting(name: string): string {
  const meant = suggest(name, RULES.keys());
  return `unknown setting ${quote(name)}${meant === undefined ? '' : ` (did you mean '${meant}'?)`}`;
}

function parseExit(text: string): number {
  if (!/^(\d+|0x[0-9a-f]+)$/i.test(text)) {
    throw new ValueError(`${quote(text)} is not an exit status; write 0 to 255, or 0x00 to 0xff`);
  }
  const status = Number(text);
  if (status > 255) throw new ValueError(`${quote(text)} is out of range; an exit status is 0 to 255`);
  return status;
}

function parseOutcome(text: string): ExpectableKind {
  const kind = EXPECTABLE.find((name) => name === text);
  if (kind !== undefined) return kind;
  if (text === 'stopped') throw new ValueError("'stopped' cannot be expected: only the host stops a guest");
  const meant = suggest(text, EXPECTABLE);
  const question = meant === undefined ? '' : ` (did you mean '${meant}'?)`;
  throw new ValueError(`${quote(text)} is not an outcome${question}; allowed are ${EXPECTABLE.join(', ')}`);
}

function parseInput(text: string): Uint8Array {
  const bytes = parseText(text);
  if (bytes.length > INPUT_LIMIT) {
    throw new ValueError(`the input is ${bytes.length} bytes long; at most ${INPUT_LIMIT} (64K) are allowed`);
  }
  return bytes;
}

function parseReason(text: string): string {
  const reason = new TextDecoder().decode(parseText(text)).trim();
  if (reason === '') throw new ValueError('the reason is empty; say why the case is skipped');
  if (/\p{C}|\uFFFD/u.test(reason)) {
    throw new ValueError('the reason is read by people: it must be text without control characters');
  }
  return reason;
}
