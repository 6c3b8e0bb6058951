import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { findNasm } from '../../src/nasm/tool.ts';
import type { SourceReport } from '../../src/runner/lane.ts';
import { type Selection, Suite, type SuiteRun } from '../../src/runner/suite.ts';
import { exit, guest, prints, SPIN } from '../support/guests.ts';
import { describeKvm, kvmHoldings } from '../support/kvm.ts';
import { settle, summary, useProject } from './project.ts';

const project = useProject();

function good(path: string): string {
  return project.guest(path, prints('x'), { '.golden': 'x' });
}

function bad(path: string): string {
  return project.guest(path, prints('x'), { '.golden': 'y' });
}

/** Opens the suite of the project, runs what is selected, keeps what was learned and closes it. */
async function run(selection: Selection = {}, how: SuiteRun = {}): Promise<string[]> {
  await using suite = await Suite.open();
  const reports = await all(suite, selection, how);
  suite.save();
  return summary(reports);
}

async function all(suite: Suite, selection: Selection = {}, how: SuiteRun = {}): Promise<SourceReport[]> {
  const reports: SourceReport[] = [];
  for await (const report of suite.run(suite.choose(selection), how)) reports.push(report);
  return reports;
}

async function chosen(selection: Selection): Promise<string[]> {
  await using suite = await Suite.open();
  return suite.choose(selection).sources.map(({ path }) => path);
}

describeKvm('a suite', () => {
  it('is what the project’s settings select, in the order of the names', async () => {
    project.write(
      'guestkit.config.js',
      "export default { include: ['a/*.asm', 'b.asm'], timeout: '20ms' };\n",
    );
    project.write('package.json', '{ "type": "module" }');
    for (const path of ['a/z.asm', 'a/m.asm', 'b.asm', 'asm/not.asm']) good(path);
    project.guest('a/spin.asm', prints('x', SPIN, '; guestkit: outcome=timeout'), { '.golden': 'x' });
    expect(await run()).toEqual(['a/m passed', 'a/spin passed', 'a/z passed', 'b passed']);
  });

  it('of nothing is nothing', async () => {
    expect(await run()).toEqual([]);
    expect(
      await run({
        failed: true,
        name: 'x',
        filters: ['y'],
        changed: new Set(),
        shard: { index: 1, count: 2 },
      }),
    ).toEqual([]);
  });

  it('is filtered by parts of paths, however they are written', async () => {
    for (const path of ['asm/uart/one.asm', 'asm/uart/two.asm', 'asm/other.asm']) good(path);
    const uart = ['asm/uart/one.asm', 'asm/uart/two.asm'];
    expect(await chosen({ filters: ['uart'] })).toEqual(uart);
    expect(await chosen({ filters: ['uart/', 'none'] })).toEqual(uart);
    expect(await chosen({ filters: ['./asm/uart/'] })).toEqual(uart);
    expect(await chosen({ filters: [join(project.folder, 'asm/uart')] })).toEqual(uart);
    expect(await chosen({ filters: ['two', 'other'] })).toEqual(['asm/other.asm', 'asm/uart/two.asm']);
    expect(await chosen({ filters: ['.'] })).toHaveLength(3);
    expect(await chosen({ filters: ['none'] })).toEqual([]);
    expect(await chosen({ filters: [] })).toHaveLength(3);
  });

  it('takes in a source that is named in full, whatever the settings say', async () => {
    good('asm/x.asm');
    project.guest('asm/new.asm', prints('x'));
    good('elsewhere/y.asm');
    project.write('broken.asm', 'what is this\n');
    expect(await run({ filters: ['asm/new.asm'] })).toEqual(['asm/new new']);
    expect(await run({ filters: ['./asm/new.asm', 'asm/x.asm'] })).toEqual(['asm/new new', 'asm/x passed']);
    expect(await run({ filters: ['elsewhere/y.asm', join(project.folder, 'elsewhere/y.asm')] })).toEqual([
      'elsewhere/y passed',
    ]);
    expect(await run({ filters: ['broken.asm'] })).toEqual(['broken error']);
    expect(await run()).toEqual(['asm/x passed']);
    expect(await run({ filters: ['elsewhere'] })).toEqual([]);
  });

  it('is filtered by the names of its cases', async () => {
    project.guest('asm/x.asm', `${prints('x')}\n; case: one\n; expect: x\n; case: two\n; expect: x\n`);
    good('asm/twofold.asm');
    expect(await run({ name: 'TWO' })).toEqual(['asm/twofold passed', 'asm/x > two passed']);
    expect(await run({ name: '> (one|two)$', filters: ['x.asm'] })).toEqual([
      'asm/x > one passed',
      'asm/x > two passed',
    ]);
  });

  it('is cut into shards that are the whole together', async () => {
    const paths = Array.from({ length: 10 }, (_, number) => good(`asm/${number}.asm`));
    const shards = await Promise.all([1, 2, 3].map((index) => chosen({ shard: { index, count: 3 } })));
    expect(shards.flat().sort()).toEqual(paths);
    expect(await run({ shard: { index: 2, count: 3 } })).toEqual(
      (shards[1] ?? []).map((path) => `${path.replace('.asm', '')} passed`),
    );
  });

  it('knows what changed files decide about; of its settings that is all', async () => {
    good('asm/x.asm');
    good('asm/y.asm');
    project.write('guestkit.config.js', 'export default {};\n');
    project.write('package.json', '{ "type": "module" }');
    const at = (path: string): ReadonlySet<string> => new Set([join(project.folder, path)]);
    expect(await chosen({ changed: at('asm/y.golden') })).toEqual(['asm/y.asm']);
    expect(await chosen({ changed: at('README.md') })).toEqual([]);
    expect(await chosen({ changed: at('guestkit.config.js') })).toEqual(['asm/x.asm', 'asm/y.asm']);
  });

  it('hands reports on in order with as many lanes as asked for, and stops at the signal', async () => {
    const paths = Array.from({ length: 9 }, (_, number) => good(`asm/${number}.asm`));
    const names = paths.map((path) => `${path.replace('.asm', '')} passed`);
    for (const jobs of [1, 3]) expect(await run({}, { jobs })).toEqual(names);
    const stop = new AbortController();
    await using suite = await Suite.open();
    const seen: string[] = [];
    for await (const { source } of suite.run(suite.choose(), { jobs: 1, signal: stop.signal })) {
      seen.push(source);
      stop.abort();
    }
    expect(seen.length).toBeLessThan(paths.length);
    expect(seen[0]).toBe(paths[0]);
  });

  it('gives back all it takes, a KVM of its own too, also where it cannot be opened', async () => {
    good('asm/x.asm');
    await run({}, { jobs: 1 });
    const before = kvmHoldings();
    await run({}, { jobs: 1 });
    expect(kvmHoldings()).toEqual(before);
    project.write('guestkit.config.js', "module.exports = { include: ['a/*.asm', 'asm/x.asm/*.asm'] };\n");
    await expect(Suite.open()).rejects.toMatchObject({ code: 'file' });
    expect(kvmHoldings()).toEqual(before);
  });

  it('leaves a KVM that it was given to its owner', async () => {
    good('asm/x.asm');
    using kvm = Kvm.open();
    {
      await using suite = await Suite.open(kvm);
      expect(summary(await all(suite))).toEqual(['asm/x passed']);
    }
    await using again = await Suite.open(kvm);
    expect(summary(await all(again))).toEqual(['asm/x passed']);
  });
});

