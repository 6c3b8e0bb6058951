import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Project } from '../support/cli.ts';
import { exit, guest, prints } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { countsOf, verdicts, withGoldens } from '../support/suite.ts';

function suite(): Project {
  const project = new Project();
  withGoldens(project, {
    a: [prints('x'), 'x'],
    b: [prints('x'), 'old'],
    c: [guest('mov cx, 50000', 'again: loop again', exit(0)), ''],
    d: [guest(exit(0), '; guestkit: skip="later"'), ''],
    e: ['broken here\n', ''],
    f: [prints('x'), 'x'],
  });
  project.write('asm/t.asm', guest('; test: f -> ax=1', '; test: f bx=1 -> ax=2', 'f: mov ax, 1', 'ret'));
  return project;
}

async function runShards(project: Project, count: number): Promise<string[]> {
  const names: string[] = [];
  for (let index = 1; index <= count; index += 1) {
    const json = `json=reports/${index}.json`;
    const args = ['test', '--shard', `${index}/${count}`, '--reporter', json, '--reporter', 'pretty'];
    const { stdout } = await project.run(args);
    expect(stdout).toContain(`shard ${index} of ${count}: `);
    names.push(...verdicts(stdout));
  }
  return names.sort((a, b) => (a.slice(2) < b.slice(2) ? -1 : 1));
}

describeKvm('guestkit test --shard', () => {
  it('has every case in one shard, and their reports are that of the whole', async () => {
    const project = suite();
    const parts = await runShards(project, 3);
    const merged = await project.run(['test', '--merge-reports', 'reports']);
    const whole = await project.run(['test']);
    expect(parts).toEqual(verdicts(whole.stdout));
    expect(merged).toMatchObject({ status: 1, stderr: '' });
    expect(verdicts(merged.stdout)).toEqual(verdicts(whole.stdout));
    expect(countsOf(merged.stdout)).toBe('4 passed, 3 failed, 1 skipped');
    expect(countsOf(whole.stdout)).toBe(countsOf(merged.stdout));
  });

  it('cuts all shards alike, by durations of an earlier run too', async () => {
    const project = suite();
    const whole = verdicts((await project.run(['test'])).stdout);
    expect(await runShards(project, 3)).toEqual(whole);
    expect(await runShards(project, 2)).toEqual(whole);
  });

  it('may have nothing in it, and reports that', async () => {
    const project = new Project();
    withGoldens(project, { a: [prints('x'), 'x'] });
    const { status, stdout } = await project.run(['test', '--shard', '2/2', '--reporter', 'json=2.json']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^shard 2 of 2 is empty\n/);
    await project.run(['test', '--shard', '1/2', '--reporter', 'json=1.json']);
    const merged = await project.run(['test', '--merge-reports', '1.json', '2.json']);
    expect({ status: merged.status, counts: countsOf(merged.stdout) }).toEqual({
      status: 0,
      counts: '1 passed, 0 failed',
    });
    const json = await project.run(['test', '--shard', '2/2', '--reporter', 'json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ cases: [] });
  });

  it.each(['0/2', '3/2', '1', '1/', 'a/b', '1/0', '-1/2'])('refuses %s', async (shard) => {
    const { status, stderr } = await new Project().run(['test', `--shard=${shard}`]);
    expect(status).toBe(2);
    expect(stderr).toContain(`--shard ${shard}: it takes a part of a whole, such as 1/4 to 4/4`);
  });
});

describeKvm('guestkit test --merge-reports', () => {
  it('refuses what is not the whole', async () => {
    const project = suite();
    await runShards(project, 2);
    const merge = (...args: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> =>
      project.run(['test', '--merge-reports', ...args]);

    const one = await merge('reports/1.json');
    expect(one).toMatchObject({ status: 2, stdout: '' });
    expect(one.stderr).toContain('the report of shard 2 of 2 is missing');
    const twice = await merge('reports/1.json', 'reports/1.json');
    expect(twice).toMatchObject({ status: 2, stdout: '' });
    expect(twice.stderr).toContain('reports/1.json and reports/1.json are both shard 1 of 2');

    const whole = project.read('reports/2.json');
    project.write('reports/2.json', whole.slice(0, -20));
    const cut = await merge('reports');
    expect(cut).toMatchObject({ status: 125, stdout: '' });
    expect(cut.stderr).toContain('cannot read reports/2.json: it is not JSON, or not all of it');

    rmSync(project.path('reports/2.json'));
    expect((await merge('reports/1.json', 'reports/2.json')).stderr).toContain(
      'cannot read reports/2.json: ENOENT',
    );
    expect((await merge('nowhere')).stderr).toContain('cannot read nowhere: ENOENT');
    expect((await merge('asm')).stderr).toContain(
      '--merge-reports asm: there is no .json file in this folder',
    );
  });

  it('makes any report of the whole', async () => {
    const project = suite();
    await runShards(project, 2);
    const args = ['--reporter', 'dot', '--reporter', 'json=whole.json', '--reporter', 'junit=junit.xml'];
    const { status, stdout } = await project.run(['test', '--merge-reports', 'reports', ...args]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^\.F\.sE\.\.F\n/);
    expect(project.read('junit.xml')).toContain('tests="8"');
    const again = await project.run(['test', '--merge-reports', 'whole.json', '--reporter', 'tap']);
    expect(again.stdout).toMatch(/\n1\.\.8\n/);
  });

  it('runs nothing: it needs no sources', async () => {
    const project = suite();
    await runShards(project, 1);
    rmSync(project.path('asm'), { recursive: true });
    const { stdout } = await project.run(['test', '--merge-reports', 'reports/1.json']);
    expect(countsOf(stdout)).toBe('4 passed, 3 failed, 1 skipped');
  });
});
