import { describe, expect, it } from 'vitest';
import type { SourceReport } from '../../src/runner/lane.ts';
import { OrderedReports } from '../../src/runner/ordered-reports.ts';
import { seededRandom } from '../support/random.ts';

function report(number: number): SourceReport {
  return {
    source: String(number),
    verdicts: [],
    durationMs: 0,
    caseStems: [],
    record: undefined,
    files: [],
    absent: [],
  };
}

async function all(reports: OrderedReports): Promise<string[]> {
  const seen: string[] = [];
  for await (const { source } of reports.inOrder()) seen.push(source);
  return seen;
}

describe('reports in order', () => {
  it('come as soon as those before them are there', async () => {
    const reports = new OrderedReports(4);
    const iterator = reports.inOrder();
    reports.put(1, report(1));
    const first = iterator.next();
    let settled = false;
    void first.then(() => {
      settled = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(false);
    reports.put(0, report(0));
    expect((await first).value?.source).toBe('0');
    expect((await iterator.next()).value?.source).toBe('1');
    reports.put(3, report(3));
    reports.put(2, report(2));
    expect((await iterator.next()).value?.source).toBe('2');
    expect((await iterator.next()).value?.source).toBe('3');
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('have one order, whatever they come in', async () => {
    const random = seededRandom(7);
    for (let round = 0; round < 50; round += 1) {
      const numbers = Array.from({ length: 20 }, (_, number) => number);
      const reports = new OrderedReports(numbers.length);
      const seen = all(reports);
      for (const number of numbers
        .map((value) => ({ value, key: random.u32() }))
        .sort((a, b) => a.key - b.key)) {
        reports.put(number.value, report(number.value));
        if (random.below(3) === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      reports.end();
      expect(await seen).toEqual(numbers.map(String));
    }
  });

  it('leave out those that never come', async () => {
    const reports = new OrderedReports(5);
    const seen = all(reports);
    for (const number of [4, 1]) reports.put(number, report(number));
    await new Promise((resolve) => setImmediate(resolve));
    reports.end();
    expect(await seen).toEqual(['1', '4']);
  });

  it('are none of none', async () => {
    expect(await all(new OrderedReports(0))).toEqual([]);
  });

  it('may be wanted as they come', async () => {
    const reports = new OrderedReports(4);
    const iterator = reports.asTheyCome();
    reports.put(2, report(2));
    expect((await iterator.next()).value?.source).toBe('2');
    const next = iterator.next();
    reports.put(3, report(3));
    reports.put(0, report(0));
    expect((await next).value?.source).toBe('3');
    expect((await iterator.next()).value?.source).toBe('0');
    const last = iterator.next();
    reports.end();
    expect(await last).toEqual({ done: true, value: undefined });
    expect(await new OrderedReports(0).asTheyCome().next()).toMatchObject({ done: true });
  });

  it('end with the error, behind those that are there', async () => {
    const reports = new OrderedReports(3);
    reports.put(0, report(0));
    reports.fail(new Error('no more'));
    const iterator = reports.inOrder();
    expect((await iterator.next()).value?.source).toBe('0');
    await expect(iterator.next()).rejects.toThrow('no more');
  });

  it('end with it also where all are there', async () => {
    const reports = new OrderedReports(0);
    reports.fail(new Error('no more'));
    await expect(reports.inOrder().next()).rejects.toThrow('no more');
    await expect(reports.asTheyCome().next()).rejects.toThrow('no more');
  });
});