describeKvm('what failed the last time', () => {
  it('is run again, also by another process, until it passes', async () => {
    good('asm/a.asm');
    bad('asm/b.asm');
    project.guest('asm/c.asm', `${prints('x')}\n; case: one\n; expect: x\n; case: two\n; expect: y\n`);
    expect(await run({ failed: true })).toEqual([]);
    await run();
    const failed = ['asm/b failed', 'asm/c > two failed'];
    expect(await run({ failed: true })).toEqual(failed);
    project.write('asm/b.golden', 'x');
    expect(await run({ failed: true })).toEqual(['asm/b passed', 'asm/c > two failed']);
    expect(await run({ failed: true })).toEqual(['asm/c > two failed']);
    expect(await run({ failed: true, filters: ['asm/b'] })).toEqual([]);
  });

  it('stays known of cases that were not run since', async () => {
    project.guest('asm/c.asm', `${prints('x')}\n; case: one\n; expect: z\n; case: two\n; expect: y\n`);
    bad('asm/d.asm');
    await run();
    expect(await run({ name: 'one' })).toEqual(['asm/c > one failed']);
    expect(await run({ failed: true })).toEqual(['asm/c > one failed', 'asm/c > two failed', 'asm/d failed']);
    project.guest('asm/c.asm', `${prints('x')}\n; case: one\n; expect: x\n; case: two\n; expect: y\n`);
    await run({ name: 'one' });
    expect(await run({ failed: true })).toEqual(['asm/c > two failed', 'asm/d failed']);
  });

  it('is all of a source that could not be built, once it can be', async () => {
    const cases = '; case: one\n; expect: x\n; case: two\n; expect: y\n';
    project.guest('asm/c.asm', `what is this\n${cases}`);
    good('asm/d.asm');
    await run();
    expect(await run({ failed: true })).toEqual(['asm/c error']);
    project.guest('asm/c.asm', `${prints('x')}\n${cases}`);
    expect(await run({ failed: true })).toEqual(['asm/c > one passed', 'asm/c > two failed']);
    expect(await run({ failed: true })).toEqual(['asm/c > two failed']);
    project.guest('asm/c.asm', `${prints('x')}\n; guestkit: exti=1\n${cases}`);
    await run({ name: 'one' });
    expect(await run({ failed: true })).toEqual(['asm/c error']);
  });

  it('is forgotten of sources that are gone, but not of what is no part of the suite', async () => {
    bad('asm/a.asm');
    bad('asm/b.asm');
    bad('elsewhere/c.asm');
    await run();
    await run({ filters: ['elsewhere/c.asm'] });
    rmSync('asm/a.asm');
    await run({ filters: ['asm/b'] });
    bad('asm/a.asm');
    expect(await run({ failed: true })).toEqual(['asm/b failed']);
    expect(await run({ failed: true, filters: ['elsewhere/c.asm'] })).toEqual(['elsewhere/c failed']);
  });

  it('is not kept without being saved', async () => {
    bad('asm/a.asm');
    {
      await using suite = await Suite.open();
      await all(suite);
      expect(suite.choose({ failed: true }).sources).toHaveLength(1);
    }
    expect(await chosen({ failed: true })).toEqual([]);
  });
});

