import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import type { SuiteSource } from '../../src/runner/guest.ts';
import type { SourceReport } from '../../src/runner/lane.ts';
import { Pool, type PoolRun } from '../../src/runner/pool.ts';
import { SuiteStore } from '../../src/runner/suite-store.ts';
import { workerFile } from '../../src/runner/worker-file.ts';
import { exit, guest, prints, SLOW_SOURCE, SPIN } from '../support/guests.ts';
import { describeKvm, kvmHoldings } from '../support/kvm.ts';
import { bundle } from './bundle.ts';
import { LANE, NEVER, settle, sourcesOf, summary, useProject } from './project.ts';

const project = useProject();

/** Writes a guest that prints its name. */
function good(name: string): string {
  return project.guest(`asm/${name}.asm`, prints(name), { '.golden': name });
}

/** Writes one that does not end before it is stopped. */
function spinning(name: string): string {
  return project.guest(`asm/${name}.asm`, prints(name, SPIN, '; guestkit: timeout=60m outcome=timeout'), {
    '.golden': name,
  });
}

interface Rig extends AsyncDisposable {
  pool: Pool;
  store: SuiteStore;
  run(paths: readonly string[], changes?: Partial<PoolRun>): AsyncGenerator<SourceReport>;
}

function rig(): Rig {
  const kvm = Kvm.open();
  const pool = new Pool(kvm, workerFile());
  const store = SuiteStore.open('pool');
  return {
    pool,
    store,
    run: (paths, changes) =>
      pool.run({
        sources: sourcesOf(paths),
        settings: LANE,
        asTheyCome: false,
        store,
        lanes: 2,
        signal: NEVER,
        ...changes,
      }),
    async [Symbol.asyncDispose]() {
      await pool.close();
      kvm[Symbol.dispose]();
    },
  };
}

async function all(reports: AsyncIterable<SourceReport>): Promise<SourceReport[]> {
  const seen: SourceReport[] = [];
  for await (const report of reports) seen.push(report);
  return seen;
}

/** The process's threads, children and open files, and what it has of KVM. */
function holdings(): unknown {
  const tasks = readdirSync('/proc/self/task');
  return {
    threads: tasks.length,
    files: readdirSync('/proc/self/fd').length,
    kvm: kvmHoldings(),
  };
}

/** Those that a thread of this process started and that have not ended. */
function children(): string[] {
  return readdirSync('/proc/self/task').flatMap((task) => {
    try {
      return readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean);
    } catch {
      return [];
    }
  });
}

