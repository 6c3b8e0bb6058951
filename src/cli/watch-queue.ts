import type { Target } from './watch-targets.ts';

/** The targets that are to be run. */
export class WatchQueue {
  readonly #stale: Set<Target> = new Set();
  readonly #later: Set<Target> = new Set();

  has(target: Target): boolean {
    return this.#stale.has(target) || this.#later.has(target);
  }

  /** Whether a target's last run does not count any more. */
  isStale(target: Target): boolean {
    return this.#stale.has(target);
  }

  add(targets: Iterable<Target>): void {
    for (const target of targets) {
      this.#stale.add(target);
      this.#later.delete(target);
    }
  }

  /** For those that can wait until the others are done. */
  addLater(targets: Iterable<Target>): void {
    for (const target of targets) {
      if (!this.#stale.has(target)) this.#later.add(target);
    }
  }

  remove(targets: Iterable<Target>): void {
    for (const target of targets) {
      this.#stale.delete(target);
      this.#later.delete(target);
    }
  }

  /** What is to be run now: of `all`, in their order, those that are wanted. */
  next(all: Iterable<Target>, isWanted: (target: Target) => boolean): Target[] {
    const wanted = (set: ReadonlySet<Target>): Target[] => {
      if (set.size === 0) return [];
      const inOrder = set.size === 1 ? [...set] : [...all].filter((target) => set.has(target));
      return inOrder.filter(isWanted);
    };
    const stale = wanted(this.#stale);
    return stale.length > 0 ? stale : wanted(this.#later);
  }
}