describeKvm('what a suite remembers', () => {
  it('makes unchanged guests free of NASM, even where its cache is gone', async () => {
    project.write(
      'nasm',
      `#!/bin/sh\nprintf x >> '${project.folder}/starts'\nexec '${findNasm()?.path}' "$@"\n`,
    );
    chmodSync('nasm', 0o755);
    vi.stubEnv('NASM', join(project.folder, 'nasm'));
    good('asm/a.asm');
    good('asm/b.asm');
    await settle();
    expect(await run()).toEqual(['asm/a passed', 'asm/b passed']);
    rmSync('starts');
    for (const name of readdirSync(project.cache)) {
      if (name !== 'suites') rmSync(join(project.cache, name), { recursive: true });
    }
    await using suite = await Suite.open();
    const reports = await all(suite);
    expect(summary(reports)).toEqual(['asm/a passed', 'asm/b passed']);
    expect(reports.every(({ record }) => record === undefined)).toBe(true);
    expect(existsSync('starts')).toBe(false);
  });

  it('is for its settings of NASM and its naming of goldens only', async () => {
    project.guest('asm/a.asm', guest('; expect: x', '%ifdef LOUD', SPIN, '%endif', prints('x')));
    await settle();
    expect(await run()).toEqual(['asm/a passed']);
    project.write('package.json', '{ "guestkit": { "nasm": { "flags": ["-DLOUD"] }, "timeout": "20ms" } }');
    expect(await run()).toEqual(['asm/a failed']);
    project.write('package.json', '{ "guestkit": { "golden": "goldens/{path}" } }');
    project.guest('asm/b.asm', prints('x'));
    await settle();
    const pending = async (): Promise<unknown> => {
      await using suite = await Suite.open();
      const [report] = await all(suite, { filters: ['asm/b.asm'] });
      suite.save();
      const [verdict] = report?.verdicts ?? [];
      return verdict?.status === 'new' ? verdict.pending.map(({ path }) => path) : verdict;
    };
    expect(await pending()).toEqual(['goldens/asm/b.golden']);
    project.write('package.json', '{}');
    expect(await pending()).toEqual(['asm/b.golden']);
  });
});

describeKvm('the goldens of a suite', () => {
  it('are obsolete where no case has them, after a run of all', async () => {
    good('asm/a.asm');
    project.guest('asm/c.asm', `${prints('x')}\n; case: one\n; expect: x\n`, {
      '.one.golden': 'x',
      '.two.golden': 'x',
      '.golden': 'x',
      '.one.exits.golden': '',
    });
    project.guest('asm/broken.asm', 'what is this\n', { '.three.golden': '', '.golden': '' });
    project.guest('asm/none.asm', prints('x'), { '.case.golden': '' });
    project.write('asm/gone.golden');
    project.write('asm/below/gone.regs.golden');
    await using suite = await Suite.open();
    await all(suite);
    expect(suite.obsoleteGoldens()).toEqual([
      'asm/below/gone.regs.golden',
      'asm/c.golden',
      'asm/c.two.golden',
      'asm/gone.golden',
      'asm/none.case.golden',
    ]);
  });

  it('of what did not run are none of them', async () => {
    project.guest('asm/c.asm', `${prints('x')}\n; case: one\n; expect: x\n`, { '.two.golden': 'x' });
    await using suite = await Suite.open();
    expect(suite.obsoleteGoldens()).toEqual([]);
  });

  it('are looked for again when that is asked for, and so are sources', async () => {
    good('asm/a.asm');
    await using suite = await Suite.open();
    expect(summary(await all(suite))).toEqual(['asm/a passed']);
    good('asm/b.asm');
    project.write('asm/c.golden');
    rmSync('asm/a.asm');
    expect(suite.sources.map(({ path }) => path)).toEqual(['asm/a.asm']);
    expect(summary(await all(suite))).toEqual(['asm/a error']);
    suite.refresh();
    expect(suite.sources.map(({ path }) => path)).toEqual(['asm/b.asm']);
    expect(summary(await all(suite))).toEqual(['asm/b passed']);
    expect(suite.obsoleteGoldens()).toEqual(['asm/a.golden', 'asm/c.golden']);
    rmSync('asm/b.golden');
    project.guest('asm/b.asm', prints('x', exit(0), '; expect: x'));
    suite.refresh();
    expect(summary(await all(suite))).toEqual(['asm/b passed']);
  });
});
