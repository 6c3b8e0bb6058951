import { CHANNELS, GOLDEN_SUFFIXES } from './channels.ts';
import { type Comment, comments } from './comments.ts';
import { DirectiveError, type Fail, type FailAt } from './directive-error.ts';
import { looksLikeDirective, matchAt, skipBlanks, splitSettings } from './directive-syntax.ts';
import {
  commentHead,
  type DirectiveWord,
  directiveWord,
  type ExpectationWord,
  meantExpectation,
} from './directive-word.ts';
import { readExpectation } from './expectation-comment.ts';
import type { CasePlan, Expectation, RoutineCall, Settings, SourcePlan } from './plan.ts';
import { readCall } from './routine-call.ts';
import {
  ALLOWED_SETTINGS,
  asksForEnding,
  SETTING_NAMES,
  SettingsReader,
  settingsOfCase,
  withoutEnding,
} from './settings.ts';
import { quote } from './visible.ts';

const MOST_CASES = 10_000;
/** Those for every case count in each, so this also bounds what many cases hold together. */
const MOST_EXPECTATIONS = 1000;

const CASE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** With `debug` as a case of `echo`, `echo.debug.golden` would be two goldens. */
const RESERVED: ReadonlySet<string> = new Set(
  CHANNELS.filter((channel) => channel !== 'serial').map(
    (channel) => GOLDEN_SUFFIXES[channel].split('.')[1] ?? '',
  ),
);

const CASE_FORM =
  'A case is written like this: "; case: name input="abc\\r" exit=2". Begin a comment that is none with another word.';
const EXPECTATION_FORM =
  'Expectations begin with "expect:", "expect-not:" or "expect-re:". Begin a comment that is none with another word.';

/** A `case:` or `test:` as it is written, before what the source says for all is known. */
interface Draft {
  name: string;
  line: number;
  own: Settings;
  expectations: Expectation[];
  call: RoutineCall | undefined;
}

/**
 * Reads the test cases of a source out of its comments: those whose first word is `guestkit:`, `case:`,
 * `test:`, `expect:`, `expect-not:` or `expect-re:`, on a line of their own or behind code. `file` is the
 * name for messages. Include files are not read.
 *
 * Decode the source as UTF-8; bytes that are not may stand anywhere but inside a value.
 * Throws {@link DirectiveError} at the first thing that is wrong, and at nothing else.
 */
export function parseSourcePlan(source: string, file: string): SourcePlan {
  const reader = new PlanReader((at, problem, hint) => {
    throw new DirectiveError(file, at.line, at.column, problem, hint);
  });
  for (const comment of comments(source)) reader.read(comment);
  return reader.finish();
}

class PlanReader {
  readonly #fail: Fail;
  readonly #source: SettingsReader;
  /** The expectations of every case, or of the source itself. */
  readonly #shared: Expectation[] = [];
  readonly #drafts: Draft[] = [];
  /** The line that declares a name. */
  readonly #lines = new Map<string, number>();
  /** The `case:` that expectations belong to. */
  #block: Draft | undefined;
  #hasDirectives = false;

  constructor(fail: Fail) {
    this.#fail = fail;
    this.#source = new SettingsReader(fail);
  }

  read(comment: Comment): void {
    const head = commentHead(comment.text);
    const word = head && directiveWord(head);
    if (head !== undefined && word !== undefined) {
      this.#hasDirectives = true;
      this.#readDirective(word, comment, head.end);
      return;
    }
    if (looksLikeDirective(comment.text, SETTING_NAMES)) {
      this.#fail(comment, "this comment is not read: a directive begins with 'guestkit:'", ALLOWED_SETTINGS);
    }
    const meant = head && meantExpectation(head);
    if (meant !== undefined) {
      this.#fail(comment, `this comment is not read (did you mean '${meant}:'?)`, EXPECTATION_FORM);
    }
  }

