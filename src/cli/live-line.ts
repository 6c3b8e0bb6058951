import { isCi, printable, STDOUT, writeAll } from './terminal.ts';

/** Carriage return, then "erase in line" (ECMA-48, EL). */
const CLEAR = '\r\x1b[K';
/** Auto-wrap off and on (DEC private mode 7): letters may be wider than one column. */
const NO_WRAP = '\x1b[?7l';
const WRAP = '\x1b[?7h';
/** A person reads no faster. */
const REDRAW_MS = 100;
/** More text than this, in letters, does not wait. */
const MOST_WAITING = 64 * 1024;
/** For a terminal that does not say how wide it is. */
const USUAL_WIDTH = 80;

/** Whether a person looks at stdout, on a terminal that can draw a line anew. */
export function hasLiveTerminal(): boolean {
  return process.getBuiltinModule('node:tty').isatty(STDOUT) && process.env['TERM'] !== 'dumb' && !isCi();
}

/**
 * One line at the bottom of a terminal that says how far the work is, below the lines that stay. Where stdout
 * is no terminal there is none, and the lines that stay are all.
 */
export class LiveLine {
  readonly #on: boolean;
  readonly #lost: (error?: unknown) => void;
  #isLost = false;
  #text = '';
  #shown = false;
  /** What is printed next. */
  #waiting = '';
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param on whether there is a line
   * @param lost called once when stdout takes no more: because nobody reads, or with the error of `writeAll`
   */
  constructor(on: boolean, lost: (error?: unknown) => void) {
    this.#on = on;
    this.#lost = lost;
  }

  /** The line from now on; drawn soon. */
  show(text: string): void {
    if (!this.#on || this.#isLost) return;
    this.#text = text;
    this.#timer ??= setTimeout(() => this.#draw(), REDRAW_MS);
    this.#timer.unref();
  }

  /** Prints what stays, above the line; soon, with what comes meanwhile, since a write costs more than a guest. */
  print(text: string): void {
    if (text === '') return;
    if (this.#waiting === '') setImmediate(() => this.#flush());
    this.#waiting += text;
    if (this.#waiting.length > MOST_WAITING) this.#flush();
  }

  /** Prints what waits, and takes the line away. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flush();
    if (this.#shown) this.#write(CLEAR);
    this.#shown = false;
  }

  #flush(): void {
    if (this.#waiting === '') return;
    const text = (this.#shown ? CLEAR : '') + this.#waiting;
    this.#waiting = '';
    this.#shown = false;
    this.#write(text);
  }

  #draw(): void {
    this.#timer = undefined;
    this.#flush();
    const width = process.stdout.columns || USUAL_WIDTH;
    this.#write(CLEAR + NO_WRAP + printable(this.#text).slice(0, width - 1) + WRAP);
    this.#shown = true;
  }

  /** Called from timers too, where nobody could catch what it throws. */
  #write(text: string): void {
    if (this.#isLost) return;
    try {
      this.#isLost = !writeAll(STDOUT, text);
      if (this.#isLost) this.#lost();
    } catch (error) {
      this.#isLost = true;
      this.#lost(error);
    }
  }
}
