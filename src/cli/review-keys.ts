/** What a person can answer in a review. */
export type ReviewKey =
  | 'accept'
  | 'reject'
  | 'skip'
  | 'accept-all'
  | 'reject-all'
  | 'skip-all'
  | 'quit'
  | 'interrupt';

/** The keys of `cargo insta review`. */
const KEYS: Readonly<Record<string, ReviewKey>> = {
  a: 'accept',
  r: 'reject',
  s: 'skip',
  A: 'accept-all',
  R: 'reject-all',
  S: 'skip-all',
  q: 'quit',
  '\x03': 'interrupt',
  '\x04': 'quit',
};

const ESCAPE = '\x1b';

/**
 * The keys that a person presses, from its making to its end, in which the terminal is in raw mode. What is
 * typed ahead is kept for the questions to come.
 */
export class ReviewKeys implements Disposable {
  readonly #signal: AbortSignal;
  #ahead: ReviewKey[] = [];
  /** The answer to all further questions: the terminal is gone, or the process is told to end. */
  #last: ReviewKey | undefined;
  #wake: () => void = () => undefined;
  /** Within what an arrow or a function key sends (ECMA-48, CSI and SS3): `A` is the end of "up". */
  #sequence: 'escape' | 'csi' | 'ss3' | undefined;

  constructor(signal: AbortSignal) {
    const { stdin } = process;
    this.#signal = signal;
    stdin.setRawMode(true);
    stdin.setEncoding('utf8');
    stdin.on('data', this.#read);
    stdin.on('end', this.#end);
    signal.addEventListener('abort', this.#stop);
    if (signal.aborted) this.#last = 'interrupt';
  }

  /** Waits for one of the keys; others do nothing. */
  async next(): Promise<ReviewKey> {
    for (;;) {
      const key = this.#last ?? this.#ahead.shift();
      if (key !== undefined) return key;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  [Symbol.dispose](): void {
    const { stdin } = process;
    stdin.off('data', this.#read);
    stdin.off('end', this.#end);
    this.#signal.removeEventListener('abort', this.#stop);
    stdin.pause();
    stdin.setRawMode(false);
  }

  readonly #end = (): void => this.#finish('quit');
  readonly #stop = (): void => this.#finish('interrupt');

  readonly #read = (text: string): void => {
    for (const letter of text) {
      const key = this.#isOfSequence(letter) ? undefined : KEYS[letter];
      if (key !== undefined) this.#ahead.push(key);
    }
    this.#wake();
  };

  #finish(key: ReviewKey): void {
    this.#last = key;
    this.#wake();
  }

  #isOfSequence(letter: string): boolean {
    const before = this.#sequence;
    if (letter === ESCAPE) this.#sequence = 'escape';
    else if (before === 'escape' && letter === '[') this.#sequence = 'csi';
    else if (before === 'escape' && letter === 'O') this.#sequence = 'ss3';
    else if (before !== 'csi' || (letter >= '@' && letter <= '~')) this.#sequence = undefined;
    return before !== undefined;
  }
}
