import { describe, expect, it } from 'vitest';
import type { SuiteSource } from '../../src/runner/guest.ts';
import { shardOf } from '../../src/runner/shard.ts';
import { SuiteStore } from '../../src/runner/suite-store.ts';
import { seededRandom } from '../support/random.ts';
import { useProject } from './project.ts';

useProject();

function sources(count: number): SuiteSource[] {
  return Array.from({ length: count }, (_, number) => {
    const stem = `asm/${String(number).padStart(4, '0')}`;
    return { path: `${stem}.asm`, stem, companions: [], named: false };
  });
}

function storeOf(durations: ReadonlyMap<string, number>): SuiteStore {
  const store = SuiteStore.open('a project');
  for (const [source, durationMs] of durations) store.keepHistory(source, { durationMs, failed: [] });
  return store;
}

function cut(all: readonly SuiteSource[], count: number, store: SuiteStore): SuiteSource[][] {
  return Array.from({ length: count }, (_, index) => shardOf(all, { index: index + 1, count }, store));
}

function load(shard: readonly SuiteSource[], store: SuiteStore): number {
  return shard.reduce((sum, { path }) => sum + (store.history(path)?.durationMs ?? 0), 0);
}

describe('shards', () => {
  it.each([1, 2, 3, 7, 50])('of %i have every source once, in its order', (count) => {
    const random = seededRandom(count);
    const all = sources(40);
    // Half of them are known, and some take no time.
    const known = all
      .filter(() => random.below(2) === 0)
      .map(({ path }) => [path, random.below(100)] as const);
    const shards = cut(all, count, storeOf(new Map(known)));
    expect(shards.flat().sort((a, b) => a.path.localeCompare(b.path))).toEqual(all);
    for (const shard of shards) {
      const paths = shard.map(({ path }) => path);
      expect(paths).toEqual([...paths].sort());
    }
  });

  it('take about the same time', () => {
    const random = seededRandom(42);
    const all = sources(500);
    const durations = new Map(all.map(({ path }) => [path, random.below(10) === 0 ? 200 : random.below(20)]));
    const store = storeOf(durations);
    const loads = cut(all, 4, store).map((shard) => load(shard, store));
    expect(Math.max(...loads) - Math.min(...loads)).toBeLessThan(20);
  });

  it('leave one source that takes longer than all others alone', () => {
    const all = sources(20);
    const store = storeOf(new Map(all.map(({ path }, number) => [path, number === 7 ? 1000 : 5])));
    const shards = cut(all, 3, store);
    expect(shards.find((shard) => shard.includes(all[7] as SuiteSource))).toHaveLength(1);
  });

  it('have as many sources each where nothing is known, and where nothing takes time', () => {
    const all = sources(41);
    const nothing = new Map(all.map(({ path }) => [path, 0]));
    for (const store of [storeOf(new Map()), storeOf(nothing)]) {
      const sizes = cut(all, 4, store).map((shard) => shard.length);
      expect(sizes.sort()).toEqual([10, 10, 10, 11]);
    }
  });

  it('are cut the same way every time', () => {
    const random = seededRandom(3);
    const all = sources(100);
    const durations = new Map(all.map(({ path }) => [path, random.below(50)]));
    const once = cut(all, 5, storeOf(durations));
    expect(cut(all, 5, storeOf(new Map([...durations].reverse())))).toEqual(once);
  });

  it('may be empty', () => {
    expect(cut(sources(2), 4, storeOf(new Map())).map((shard) => shard.length)).toEqual([1, 1, 0, 0]);
    expect(cut([], 2, storeOf(new Map()))).toEqual([[], []]);
  });
});
