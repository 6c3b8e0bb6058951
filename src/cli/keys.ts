/** A key that a person pressed. */
export type Key = 'q' | 'enter' | 'interrupt';

/** What a terminal in raw mode sends for each key. */
const KEYS: Readonly<Record<string, Key>> = {
  q: 'q',
  Q: 'q',
  '\r': 'enter',
  '\n': 'enter',
  '\x03': 'interrupt',
};

/**
 * Calls `handle` for every key pressed, when standard input is a terminal. The terminal is in raw mode until
 * the process ends, however it ends, and is then put back.
 */
export function onKey(handle: (key: Key) => void): void {
  const { stdin } = process;
  if (!stdin.isTTY) return;
  stdin.setRawMode(true);
  process.once('exit', () => stdin.setRawMode(false));
  stdin.setEncoding('utf8');
  stdin.on('data', (text: string) => {
    for (const letter of text) {
      const key = KEYS[letter];
      if (key !== undefined) handle(key);
    }
  });
}