describeKvm('a pool', () => {
  it.each([1, 2, 4, 200])('with %i lanes reports in the order of the sources', async (lanes) => {
    project.guest('asm/b-slow.asm', prints('slow', SPIN, '; guestkit: timeout=80ms outcome=timeout'), {
      '.golden': 'slow',
    });
    project.guest('asm/c-bad.asm', prints('c'), { '.golden': 'd' });
    project.guest('asm/d-broken.asm', 'what is this\n', { '.golden': '' });
    project.guest('asm/e-none.asm', prints('e'));
    project.guest('asm/f-cases.asm', `${prints('f')}\n; case: one\n; expect: f\n; case: two\n; expect: g\n`);
    for (const name of ['a', 'g', 'h', 'i', 'j', 'k', 'l']) good(name);
    const paths = readdirSync('asm')
      .filter((name) => name.endsWith('.asm'))
      .sort()
      .map((name) => `asm/${name}`);
    await using rigged = rig();
    const seen = await all(rigged.run(paths, { lanes }));
    expect(seen.map(({ source }) => source)).toEqual(paths);
    expect(summary(seen)).toEqual([
      'asm/a passed',
      'asm/b-slow passed',
      'asm/c-bad failed',
      'asm/d-broken error',
      'asm/f-cases > one passed',
      'asm/f-cases > two failed',
      ...['g', 'h', 'i', 'j', 'k', 'l'].map((name) => `asm/${name} passed`),
    ]);
  });

  it('has nothing to say about nothing', async () => {
    await using rigged = rig();
    expect(await all(rigged.run([]))).toEqual([]);
    expect(await all(rigged.run([], { lanes: 1 }))).toEqual([]);
  });

  it('runs what is named or not, and only the cases that are asked for', async () => {
    project.guest('asm/x.asm', `${prints('x')}\n; case: one\n; expect: x\n; case: two\n; expect: x\n`);
    good('y');
    await using rigged = rig();
    const some = (changes: Partial<typeof LANE>): Promise<SourceReport[]> =>
      all(rigged.run(['asm/x.asm', 'asm/y.asm'], { settings: { ...LANE, ...changes } }));
    expect(summary(await some({ name: 'TWO$' }))).toEqual(['asm/x > two passed']);
    expect(summary(await some({ only: ['asm/y', 'asm/x > one'] }))).toEqual([
      'asm/x > one passed',
      'asm/y passed',
    ]);
    expect(summary(await some({ only: ['asm/x.asm'] }))).toEqual([
      'asm/x > one passed',
      'asm/x > two passed',
    ]);
    const [first] = await some({ name: 'nothing' });
    expect(first).toMatchObject({ verdicts: [], caseStems: ['asm/x.one', 'asm/x.two'] });
  });

  it('after an abort gives what is done, in order', async () => {
    const paths = [good('a'), good('b'), spinning('c'), good('d')];
    for (const lanes of [1, 2]) {
      const stop = new AbortController();
      await using rigged = rig();
      const seen: string[] = [];
      for await (const { source } of rigged.run(paths, { lanes, signal: stop.signal })) {
        seen.push(source);
        if (source === 'asm/b.asm') setTimeout(() => stop.abort(), 30);
      }
      expect(seen.slice(0, 2)).toEqual(['asm/a.asm', 'asm/b.asm']);
      expect(seen).not.toContain('asm/c.asm');
    }
  });

  it('runs nothing that is aborted before it begins', async () => {
    await using rigged = rig();
    const before = readdirSync('/proc/self/task').length;
    expect(await all(rigged.run([spinning('a')], { lanes: 4, signal: AbortSignal.abort() }))).toEqual([]);
    expect(readdirSync('/proc/self/task')).toHaveLength(before);
  });

  it('stops the guests that run, in every lane, when nobody wants the rest', async () => {
    const paths = [good('a'), spinning('b'), spinning('c'), spinning('d')];
    await using rigged = rig();
    for await (const { source } of rigged.run(paths, { lanes: 3 })) {
      expect(source).toBe('asm/a.asm');
      // The others are begun, or will not be.
      await new Promise((resolve) => setTimeout(resolve, 150));
      break;
    }
    expect(summary(await all(rigged.run(['asm/a.asm'])))).toEqual(['asm/a passed']);
  });

  it('clears away what NASM was at when it ends early', async () => {
    const paths = [good('a'), project.guest('asm/b.asm', SLOW_SOURCE, { '.golden': '' })];
    {
      await using rigged = rig();
      for await (const { source } of rigged.run(paths, { lanes: 1 })) {
        expect(source).toBe('asm/a.asm');
        break;
      }
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(readdirSync(project.temporary)).toEqual([]);
  });

  it('does not have a guest wait behind a slow one while a lane is idle', async () => {
    const paths = [good('a'), spinning('b')];
    await using rigged = rig();
    // Known as slow, it is begun first, by the lane that made the other one ready too.
    rigged.store.keepHistory('asm/b.asm', { durationMs: 60_000, failed: [] });
    for await (const { source } of rigged.run(paths)) {
      expect(source).toBe('asm/a.asm');
      break;
    }
  });

  it('reports as they come where that is wanted, and runs slow guests last', async () => {
    const paths = [spinning('a'), good('b'), good('c'), good('d')];
    for (const lanes of [1, 2]) {
      await using rigged = rig();
      rigged.store.keepHistory('asm/a.asm', { durationMs: 60_000, failed: [] });
      const seen: string[] = [];
      for await (const { source } of rigged.run(paths, { lanes, asTheyCome: true })) {
        seen.push(source);
        if (seen.length === 3) break;
      }
      expect(seen.sort()).toEqual(paths.slice(1));
    }
  });

  it('runs again and again, and sees what changed in between', async () => {
    const paths = [good('a'), good('b'), good('c')];
    await settle();
    await using rigged = rig();
    const first = await all(rigged.run(paths));
    for (const { source, record } of first) if (record !== undefined) rigged.store.keepRecord(source, record);
    expect(first.every(({ record }) => record !== undefined)).toBe(true);
    const second = await all(rigged.run(paths));
    expect(summary(second)).toEqual(['asm/a passed', 'asm/b passed', 'asm/c passed']);
    expect(second.every(({ record }) => record === undefined)).toBe(true);
    project.write('asm/b.golden', 'new');
    for (const lanes of [1, 3]) {
      expect(summary(await all(rigged.run(paths, { lanes })))).toEqual([
        'asm/a passed',
        'asm/b failed',
        'asm/c passed',
      ]);
    }
    expect(summary(await all(rigged.run([...paths].reverse())))[1]).toBe('asm/b failed');
  });

  it('gives back all it takes, in every thread', async () => {
    const paths = Array.from({ length: 12 }, (_, number) => good(`guest-${number}`));
    // What the process loads once stays.
    {
      await using rigged = rig();
      await all(rigged.run(paths, { lanes: 4 }));
    }
    const before = holdings();
    for (let round = 0; round < 3; round += 1) {
      await using rigged = rig();
      const run = rigged.run(paths, { lanes: 4 });
      if (round < 2) expect(await all(run)).toHaveLength(12);
      else await run.next().then(() => run.return(undefined));
    }
    await expect.poll(holdings).toEqual(before);
  });

  it('leaves no shell and no file of a worker’s NASM behind', async () => {
    const names = Array.from({ length: 12 }, (_, number) => `guest-${number}`);
    for (let round = 0; round < 4; round += 1) {
      await using rigged = rig();
      const paths = names.map((name) =>
        project.guest(`asm/${name}.asm`, `${prints(name)}; ${round}\n`, { '.golden': name }),
      );
      expect(await all(rigged.run(paths, { lanes: 4 }))).toHaveLength(12);
    }
    // This thread keeps some shells for its next builds.
    await expect.poll(() => children().length).toBeLessThanOrEqual(4);
    expect(readdirSync(project.temporary)).toEqual([]);
  });

  it('may be closed twice, and without having run', async () => {
    using kvm = Kvm.open();
    const pool = new Pool(kvm, workerFile());
    await pool.close();
    await pool.close();
  });

  it('lets a process wait for its end that has nothing else to wait for', async () => {
    const paths = Array.from({ length: 6 }, (_, number) => good(`guest-${number}`));
    using script = await bundle(new URL('./closing-script.ts', import.meta.url));
    const { code, stdout } = await new Promise<{ code: unknown; stdout: string }>((resolve) => {
      execFile(process.execPath, [script.path, workerFile(), ...paths], (error, out) =>
        resolve({ code: error?.code ?? 0, stdout: out }),
      );
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${paths.map(() => 'passed').join(' ')}, closed\n` });
  });

  it('needs no more memory for many guests than for some', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const paths = Array.from({ length: 40 }, (_, number) =>
      project.guest(`asm/${number}.asm`, guest(`; expect: ${number}`, prints(`${number}`, exit(0)))),
    );
    await settle();
    await using rigged = rig();
    for (const { source, record } of await all(rigged.run(paths))) {
      if (record !== undefined) rigged.store.keepRecord(source, record);
    }
    const known = sourcesOf(paths);
    const used = async (count: number): Promise<{ heap: number; rss: number }> => {
      const sources = Array.from(
        { length: count },
        (_, number) => known[number % known.length] as SuiteSource,
      );
      let passed = 0;
      for await (const { verdicts } of rigged.run([], { sources })) {
        passed += verdicts.filter(({ status }) => status === 'passed').length;
      }
      expect(passed).toBe(count);
      collect();
      const { heapUsed, external, rss } = process.memoryUsage();
      return { heap: heapUsed + external, rss };
    };
    await used(400);
    const some = await used(400);
    const many = await used(2000);
    expect(many.heap - some.heap).toBeLessThan(4 * 2 ** 20);
    expect(many.rss - some.rss).toBeLessThan(40 * 2 ** 20);
  });
});
