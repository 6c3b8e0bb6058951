/** Work that nobody waits for, by what it is about. */
const pending: Map<string, () => void> = new Map();
let watchesExit = false;

/**
 * Does `work` when the event loop is next free, or when the process ends: a person who saves a file waits for
 * the verdict, not for the cache. Work about the same that is not done yet is left out. Must not throw.
 */
export function later(about: string, work: () => void): void {
  if (pending.size === 0) setImmediate(doPending);
  pending.set(about, work);
  if (watchesExit) return;
  watchesExit = true;
  process.once('exit', doPending);
}

/** Whether there is work left about this. */
export function isPending(about: string): boolean {
  return pending.has(about);
}

/** Does what is left to do now, for those who need its effects. */
export function doPending(): void {
  const works = [...pending.values()];
  pending.clear();
  for (const work of works) work();
}
