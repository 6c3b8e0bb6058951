import type { Style } from '../report/style.ts';
import { oneLine } from '../report/text.ts';
import { stateText, targetLines, timeOfDay } from './watch-lines.ts';
import type { WatchSession } from './watch-session.ts';
import type { Target } from './watch-targets.ts';

/** Shows a watch session to a person. */
export interface WatchView {
  /** The session is there, and nothing has run yet. */
  open(session: WatchSession): void;
  begin(targets: readonly Target[]): void;
  report(target: Target): void;
  slow(target: Target): void;
  rest(): void;
  gone(targets: readonly Target[]): void;
  /** Says something besides. */
  note(lines: readonly string[]): void;
  /** What is wrong with the project, until that is mended; nothing: it is. */
  problem(lines: readonly string[]): void;
  /** What a person is typing, after a question; `undefined`: no longer. */
  prompt(text: string | undefined): void;
}

/** Plain lines, one after the other, for what is no terminal. */
export class PlainView implements WatchView {
  readonly #print: (lines: readonly string[]) => void;
  readonly #style: Style;
  readonly #keys: string;
  #session: WatchSession | undefined;
  /** Cases of the runs since the last rest; at the first rest there is something to say in any case. */
  #cases: number | undefined;

  /** @param keys what the person can do: "Ctrl+C quits" */
  constructor(print: (lines: readonly string[]) => void, style: Style, keys: string) {
    this.#print = print;
    this.#style = style;
    this.#keys = keys;
  }

  open(session: WatchSession): void {
    this.#session = session;
    this.note([this.#style('dim', `watching ${oneLine(session.title)}: save to run, ${this.#keys}`)]);
  }

  begin(): void {
    // Each verdict has its time.
  }

  report(target: Target): void {
    this.#cases = (this.#cases ?? 0) + target.verdicts.length;
    this.note(targetLines(target, timeOfDay(), this.#style));
  }

  slow({ path }: Target): void {
    this.note([this.#style('dim', slowText(path))]);
  }

  rest(): void {
    const session = this.#session;
    const isWorthIt = this.#cases === undefined || this.#cases > 1;
    if (isWorthIt && session !== undefined) {
      this.note([`${stateText(session, this.#style)} ${this.#style('dim', timeOfDay())}`]);
    }
    this.#cases = 0;
  }

  gone(targets: readonly Target[]): void {
    this.note(targets.map(({ path }) => this.#style('dim', `${oneLine(path)} is gone`)));
  }

  note(lines: readonly string[]): void {
    if (lines.length > 0) this.#print(lines);
  }

  problem(lines: readonly string[]): void {
    this.note(lines);
  }

  prompt(text: string | undefined): void {
    if (text?.endsWith(': ')) this.note([text]);
  }
}

/** "… asm/x is running" */
export function slowText(path: string): string {
  return `… ${oneLine(path.replace(/\.asm$/, ''))} is running`;
}
