/** Work that nobody waits for. */
const pending: (() => void)[] = [];
let watchesExit = false;

/**
 * Does `work` when the event loop is next free, or when the process ends: a person who saves a file waits for
 * the verdict, not for the cache. `work` must not throw.
 */
export function later(work: () => void): void {
  if (pending.length === 0) setImmediate(doPending);
  pending.push(work);
  if (watchesExit) return;
  watchesExit = true;
  process.once('exit', doPending);
}

/** Does what is left to do now, for those who need its effects. */
export function doPending(): void {
  for (const work of pending.splice(0)) work();
}
