import type { Key } from './keys.ts';

/** A question at the bottom of the screen, and what a person types behind it, in raw mode. */
export class LinePrompt {
  readonly #question: string;
  #typed = '';

  constructor(question: string) {
    this.#question = question;
  }

  get text(): string {
    return `${this.#question}: ${this.#typed}`;
  }

  /** What Enter leaves. */
  get answer(): string {
    return this.#typed.trim();
  }

  /** Takes a key. @returns whether the line is still being typed, done, or given up */
  press(key: Key): 'open' | 'done' | 'cancelled' {
    if (key === 'enter') return 'done';
    if (key === 'escape') return 'cancelled';
    if (key === 'backspace') this.#typed = [...this.#typed].slice(0, -1).join('');
    else if ([...key].length === 1) this.#typed += key;
    return 'open';
  }
}
