import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { SuiteSource } from '../../src/runner/guest.ts';
import { lanesFor } from '../../src/runner/lanes-for.ts';
import { SuiteStore } from '../../src/runner/suite-store.ts';
import { useProject } from './project.ts';

useProject();

const CPUS = availableParallelism();

function sources(count: number): SuiteSource[] {
  return Array.from({ length: count }, (_, number) => {
    const stem = `asm/${number}`;
    return { path: `${stem}.asm`, stem, companions: [], named: false };
  });
}

/** Sources that are built already and take so long each. */
function storeOf(all: readonly SuiteSource[], durationMs: number): SuiteStore {
  const store = SuiteStore.open('a project');
  for (const { path } of all) {
    store.keepRecord(path, Uint8Array.of(1));
    store.keepHistory(path, { durationMs, failed: [] });
  }
  return store;
}

describe('the number of lanes', () => {
  it('is what was asked for, but not more than there are sources', () => {
    const store = storeOf([], 0);
    expect(lanesFor(sources(10), store, 3)).toBe(3);
    expect(lanesFor(sources(2), store, 64)).toBe(2);
    expect(lanesFor(sources(10), store, 1)).toBe(1);
    expect(lanesFor([], store, 8)).toBe(1);
  });

  it('is one where the work is done before another thread has started', () => {
    const quick = sources(50);
    expect(lanesFor(quick, storeOf(quick, 0.1), undefined)).toBe(1);
    expect(lanesFor(sources(3), storeOf([], 0), undefined)).toBe(1);
    expect(lanesFor([], storeOf([], 0), undefined)).toBe(1);
  });

  it('is one for each CPU where there is much to run, or to build', () => {
    const slow = sources(100);
    expect(lanesFor(slow, storeOf(slow, 100), undefined)).toBe(Math.min(CPUS, 100));
    expect(lanesFor(sources(1000), storeOf([], 0), undefined)).toBe(Math.min(CPUS, 1000));
  });

  it('is not more than there are sources', () => {
    const one = sources(1);
    expect(lanesFor(one, storeOf(one, 10_000), undefined)).toBe(1);
  });
});
