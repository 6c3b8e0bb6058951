/** A key that a person pressed: the letter itself, or a name. */
export type Key = string;

/** What a terminal in raw mode sends for keys without a letter. */
const NAMES: ReadonlyMap<string, Key> = new Map([
  ['\r', 'enter'],
  ['\n', 'enter'],
  ['\x7f', 'backspace'],
  ['\b', 'backspace'],
  ['\x03', 'interrupt'],
]);

const ESCAPE = '\x1b';
/** The rest of what an arrow key sends comes at once, over a slow line a little later. */
const ESCAPE_MS = 50;

/** Makes keys of what a terminal sends. What arrow and function keys send, and keys pressed with Alt, is dropped. */
export class KeyReader {
  readonly #handle: (key: Key) => void;
  #rest = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(handle: (key: Key) => void) {
    this.#handle = handle;
  }

  feed(text: string): void {
    clearTimeout(this.#timer);
    let rest = this.#rest + text;
    this.#rest = '';
    while (rest !== '') {
      const length = rest.startsWith(ESCAPE) ? escapeLength(rest) : 0;
      if (length === undefined) {
        this.#rest = rest;
        this.#timer = setTimeout(() => this.#giveUp(), ESCAPE_MS);
        return;
      }
      const [letter = ''] = rest;
      rest = rest.slice(length === 0 ? letter.length : length);
      if (length === 1) this.#handle('escape');
      if (length === 0) this.#letter(letter);
    }
  }

  #letter(letter: string): void {
    const name = NAMES.get(letter);
    if (name !== undefined) this.#handle(name);
    else if (!/\p{Cc}/u.test(letter)) this.#handle(letter);
  }

  /** Nothing came behind it: it was the key itself. */
  #giveUp(): void {
    this.#rest = '';
    this.#handle('escape');
  }
}

/** The length of the sequence at the start (ECMA-48, 5.4); 1: the key itself; `undefined`: its end is not there yet. */
function escapeLength(text: string): number | undefined {
  const kind = text[1];
  if (kind === undefined) return undefined;
  if (kind === ESCAPE) return 1;
  if (kind === 'O') return text.length > 2 ? 3 : undefined;
  if (kind !== '[') return 2;
  let end = 2;
  while (end < text.length && (text[end] ?? '@') < '@') end += 1;
  return end < text.length ? end + 1 : undefined;
}

/**
 * Calls `handle` for every key pressed, when standard input is a terminal, and `onGone` when that is closed. The
 * terminal is in raw mode until the process ends, however it ends, and is then put back.
 */
export function onKey(handle: (key: Key) => void, onGone: () => void): void {
  const { stdin } = process;
  if (!stdin.isTTY) return;
  stdin.setRawMode(true);
  process.once('exit', () => stdin.setRawMode(false));
  stdin.setEncoding('utf8');
  const reader = new KeyReader(handle);
  stdin.on('data', (text: string) => reader.feed(text));
  stdin.on('end', onGone);
  stdin.on('error', onGone);
}
