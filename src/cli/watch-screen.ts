import { stripVTControlCharacters } from 'node:util';
import type { Style } from '../report/style.ts';
import { joined, oneLine } from '../report/text.ts';
import { fitBlocks, rowsOf } from './watch-fit.ts';
import { countsText, stateText, targetLines, timeOfDay, watchedText } from './watch-lines.ts';
import { isBad, type WatchSession } from './watch-session.ts';
import type { Target } from './watch-targets.ts';
import { slowText, type WatchView } from './watch-view.ts';

/** Cursor home, erase the display, erase what was scrolled out of it (ECMA-48, CUP and ED; ED 3 is xterm's). */
const CLEAR = '\x1b[H\x1b[2J\x1b[3J';
/** To the start of the line, and erase it (ECMA-48, EL). */
const ERASE = '\r\x1b[K';
/** A person reads no faster. */
const REDRAW_MS = 100;
/** Rows that are kept for what stands below the verdicts of a run. */
const RESERVED_ROWS = 6;

/** What the screen needs of the terminal. */
export interface Terminal {
  write(text: string): void;
  /** As they are now. */
  size(): { rows: number; columns: number };
}

/**
 * The screen of a terminal: the verdicts of the last run, below them what failed in earlier ones and is not
 * mended yet, at the bottom a line that says how things stand. It is cleared when a run starts, which is put off
 * until there is something to show in the place of what was there.
 */
export class ScreenView implements WatchView {
  readonly #terminal: Terminal;
  readonly #style: Style;
  #session: WatchSession | undefined;
  /** The targets of the last run that have a report, with what is shown of each. */
  readonly #body: Map<Target, readonly string[]> = new Map();
  /** What was shown of each target last. */
  readonly #blocks: WeakMap<Target, readonly string[]> = new WeakMap();
  #notes: string[] = [];
  #problem: readonly string[] = [];
  #prompt: string | undefined;
  /** Of the run under way. */
  #total: number | undefined;
  #slow: string | undefined;
  #isStale = true;
  #hasBottom = false;
  #restedAt = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(terminal: Terminal, style: Style) {
    this.#terminal = terminal;
    this.#style = style;
  }

  open(session: WatchSession): void {
    this.#session = session;
  }

  begin(targets: readonly Target[]): void {
    this.#body.clear();
    this.#notes = [];
    this.#total = targets.length;
    this.#slow = undefined;
    this.#isStale = true;
    this.#drawSoon();
  }

  report(target: Target): void {
    const lines = targetLines(target, timeOfDay(), this.#style);
    this.#blocks.set(target, lines);
    const isQuiet = this.#isMany() && target.verdicts.every(({ status }) => status === 'passed');
    this.#body.set(target, isQuiet ? [] : lines);
    if (isQuiet || lines.length === 0) this.#drawSoon();
    else this.#print(lines);
  }

  slow({ path }: Target): void {
    this.#slow = path;
    this.#drawSoon();
  }

  rest(): void {
    const ran = this.#total !== undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#total = undefined;
    this.#restedAt = timeOfDay();
    if (this.#isStale) this.redraw();
    else this.#write(ran ? this.#tail() : '');
  }

  gone(targets: readonly Target[]): void {
    for (const target of targets) this.#body.delete(target);
    if (this.#total === undefined) this.redraw();
  }

  note(lines: readonly string[]): void {
    this.#notes.push(...lines);
    this.#print(lines);
    this.#write('');
  }

  problem(lines: readonly string[]): void {
    if (lines.length === 0 && this.#problem.length === 0) return;
    this.#problem = lines;
    this.#isStale = true;
    this.#drawSoon();
  }

  prompt(text: string | undefined): void {
    this.#prompt = text === undefined ? undefined : oneLine(text);
    this.#write('');
  }

  /** Draws all of it anew, for a terminal that has another size. */
  redraw(): void {
    const text = this.#whole();
    this.#hasBottom = false;
    this.#write(text);
  }

  /** All but the bottom line, for a screen that is empty then. */
  #whole(): string {
    this.#isStale = false;
    const body = joined([...this.#body.values()].flat());
    return CLEAR + body + (this.#total === undefined ? this.#tail() : joined(this.#notes));
  }

  /** Whether more run than there is room for: then those that pass are only counted. */
  #isMany(): boolean {
    return (this.#total ?? 0) > this.#terminal.size().rows - RESERVED_ROWS;
  }

  /** What stands below the verdicts of a run: what is still wrong beside them, and notes. */
  #tail(): string {
    const { rows, columns } = this.#terminal.size();
    const used = rowsOf([...this.#body.values()].flat(), columns);
    const others = (this.#session?.shown ?? []).filter(
      (target) => !this.#body.has(target) && target.verdicts.some(isBad),
    );
    const fixed = [...this.#problem, ...this.#notes];
    const room = rows - used - rowsOf(fixed, columns) - 2;
    const blocks = others.map((target) => this.#blocks.get(target) ?? []);
    return `${joined([...fitBlocks(blocks, room, columns), ...fixed])}\n`;
  }

  #print(lines: readonly string[]): void {
    if (lines.length === 0) return;
    const erase = this.#hasBottom ? ERASE : '';
    this.#terminal.write(this.#isStale ? this.#whole() : erase + joined(lines));
    this.#hasBottom = false;
    if (this.#total !== undefined) this.#drawSoon();
  }

  #drawSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#isStale || this.#total === undefined) this.redraw();
      else this.#write('');
    }, REDRAW_MS);
  }

  /** Writes text in the place of the bottom line, and that below it. */
  #write(text: string): void {
    const erase = this.#hasBottom ? ERASE : '';
    this.#hasBottom = true;
    this.#terminal.write(erase + text + this.#bottom());
  }

  #bottom(): string {
    const width = this.#terminal.size().columns - 1;
    if (this.#prompt !== undefined) return this.#prompt.slice(-width);
    const session = this.#session;
    if (session === undefined) return '';
    const text = this.#total === undefined ? this.#state(session) : this.#progress(session, this.#total);
    const plain = stripVTControlCharacters(text);
    return plain.length > width ? plain.slice(0, width) : text;
  }

  #state(session: WatchSession): string {
    return `${stateText(session, this.#style)}  ${this.#style('dim', `${this.#restedAt}  ${watchedText(session)}, h help`)}`;
  }

  #progress(session: WatchSession, total: number): string {
    const slow = this.#slow === undefined ? '' : slowText(this.#slow);
    const counted = `${this.#body.size}/${total}  ${countsText([...this.#body.keys()], this.#style)}`;
    const parts = [
      ...(total > 1 ? [counted] : [this.#style('dim', watchedText(session))]),
      this.#style('dim', slow),
    ];
    return parts.filter((part) => part !== '').join('  ');
  }
}
