import { acceptPending } from '../golden/accept.ts';
import type { FailedVerdict, NewVerdict, Verdict } from '../golden/verdict.ts';
import { linesOf, oneLine } from '../report/text.ts';
import { caseError } from '../runner/case-error.ts';
import type { Key } from './keys.ts';
import { STATUS } from './status.ts';
import { STDOUT, styleFor } from './terminal.ts';
import { fullDiff } from './watch-diff.ts';
import { type Filter, NO_FILTER } from './watch-events.ts';
import { HELP } from './watch-lines.ts';
import { LinePrompt } from './watch-prompt.ts';
import type { WatchSession } from './watch-session.ts';
import type { Target } from './watch-targets.ts';
import type { WatchView } from './watch-view.ts';

/** Does what the keys of a watch session mean. */
export class WatchKeys {
  readonly #session: WatchSession;
  readonly #view: WatchView;
  readonly #finish: (status: number) => void;
  #prompt: { line: LinePrompt; part: keyof Filter } | undefined;
  readonly #actions: Readonly<Record<Key, () => void>> = {
    a: () => this.#runAll(),
    enter: () => this.#runAll(),
    f: () => this.#session.runFailed() || this.#view.note(['nothing failed']),
    r: () => this.#session.runLast(),
    u: () => this.#accept(),
    p: () => this.#ask('path', 'part of the path (none: all)'),
    t: () => this.#ask('name', 'name of test cases, a regular expression (none: all)'),
    d: () => this.#showDifference(),
    h: () => this.#view.note(HELP),
    q: () => this.#finish(STATUS.ok),
  };

  /** @param finish ends the session with a status */
  constructor(session: WatchSession, view: WatchView, finish: (status: number) => void) {
    this.#session = session;
    this.#view = view;
    this.#finish = finish;
  }

  press(key: Key): void {
    if (key === 'interrupt') this.#finish(STATUS.interrupted);
    else if (this.#prompt !== undefined) this.#type(this.#prompt, key);
    else {
      const name = key.toLowerCase();
      if (Object.hasOwn(this.#actions, name)) this.#actions[name]?.();
    }
  }

  #runAll(): void {
    this.#session.runAll(NO_FILTER);
  }

  #ask(part: keyof Filter, question: string): void {
    this.#prompt = { line: new LinePrompt(question), part };
    this.#view.prompt(this.#prompt.line.text);
  }

  #type({ line, part }: { line: LinePrompt; part: keyof Filter }, key: Key): void {
    const state = line.press(key);
    this.#view.prompt(state === 'open' ? line.text : undefined);
    if (state === 'open') return;
    this.#prompt = undefined;
    if (state === 'cancelled') return;
    const complaint = part === 'name' ? regexComplaint(line.answer) : undefined;
    if (complaint === undefined) this.#session.runAll({ ...this.#session.filter, [part]: line.answer });
    else this.#view.note(linesOf(complaint));
  }

  /** Writes the goldens of what holds now; what a guest printed before it was changed is no golden. */
  #accept(): void {
    const lines: string[] = [];
    const accepted: Target[] = [];
    for (const target of this.#session.shown) {
      if (!this.#session.holds(target) || target.snapshot.moved()) continue;
      const open = target.verdicts.filter(isOpen);
      if (open.length > 0) accepted.push(target);
      for (const verdict of open) lines.push(...accept(verdict));
    }
    // First, for a run clears what was noted before it.
    if (accepted.length > 0) this.#session.runAccepted(accepted);
    this.#view.note(lines.length === 0 ? ['there is nothing to accept'] : lines);
  }

  #showDifference(): void {
    const style = styleFor(STDOUT);
    const lines = this.#session.lastDifference.flatMap((golden) => fullDiff(golden, style));
    this.#view.note(lines.length === 0 ? ['nothing differs from its golden'] : lines);
  }
}

function isOpen(verdict: Verdict): verdict is FailedVerdict | NewVerdict {
  return (verdict.status === 'failed' || verdict.status === 'new') && verdict.pending.length > 0;
}

/** What was written, or why nothing was. */
function accept(verdict: FailedVerdict | NewVerdict): string[] {
  try {
    return acceptPending(verdict).map((path) => `wrote ${oneLine(path)}`);
  } catch (cause) {
    const { message, hint } = caseError(cause);
    return [...linesOf(message), ...(hint === undefined ? [] : linesOf(hint))];
  }
}

function regexComplaint(text: string): string | undefined {
  try {
    new RegExp(text, 'i');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
