import { suggest } from '../suggest.ts';
import type { Fail } from './directive-error.ts';
import type { Setting } from './directive-syntax.ts';
import { parseDuration, parseSize, parseText, ValueError } from './parse-value.ts';
import type { ExpectableKind, Settings } from './plan.ts';
import { quote } from './visible.ts';

const EXPECTABLE: readonly ExpectableKind[] = ['exited', 'halted', 'timeout', 'crashed'];
const INPUT_LIMIT = 64 * 1024;

interface Rule {
  /** How the setting is written, for messages. */
  example: string;
  /** Whether the value stands in double quotes. */
  quoted: boolean;
  /** Sets the value, or throws a {@link ValueError}. */
  set(settings: Settings, value: string): void;
}

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>(
  Object.entries({
    exit: {
      example: 'exit=3',
      quoted: false,
      set(settings, value) {
        settings.exit = parseExit(value);
      },
    },
    outcome: {
      example: 'outcome=halted',
      quoted: false,
      set(settings, value) {
        settings.outcome = parseOutcome(value);
      },
    },
    timeout: {
      example: 'timeout=500ms',
      quoted: false,
      set(settings, value) {
        settings.timeoutMs = parseDuration(value);
      },
    },
    memory: {
      example: 'memory=2M',
      quoted: false,
      set(settings, value) {
        settings.memoryBytes = parseSize(value);
      },
    },
    input: {
      example: 'input="abc\\r"',
      quoted: true,
      set(settings, value) {
        settings.input = parseInput(value);
      },
    },
    skip: {
      example: 'skip="why"',
      quoted: true,
      set(settings, value) {
        settings.skip = parseReason(value);
      },
    },
  } satisfies Record<string, Rule>),
);

export const SETTING_NAMES: readonly string[] = [...RULES.keys()];

/** The hint of everything that is wrong about settings. */
export const ALLOWED_SETTINGS: string = `Allowed are ${Array.from(RULES.values(), (rule) => rule.example).join(', ')}.`;

/** Settings that belong together, read from one comment or from several. */
export class SettingsReader {
  readonly settings: Settings = {};
  readonly #places = new Map<string, Setting>();
  readonly #fail: Fail;

  constructor(fail: Fail) {
    this.#fail = fail;
  }

  /** Takes the settings of one comment. Fails at the first that is wrong, set before, or contradicts another. */
  read(settings: Iterable<Setting>): void {
    for (const setting of settings) this.#readOne(setting);
    this.#checkContradiction();
  }

  #readOne(setting: Setting): void {
    const fail = this.#fail;
    const rule = RULES.get(setting.name) ?? fail(setting, unknownSetting(setting.name), ALLOWED_SETTINGS);
    checkForm(setting, rule, fail);
    const first = this.#places.get(setting.name);
    if (first !== undefined) {
      fail(setting, `'${setting.name}' is set on line ${first.line} and again on line ${setting.line}`);
    }
    this.#places.set(setting.name, setting);
    try {
      rule.set(this.settings, setting.value);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      const at = { line: setting.line, column: setting.valueColumn + error.offset };
      fail(at, `${setting.name}: ${error.message}`);
    }
  }

  #checkContradiction(): void {
    const exit = this.#places.get('exit');
    const outcome = this.#places.get('outcome');
    if (exit === undefined || outcome === undefined || outcome.value === 'exited') return;
    const [first = exit, second = outcome] = [...this.#places.values()].filter(
      (at) => at === exit || at === outcome,
    );
    const lines = first.line === second.line ? '' : ` (lines ${first.line} and ${second.line})`;
    this.#fail(
      second,
      `exit=${exit.value} and outcome=${outcome.value} contradict each other${lines}`,
      'Only a guest that writes to the exit port has an exit status: leave one of the two out.',
    );
  }
}

/**
 * What holds for a case: its own settings, and those of its source that it does not set. The expected ending
 * is one thing: a case that says `exit` or `outcome` has neither of them from its source.
 */
export function settingsOfCase(source: Settings, own: Settings): Settings {
  return { ...(asksForEnding(own) ? withoutEnding(source) : source), ...own };
}

/** Whether they say how the guest must end, so that its ending alone is a comparison. */
export function asksForEnding(settings: Settings): boolean {
  return settings.exit !== undefined || settings.outcome !== undefined;
}

/** For what has another ending than the guest: a routine returns. */
export function withoutEnding(settings: Settings): Settings {
  const { exit, outcome, ...rest } = settings;
  return rest;
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
  const meant = suggest(name, SETTING_NAMES);
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
  // A copy: small buffers are views of one that Node shares among many, and all of it would go to a worker.
  return Uint8Array.from(bytes);
}

function parseReason(text: string): string {
  const reason = new TextDecoder().decode(parseText(text)).trim();
  if (reason === '') throw new ValueError('the reason is empty; say why the case is skipped');
  if (/\p{C}|\uFFFD/u.test(reason)) {
    throw new ValueError('the reason is read by people: it must be text without control characters');
  }
  return reason;
}
