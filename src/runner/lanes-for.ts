import type { SuiteSource } from './guest.ts';
import type { SuiteStore } from './suite-store.ts';

/** What a source takes that has to be assembled. */
const BUILD_MS = 6;
/** Work of this much time pays for the start of one more thread. */
const WORTH_MS = 40;

/** How many lanes to run sources in: as many as were asked for, else as many CPUs as the work is worth. */
export function lanesFor(
  sources: readonly Pick<SuiteSource, 'path'>[],
  store: SuiteStore,
  jobs: number | undefined,
): number {
  if (jobs !== undefined) return Math.min(jobs, Math.max(1, sources.length));
  let ms = 0;
  for (const { path } of sources) {
    ms += store.history(path)?.durationMs ?? 0;
    if (store.record(path) === undefined) ms += BUILD_MS;
  }
  const worth = Math.floor(ms / WORTH_MS);
  return worth === 0
    ? 1
    : Math.min(worth + 1, process.getBuiltinModule('node:os').availableParallelism(), sources.length);
}
