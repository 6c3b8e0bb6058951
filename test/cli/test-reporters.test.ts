import { mkdirSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Project } from '../support/cli.ts';
import { exit, guest, prints } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { countsOf, withGoldens } from '../support/suite.ts';

function suite(): Project {
  const project = new Project();
  withGoldens(project, {
    a: [prints('x'), 'x'],
    b: [prints('x'), 'old'],
    c: ['broken here\n', ''],
    d: [guest(exit(0), '; guestkit: skip="later"'), ''],
  });
  project.write('asm/new.asm', prints('x', exit(0), '; guestkit: timeout=1s'));
  return project;
}

describeKvm('guestkit test --reporter', () => {
  it('prints one and writes others, into folders that it makes', async () => {
    const project = suite();
    const files = ['json=out/deep/report.json', 'junit=out/junit.xml', 'tap=out.tap', 'verbose=out/log'];
    const args = ['dot', ...files].flatMap((name) => ['--reporter', name]);
    const { status, stdout, stderr } = await project.run(['test', ...args]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toMatch(/^\.FEs\.\n/);
    expect(JSON.parse(project.read('out/deep/report.json'))).toMatchObject({
      summary: { counts: { passed: 2, failed: 1, error: 1, skipped: 1, written: 1 } },
    });
    expect(project.read('out/junit.xml')).toContain('tests="5"');
    expect(project.read('out.tap')).toContain('\n1..5\n');
    expect(countsOf(project.read('out/log'))).toBe('2 passed, 2 failed, 1 skipped, 1 golden written');
    expect(project.read('out/log')).not.toContain('\x1b');
  });

  it.each(['json', 'junit', 'tap'])('%s alone has standard output for itself', async (name) => {
    const project = suite();
    const { status, stdout, stderr } = await project.run(['test', '--reporter', name]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    if (name === 'json') expect(JSON.parse(stdout).cases).toHaveLength(5);
    if (name === 'junit') expect(stdout).toMatch(/^<\?xml [\s\S]*<\/testsuites>\n$/);
    if (name === 'tap') expect(stdout).toMatch(/^TAP version 13\n/);
  });

  it('prints pretty when all that were asked for go to files', async () => {
    const project = suite();
    const { stdout } = await project.run(['test', '--reporter', 'json=x.json']);
    expect(countsOf(stdout)).toBe('2 passed, 2 failed, 1 skipped, 1 golden written');
  });

  it('writes what a link leads to, and over an old report', async () => {
    const project = suite();
    project.write('real.json', 'old');
    symlinkSync('real.json', project.path('link.json'));
    await project.run(['test', '--reporter', 'json=link.json']);
    expect(JSON.parse(project.read('real.json')).cases).toHaveLength(5);
  });
});

describe('guestkit test --reporter: refused before anything runs', () => {
  it.each([
    [['json', 'tap'], 2, 'json and tap cannot both go to standard output'],
    [['pretty', 'junit'], 2, 'junit and pretty cannot both go to standard output'],
    [['json=x', 'junit=./x'], 2, 'two reports cannot both go to ./x'],
    [['jnuit'], 2, "there is no reporter 'jnuit' (did you mean 'junit'?)"],
    [['json='], 2, '--reporter json= names no file'],
    [['json=asm'], 125, 'cannot write the report asm: it is a folder'],
    [['json=asm/new.asm/x.json'], 125, 'cannot write the report asm/new.asm/x.json: '],
    [['json=/dev/stdout'], 125, 'cannot write the report /dev/stdout: it is not a regular file'],
  ])('%j', async (reporters, expected, message) => {
    const project = suite();
    const args = reporters.flatMap((name) => ['--reporter', name]);
    const { status, stdout, stderr } = await project.run(['test', ...args]);
    expect({ status, stdout }).toEqual({ status: expected, stdout: '' });
    expect(stderr).toContain(message);
    expect(project.has('asm/new.golden')).toBe(false);
  });
});

describeKvm('guestkit test in GitHub Actions', () => {
  const env = { GITHUB_ACTIONS: 'true', CI: 'true' };

  it('annotates the lines by itself', async () => {
    const { status, stdout } = await suite().run(['test'], { env });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^::error file=asm\/b\.asm,line=\d+/m);
    expect(stdout).toMatch(/^::error file=asm\/c\.asm,line=1/m);
    expect(stdout).toContain('✗ asm/b');
  });

  it('does so once, and not within a document', async () => {
    const twice = await suite().run(['test', '--reporter', 'github'], { env });
    expect(twice.stdout.match(/^::error file=asm\/c\.asm/gm)).toHaveLength(1);
    const json = await suite().run(['test', '--reporter', 'json'], { env });
    expect(JSON.parse(json.stdout).cases).toHaveLength(5);
  });

  it('does not obey what a guest prints', async () => {
    const project = new Project();
    withGoldens(project, { a: [prints('::add-mask::secret\n'), '\n'] });
    const { stdout } = await project.run(['test'], { env });
    expect(stdout).not.toMatch(/^\s*::add-mask/m);
  });
});

describeKvm('guestkit test: a report that cannot be written at the end', () => {
  it('is said behind the others, with what was found out', async () => {
    const project = suite();
    mkdirSync(project.path('out'));
    // The folder goes while the guests run: a guest of its own takes long enough.
    project.write('asm/slow.asm', guest('; guestkit: timeout=1s outcome=timeout', 'jmp $'));
    const running = project.start(['test', '--reporter', 'verbose', '--reporter', 'json=out/x.json']);
    await running.sees('asm/new');
    project.shell('rmdir out');
    const { status, stdout, stderr } = await running.ended;
    expect(status).toBe(125);
    expect(stdout).toContain('3 passed, 2 failed');
    expect(stderr).toContain('cannot write out/x.json: ENOENT');
  });
});
