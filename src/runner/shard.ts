import { digest } from '../nasm/digest.ts';
import type { SuiteSource } from './guest.ts';
import type { SuiteStore } from './suite-store.ts';

/** A part of a suite: the `index`th, from 1, of `count`. */
export interface Shard {
  index: number;
  count: number;
}

/** What a source takes that has nothing to run, or failed to build: no shard gets all of those for nothing. */
const HANDLING_MS = 0.1;

/** The sources of one shard. Every source is in exactly one of them, and the shards take about the same time. */
export function shardOf(
  sources: readonly SuiteSource[],
  { index, count }: Shard,
  store: SuiteStore,
): SuiteSource[] {
  const shards = assign(sources, count, store);
  return sources.filter((source) => shards.get(source) === index);
}

/** Tells how a suite was cut into shards. Those of a suite fit together only when all were cut alike. */
export function cutOf(sources: readonly SuiteSource[], count: number, store: SuiteStore): string {
  const shards = assign(sources, count, store);
  return digest(sources.map((source) => `${source.path} ${shards.get(source)}\n`).join(''));
}

/**
 * The shard of each source, from 1, going by how long the sources took last: the longest first, each to the
 * shard with the least so far. The same list with the same durations is cut the same way everywhere.
 */
function assign(
  sources: readonly SuiteSource[],
  count: number,
  store: SuiteStore,
): ReadonlyMap<SuiteSource, number> {
  const known = sources.flatMap(({ path }) => store.history(path)?.durationMs ?? []);
  const usual = known.length === 0 ? 1 : known.reduce((sum, ms) => sum + ms, 0) / known.length;
  const weighed = sources.map((source) => ({ source, ms: store.history(source.path)?.durationMs ?? usual }));
  // Sorting is stable: equal durations keep the order of the names.
  weighed.sort((a, b) => b.ms - a.ms);
  const loads = Array.from({ length: count }, () => 0);
  const shards = new Map<SuiteSource, number>();
  for (const { source, ms } of weighed) {
    const least = loads.indexOf(Math.min(...loads));
    loads[least] = (loads[least] ?? 0) + ms + HANDLING_MS;
    shards.set(source, least + 1);
  }
  return shards;
}
