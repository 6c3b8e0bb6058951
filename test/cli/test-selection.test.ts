import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Project } from '../support/cli.ts';
import { exit, guest, prints } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { countsOf, verdicts, withGoldens } from '../support/suite.ts';

/** Guests that fail while their golden is `old`. */
function passAndFail(): Project {
  const project = new Project();
  withGoldens(project, { a: [prints('x'), 'x'], b: [prints('x'), 'old'] });
  project.write('asm/t.asm', guest('; test: f -> ax=1', '; test: f bx=1 -> ax=2', 'f: mov ax, 1', 'ret'));
  return project;
}

describeKvm('guestkit test -t', () => {
  it.each([
    ['bx=1', ['✗ asm/t']],
    ['^asm/(a|b)$', ['✓ asm/a', '✗ asm/b']],
    ['ASM/A', ['✓ asm/a']],
    ['-> ax=', ['✗ asm/t']],
  ])('%s', async (pattern, expected) => {
    expect(verdicts((await passAndFail().run(['test', '-t', pattern])).stdout)).toEqual(expected);
  });

  it('together with a filter', async () => {
    const { stdout } = await passAndFail().run(['test', 'asm/t.asm', '-t', 'f -> ax=1']);
    expect(stdout).toMatch(/^✓ asm\/t > f -> ax=1 /);
    expect(countsOf(stdout)).toBe('1 passed, 0 failed');
  });

  it('refuses what is no regular expression', async () => {
    const { status, stdout, stderr } = await passAndFail().run(['test', '-t', 'f (']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^guestkit: -t f \(: Invalid regular expression/);
    expect(stderr).toContain('put a backslash before');
  });
});

describeKvm('guestkit test --failed', () => {
  it('runs what failed the last time it ran, until it passes', async () => {
    const project = passAndFail();
    const first = await project.run(['test', '--failed']);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(first.stdout).toMatch(/^nothing failed the last time\n/);

    expect(countsOf((await project.run(['test'])).stdout)).toBe('2 passed, 2 failed');
    const second = await project.run(['test', '--failed']);
    expect(second.status).toBe(1);
    expect(verdicts(second.stdout)).toEqual(['✗ asm/b', '✗ asm/t']);
    expect(countsOf(second.stdout)).toBe('0 passed, 2 failed');

    // A run of something else leaves them failed.
    expect(await project.run(['test', 'asm/a'])).toMatchObject({ status: 0 });
    project.write('asm/b.golden', 'x');
    expect(countsOf((await project.run(['test', '--failed', 'asm/b'])).stdout)).toBe('1 passed, 0 failed');
    expect(verdicts((await project.run(['test', '--failed'])).stdout)).toEqual(['✗ asm/t']);
  });

  it('runs the cases of a source that could not be assembled', async () => {
    const project = new Project();
    project.write('asm/t.asm', guest('; case: one exit=0', '; case: two exit=0', 'broken here'));
    expect(await project.run(['test'])).toMatchObject({ status: 1 });
    project.write('asm/t.asm', guest('; case: one exit=0', '; case: two exit=1', exit(0)));
    expect(countsOf((await project.run(['test', '--failed'])).stdout)).toBe('1 passed, 1 failed');
    expect(countsOf((await project.run(['test', '--failed'])).stdout)).toBe('0 passed, 1 failed');
  });
});

describeKvm('guestkit test --changed', () => {
  // Where a hook runs the tests, these name the repository that is committed to.
  for (const name of Object.keys(process.env)) if (name.startsWith('GIT_')) delete process.env[name];

  function git(project: Project, ...args: string[]): void {
    const settings = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
    // Without the person's own settings.
    const env = project.env({ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' });
    execFileSync('git', [...settings, ...args], { cwd: project.folder, env, stdio: 'pipe' });
  }

  function repository(name?: string): Project {
    const project = new Project(name);
    withGoldens(project, {
      a: [prints('x'), 'x'],
      b: [prints('x'), 'x'],
      c: [`%include "lib/outer.inc"\n${prints('x')}`, 'x'],
    });
    project.write('asm/lib/outer.inc', '%include "lib/inner.inc"\n');
    project.write('asm/lib/inner.inc', '; nothing\n');
    git(project, 'init', '-q', '-b', 'main');
    git(project, 'add', '.');
    git(project, 'commit', '-q', '-m', 'first');
    return project;
  }

  it('runs nothing where nothing changed', async () => {
    const { status, stdout } = await repository().run(['test', '--changed']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^no test case is concerned by what changed\n/);
    expect(countsOf(stdout)).toBe('0 passed, 0 failed');
  });

  it.each<[what: string, change: (project: Project) => void, expected: string[]]>([
    ['a source', (project) => project.write('asm/a.asm', `;\n${prints('x')}`), ['✓ asm/a']],
    ['a golden', (project) => project.write('asm/b.golden', 'y'), ['✗ asm/b']],
    ['an include of an include', (project) => project.write('asm/lib/inner.inc', ';'), ['✓ asm/c']],
    [
      'an untracked source',
      (project) => project.write('asm/n.asm', prints('x', 'hlt', '; expect: x')),
      ['✓ asm/n'],
    ],
    ['an untracked golden', (project) => project.write('asm/a.regs.golden', 'cx=1'), ['✗ asm/a']],
    [
      'what is in the index',
      (project) => {
        project.write('asm/a.asm', `;\n${prints('x')}`);
        git(project, 'add', '.');
      },
      ['✓ asm/a'],
    ],
    ['an include that is gone', (project) => rmSync(project.path('asm/lib/inner.inc')), ['✗ asm/c']],
    ['something else', (project) => project.write('README', 'x'), []],
    [
      'the settings',
      (project) => project.write('package.json', '{"guestkit": {"timeout": "1s"}}'),
      ['✓ asm/a', '✓ asm/b', '✓ asm/c'],
    ],
  ])('%s', async (_what, change, expected) => {
    const project = repository('pröject 1');
    change(project);
    expect(verdicts((await project.run(['test', '--changed'])).stdout)).toEqual(expected);
  });

  it('a golden that was deleted', async () => {
    const project = repository();
    project.write('asm/d.asm', prints('x', 'hlt', '; guestkit: timeout=1s'));
    project.write('asm/d.golden', 'x');
    git(project, 'add', '.');
    git(project, 'commit', '-q', '-m', 'second');
    rmSync(project.path('asm/d.golden'));
    const { status, stdout } = await project.run(['test', '--changed'], { env: { CI: '1' } });
    expect(verdicts(stdout)).toEqual(['+ asm/d']);
    expect(status).toBe(1);
  });

  it('since a revision, from a folder below the top and through a link', async () => {
    const project = repository();
    git(project, 'checkout', '-q', '-b', 'topic');
    project.write('asm/a.asm', `;\n${prints('x')}`);
    git(project, 'commit', '-q', '-a', '-m', 'second');
    git(project, 'checkout', '-q', 'main');
    project.write('asm/b.asm', `;\n${prints('x')}`);
    git(project, 'commit', '-q', '-a', '-m', 'on main meanwhile');
    git(project, 'checkout', '-q', 'topic');
    expect(verdicts((await project.run(['test', '--changed'])).stdout)).toEqual([]);
    expect(verdicts((await project.run(['test', '--changed', 'main'])).stdout)).toEqual(['✓ asm/a']);
    expect(verdicts((await project.run(['test', 'asm/b', '--changed', 'main'])).stdout)).toEqual([]);

    project.write('sub/asm/s.asm', prints('x', 'hlt', '; expect: x'));
    const below = await project.run(['test', '--changed'], { cwd: project.path('sub') });
    expect(verdicts(below.stdout)).toEqual(['✓ asm/s']);
    symlinkSync('project', project.path('../link'));
    const linked = await project.run(['test', '--changed', 'main'], { cwd: project.path('../link') });
    expect(verdicts(linked.stdout)).toEqual(['✓ asm/a']);
  });

  it.each([
    [
      'a revision that there is not',
      ['nope'],
      "--changed: there is no revision 'nope'",
      'git fetch --unshallow',
    ],
    ['a filter behind it', ['asm/a'], "--changed: there is no revision 'asm/a'", 'Filters go before it'],
    ['an option of git', ['--output=x'], 'unknown option', ''],
  ])('refuses %s', async (_what, args, message, hint) => {
    const { status, stdout, stderr } = await repository().run(['test', '--changed', ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });

  it('refuses branches that have nothing in common', async () => {
    const project = repository();
    git(project, 'checkout', '-q', '--orphan', 'island');
    git(project, 'commit', '-q', '-m', 'another first');
    const { status, stderr } = await project.run(['test', '--changed', 'main']);
    expect(status).toBe(2);
    expect(stderr).toContain("'main' and the current branch share no commit");
  });

  it('needs a repository with a commit, and git', async () => {
    const project = passAndFail();
    const outside = await project.run(['test', '--changed']);
    expect(outside.status).toBe(2);
    expect(outside.stderr).toContain('--changed: git says: fatal: not a git repository');
    git(project, 'init', '-q');
    expect((await project.run(['test', '--changed'])).stderr).toContain("there is no revision 'HEAD'");
    const without = await project.run(['test', '--changed'], { env: { PATH: '/nowhere' } });
    expect(without.status).toBe(2);
    expect(without.stderr).toContain('--changed: git is not installed');
  });
});
