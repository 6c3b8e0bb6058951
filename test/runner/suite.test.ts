import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestCase, testCaseOf } from '../../src/golden/test-case.ts';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { runCase } from '../../src/runner/run-case.ts';
import { runSuite } from '../../src/runner/suite.ts';
import { exit, prints, SLOW_SOURCE, SPIN } from '../support/guests.ts';
import { describeKvm, kvmHoldings } from '../support/kvm.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guestkit-test-'));
  mkdirSync(join(folder, 'tmp'));
  process.env['GUESTKIT_CACHE_DIR'] = join(folder, 'cache');
  process.env['TMPDIR'] = join(folder, 'tmp');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  delete process.env['GUESTKIT_CACHE_DIR'];
  delete process.env['TMPDIR'];
});

function testCase(name: string, source: string, golden?: string): TestCase {
  const path = join(folder, `${name}.asm`);
  writeFileSync(path, source);
  if (golden !== undefined) writeFileSync(join(folder, `${name}.golden`), golden);
  return testCaseOf(folder, path);
}

describeKvm('runSuite', () => {
  it('reports in the order of the cases, whatever happens to each', async () => {
    using kvm = Kvm.open();
    const cases = [
      testCase('z', prints('z'), 'z'),
      testCase('a', prints('a'), 'b'),
      testCase('broken', 'not a source\n', ''),
      testCase('new', prints('new')),
      testCase('skipped', prints('', SPIN, '; guestkit: skip="later"'), ''),
      testCase('last', prints('last'), 'last'),
    ];
    const seen: string[] = [];
    for await (const { verdict } of runSuite(kvm, cases)) {
      seen.push(`${verdict.case.name} ${verdict.status}`);
    }
    expect(seen).toEqual([
      'z passed',
      'a failed',
      'broken error',
      'new new',
      'skipped skipped',
      'last passed',
    ]);
  });

  it('has nothing to say about no cases', async () => {
    using kvm = Kvm.open();
    for await (const report of runSuite(kvm, [])) expect.unreachable(report.verdict.status);
  });

  it('ends at the signal without a verdict for what was stopped', async () => {
    using kvm = Kvm.open();
    const cases = [
      testCase('a', prints('a'), 'a'),
      testCase('b', prints('b', SPIN, '; guestkit: timeout=60m outcome=timeout'), 'b'),
      testCase('c', prints('c'), 'c'),
    ];
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const { verdict } of runSuite(kvm, cases, stop.signal)) {
      seen.push(verdict.case.name);
      setTimeout(() => stop.abort(), 30);
    }
    expect(seen).toEqual(['a']);
  });

  it('clears away what NASM was working on when it ends early', async () => {
    using kvm = Kvm.open();
    const stop = new AbortController();
    const cases = [testCase('a', prints('a'), 'a'), testCase('slow', SLOW_SOURCE, '')];
    for await (const { verdict } of runSuite(kvm, cases, stop.signal)) {
      expect(verdict.status).toBe('passed');
      stop.abort();
    }
    // Clearing away is left to the event loop's next turn.
    await new Promise((resolve) => setImmediate(resolve));
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  });

  it('gives back all it takes', async () => {
    const before = { holdings: kvmHoldings(), files: readdirSync('/proc/self/fd').length };
    {
      using kvm = Kvm.open();
      const cases = Array.from({ length: 30 }, (_, index) =>
        testCase(`guest-${index}`, prints(`${index % 5}`, exit(index % 3)), `${index % 5}`),
      );
      let reports = 0;
      for await (const { verdict } of runSuite(kvm, cases)) {
        reports += 1;
        expect(verdict.status).toBe(reports % 3 === 1 ? 'passed' : 'failed');
      }
      expect(reports).toBe(30);
    }
    expect({ holdings: kvmHoldings(), files: readdirSync('/proc/self/fd').length }).toEqual(before);
  });
});

describeKvm('runCase', () => {
  it('names the files that decide about the verdict, of a broken source too', async () => {
    using kvm = Kvm.open();
    const good = testCase('good', '%include "part.inc"\n', '');
    writeFileSync(join(folder, 'part.inc'), prints(''));
    const { verdict, dependencies } = await runCase(kvm, good, undefined);
    expect(verdict.status).toBe('passed');
    expect(dependencies).toEqual([good.source, join(folder, 'part.inc'), resolve('part.inc')]);
    const broken = testCase('broken', '%include "missing.inc"\n', '');
    const report = await runCase(kvm, broken, undefined);
    expect(report).toMatchObject({ verdict: { status: 'error' }, result: undefined });
    expect(report.dependencies).toEqual(expect.arrayContaining([broken.source, join(folder, 'missing.inc')]));
  });

  it('makes a verdict of an image that does not fit', async () => {
    using kvm = Kvm.open();
    const large = testCase('large', '; guestkit: memory=4K\ntimes 5000 nop\n', '');
    const { verdict } = await runCase(kvm, large, undefined);
    expect(verdict).toMatchObject({ status: 'error', error: { code: 'image' } });
  });

  it('makes a verdict of a host that fails', async () => {
    const failing = {
      createVm: () => {
        throw new Error('no more of them');
      },
    };
    using kvm = Kvm.open();
    const hypervisor = new Proxy(kvm, {
      get: (target, name) => (name === 'createVm' ? failing.createVm : Reflect.get(target, name, target)),
    });
    const { verdict } = await runCase(hypervisor, testCase('x', prints('x'), 'x'), undefined);
    expect(verdict).toMatchObject({
      status: 'error',
      error: { code: 'host', message: expect.stringContaining('no more of them') },
    });
  });
});
