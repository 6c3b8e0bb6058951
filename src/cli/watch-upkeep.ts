import { now } from '../clock.ts';

/** What is to be done beside the runs. */
export interface Chores {
  /** Whether guests run now. */
  busy(): boolean;
  /** Looks whether files moved: while guests run at theirs, else at all. */
  look(): void;
  /** Finds what names that came or went bring about; resolves to whether there may be more of them. */
  follow(): Promise<boolean>;
}

/**
 * Events of the file system can come between two halves of a save and not after the second. So files are
 * looked at every so often while guests run, and once more this long after.
 */
const SETTLE_MS = 60;
/** Where looking takes long it is done less often: this many times as long as it takes. */
const LOOKING_SHARE = 20;

/** Sees to it that the chores of a watch session are done when nobody waits, and that none is forgotten. */
export class Upkeep {
  readonly #chores: Chores;
  #namesMoved = false;
  #following: Promise<void> | undefined;
  #followTimer: NodeJS.Timeout | undefined;
  #lookTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(chores: Chores) {
    this.#chores = chores;
  }

  /** Names came or went: that is followed up behind the run which it may have started, but not behind a long one. */
  namesMoved(): void {
    this.#namesMoved = true;
    this.#followSoon();
  }

  /** Looks at files before long. */
  lookSoon(): void {
    if (!this.#closed) this.#lookTimer ??= this.#lookIn(SETTLE_MS);
  }

  /** Nothing runs any more. */
  rest(): void {
    clearTimeout(this.#lookTimer);
    this.#lookTimer = undefined;
    this.lookSoon();
    if (this.#namesMoved) this.#followSoon();
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#followTimer);
    clearTimeout(this.#lookTimer);
    await this.#following;
  }

  #followSoon(): void {
    if (this.#closed) return;
    clearTimeout(this.#followTimer);
    this.#followTimer = setTimeout(() => this.#follow(), this.#chores.busy() ? SETTLE_MS : 0);
  }

  #follow(): void {
    this.#following ??= this.#followOnce().finally(() => {
      this.#following = undefined;
      if (this.#namesMoved) this.#followSoon();
    });
  }

  async #followOnce(): Promise<void> {
    this.#namesMoved = false;
    if (await this.#chores.follow()) this.#namesMoved = true;
  }

  #lookIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      const start = now();
      this.#chores.look();
      this.#lookTimer = undefined;
      if (this.#chores.busy()) {
        this.#lookTimer = this.#lookIn(Math.max(SETTLE_MS, LOOKING_SHARE * (now() - start)));
      }
    }, ms);
  }
}