  #readDirective(word: DirectiveWord, comment: Comment, from: number): void {
    const { line, column } = comment;
    const failAt: FailAt = (offset, problem, hint) =>
      this.#fail({ line, column: column + offset }, problem, hint);
    switch (word) {
      case 'guestkit': {
        const settings = splitSettings(comment, from, 'guestkit:', this.#fail);
        if (settings.length === 0)
          this.#fail(comment, "there is no setting after 'guestkit:'", ALLOWED_SETTINGS);
        this.#source.read(settings);
        return;
      }
      case 'case':
        this.#readCase(comment, from, failAt);
        return;
      case 'test': {
        const { name, call } = readCall(comment, from, failAt);
        this.#declare(
          { name, line, own: {}, expectations: [], call },
          skipBlanks(comment.text, from),
          failAt,
        );
        return;
      }
      default:
        this.#readExpectation(word, comment, from, failAt);
    }
  }

  #readExpectation(word: ExpectationWord, comment: Comment, from: number, failAt: FailAt): void {
    const expectation = readExpectation(word, comment, from, failAt);
    const own = this.#block?.expectations ?? [];
    if (this.#shared.length + own.length === MOST_EXPECTATIONS) {
      const problem = `a case has at most ${MOST_EXPECTATIONS} expectations`;
      failAt(0, problem, 'Compare so much output with a golden.');
    }
    (this.#block?.expectations ?? this.#shared).push(expectation);
  }

  #readCase(comment: Comment, from: number, failAt: FailAt): void {
    const at = skipBlanks(comment.text, from);
    const name = matchAt(/\S+/y, comment.text, at);
    if (name === '') failAt(0, "there is no name after 'case:'", CASE_FORM);
    if (!CASE_NAME.test(name)) {
      const rule = "a name is 1 to 64 letters of A-Z, a-z, 0-9, '-' and '_', and begins with no mark";
      failAt(at, `${quote(name)} cannot name a case: ${rule}`, CASE_FORM);
    }
    if (RESERVED.has(name)) {
      failAt(at, `'${name}' cannot name a case: its goldens would end like the '.${name}.golden' of others`);
    }
    const settings = new SettingsReader(this.#fail);
    this.#block = { name, line: comment.line, own: settings.settings, expectations: [], call: undefined };
    this.#declare(this.#block, at, failAt);
    settings.read(splitSettings(comment, at + name.length, 'case:', this.#fail));
  }

  #declare(draft: Draft, at: number, failAt: FailAt): void {
    const { name, line } = draft;
    const first = this.#lines.get(name);
    if (first !== undefined) {
      failAt(at, `two cases are named ${quote(name)}: on line ${first} and on line ${line}`);
    }
    if (this.#drafts.length === MOST_CASES) {
      failAt(
        0,
        `a source has at most ${MOST_CASES} cases`,
        'Split it: what two sources share can be included.',
      );
    }
    this.#lines.set(name, line);
    this.#drafts.push(draft);
  }

  finish(): SourcePlan {
    const { settings } = this.#source;
    const shared = this.#shared;
    const itself: CasePlan = { name: '', line: 1, settings, expectations: shared, call: undefined };
    const declared = this.#drafts.map((draft) => this.#planOf(draft));

    const asked = shared.length > 0 || asksForEnding(settings);
    const isAmong = this.#block === undefined && (declared.length === 0 || asked);
    return {
      settings,
      cases: isAmong ? [itself, ...declared] : declared,
      whole: this.#block === undefined && !isAmong ? itself : undefined,
      hasExpectations: asked || declared.length > 0,
      hasDirectives: this.#hasDirectives,
    };
  }

  #planOf({ name, line, own, expectations, call }: Draft): CasePlan {
    const source = this.#source.settings;
    if (call !== undefined) return { name, line, settings: withoutEnding(source), expectations: [], call };
    return {
      name,
      line,
      settings: settingsOfCase(source, own),
      expectations: expectations.length === 0 ? this.#shared : [...this.#shared, ...expectations],
      call,
    };
  }
}
