import { chmodSync, mkdirSync, readdirSync, truncateSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MAIN, Project, works } from '../support/cli.ts';
import { exit, guest, prints, SPIN } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { countsOf, verdicts, withGoldens } from '../support/suite.ts';

describeKvm('guestkit test: a case with nothing to compare with', () => {
  function project(): Project {
    const fresh = new Project();
    fresh.write('asm/x.asm', prints('x', exit(0), '; guestkit: timeout=1s'));
    fresh.write('asm/y.asm', prints('y', exit(0), '; case: one\n; case: two exit=0'));
    return fresh;
  }

  it('gets its golden', async () => {
    const fresh = project();
    const { status, stdout } = await fresh.run(['test']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\+ asm\/x .* wrote asm\/x\.golden$/m);
    expect(stdout).toMatch(/^ {4}\+ one .* wrote asm\/y\.one\.golden$/m);
    expect(countsOf(stdout)).toBe('3 passed, 0 failed, 2 goldens written');
    expect(fresh.read('asm/x.golden')).toBe('x');
    expect(fresh.read('asm/y.one.golden')).toBe('y');
    expect(fresh.has('asm/y.two.golden')).toBe(false);
    expect(countsOf((await fresh.run(['test'])).stdout)).toBe('3 passed, 0 failed');
  });

  it('fails where CI is set, and nothing is written', async () => {
    const fresh = project();
    const { status, stdout } = await fresh.run(['test'], { env: { CI: '1' } });
    expect(status).toBe(1);
    expect(stdout).toContain('it has no golden yet; to accept what it printed: guestkit test -u asm/x.asm');
    expect(countsOf(stdout)).toBe('1 passed, 2 failed');
    expect(readdirSync(fresh.path('asm')).sort()).toEqual(['x.asm', 'y.asm']);
  });

  it('fails when its run is not one to make a golden of', async () => {
    const fresh = new Project();
    fresh.write('asm/x.asm', prints('x', SPIN, '; guestkit: timeout=50ms'));
    const { status, stdout } = await fresh.run(['test']);
    expect(status).toBe(1);
    expect(stdout).toContain('timed out after 50 ms, expected to exit with 0 or halt');
    expect(fresh.has('asm/x.golden')).toBe(false);
  });
});

describeKvm('guestkit test: goldens that cannot be used', () => {
  it('names each, and goes on', async () => {
    const project = new Project();
    withGoldens(project, { a: [prints('x'), 'x'], huge: [prints('x'), 'x'], z: [prints('x'), 'x'] });
    project.write('asm/folder.asm', prints('x'));
    mkdirSync(project.path('asm/folder.golden'));
    truncateSync(project.path('asm/huge.golden'), 2 ** 30);
    withGoldens(project, { regs: [prints('x'), 'x'], mem: [prints('x'), 'x'] });
    project.write('asm/regs.regs.golden', 'ax=0\nbxx=1\n');
    project.write('asm/mem.mem.golden', 'nowhere: 00\n');
    const { status, stdout } = await project.run(['test']);
    expect(status).toBe(1);
    expect(verdicts(stdout)).toEqual([
      '✓ asm/a',
      '✗ asm/folder',
      '✗ asm/huge',
      '✗ asm/mem',
      '✗ asm/regs',
      '✓ asm/z',
    ]);
    expect(stdout).toContain('cannot read asm/folder.golden: it is a folder');
    expect(stdout).toContain('cannot read asm/huge.golden: it has 1073741824 bytes, and at most');
    expect(stdout).toContain("asm/regs.regs.golden:2:1: unknown register 'bxx' (did you mean 'bx'?)");
    expect(stdout).toMatch(/asm\/mem\.mem\.golden:1:1: .*nowhere/);
    // -u does not write over what it could not read.
    expect(await project.run(['test', '-u'])).toMatchObject({ status: 1 });
    expect(project.read('asm/regs.regs.golden')).toBe('ax=0\nbxx=1\n');
  });

  it.skipIf(process.getuid?.() === 0)('names one that may not be read', async () => {
    const project = new Project();
    withGoldens(project, { a: [prints('x'), 'x'] });
    chmodSync(project.path('asm/a.golden'), 0);
    expect((await project.run(['test'])).stdout).toContain('cannot read asm/a.golden: EACCES');
  });
});

const UNSHARE = ['-rm', 'sh', '-c'];
describe.skipIf(!works('unshare', [...UNSHARE, 'mount -t tmpfs none /mnt']))('[unshare] accepting', () => {
  /** The folder of the goldens is a disk of its own. */
  async function accepting(mount: string): Promise<{ status: number | null; stdout: string; left: string }> {
    const project = new Project();
    project.write('package.json', '{"guestkit": {"golden": "disk/{path}"}}');
    project.write('asm/a.asm', prints('b'.repeat(9000)));
    project.write('asm/b.asm', prints('b', exit(0), '; expect: b'));
    mkdirSync(project.path('disk'));
    const command = [
      mount,
      `'${process.execPath}' '${MAIN}' test -u`,
      'status=$?',
      'cat disk/asm/a.golden >&2; ls -A disk/asm >&2',
      'exit $status',
    ];
    const ended = await project.startProgram('unshare', [...UNSHARE, command.join('\n')]).ended;
    return { status: ended.status, stdout: ended.stdout, left: ended.stderr };
  }

  describeKvm('leaves the old golden as it was', () => {
    it.each([
      [
        'on a full disk',
        'mount -t tmpfs -o size=4k none disk; mkdir disk/asm; printf old > disk/asm/a.golden',
        'ENOSPC',
      ],
      [
        'on a disk that cannot be written',
        'mount -t tmpfs none disk; mkdir disk/asm; printf old > disk/asm/a.golden; mount -o remount,ro disk',
        'EROFS',
      ],
    ])('%s', async (_name, mount, code) => {
      const { status, stdout, left } = await accepting(mount);
      expect(left).toBe('olda.golden\n');
      expect(stdout).toContain(`cannot write disk/asm/a.golden: ${code}`);
      expect(verdicts(stdout)).toEqual(['✗ asm/a', '✓ asm/b']);
      expect(status).toBe(1);
    });
  });
});

describeKvm('guestkit test: goldens of nobody', () => {
  function project(): Project {
    const fresh = new Project();
    withGoldens(fresh, { a: [prints('x'), 'x'] });
    fresh.write('asm/a.asm', prints('x', exit(0), '; case: one'));
    fresh.write('asm/a.one.golden', 'x');
    fresh.write('asm/a.two.golden', 'x');
    fresh.write('asm/gone.regs.golden', 'ax=0');
    // Its cases are not known, so what could be theirs is kept.
    fresh.write('asm/broken.asm', '; case: one exti=3\n');
    fresh.write('asm/broken.two.golden', 'x');
    fresh.write('asm/notes.txt', 'x');
    return fresh;
  }
  const OBSOLETE = ['asm/a.golden', 'asm/a.two.golden', 'asm/gone.regs.golden'];

  it('are named after a run of everything, and deleted when that is asked for', async () => {
    const fresh = project();
    const { stdout } = await fresh.run(['test']);
    expect(stdout).toContain(
      `3 goldens belong to no guest any more:\n    ${OBSOLETE.join('\n    ')}\nTo delete them: guestkit test --prune\n`,
    );
    expect((await fresh.run(['test', 'asm/a'])).stdout).not.toContain('belong');
    expect((await fresh.run(['test', '--failed'])).stdout).not.toContain('belong');
    expect(fresh.has('asm/a.golden')).toBe(true);

    const pruned = await fresh.run(['test', '--prune']);
    expect(pruned.stdout).toContain(OBSOLETE.map((path) => `deleted ${path}\n`).join(''));
    const left = readdirSync(fresh.path('asm')).sort();
    expect(left).toEqual(['a.asm', 'a.one.golden', 'broken.asm', 'broken.two.golden', 'notes.txt']);
  });

  it('are deleted as far as that goes', async () => {
    const fresh = project();
    mkdirSync(fresh.path('asm/folder.golden'));
    const { status, stdout, stderr } = await fresh.run(['test', '--prune']);
    expect(status).toBe(125);
    expect(stdout).toContain('deleted asm/gone.regs.golden\n');
    expect(stdout).toContain('1 golden belongs to no guest any more:\n    asm/folder.golden\n');
    expect(stderr).toContain('cannot delete asm/folder.golden');
  });

  it.each([['asm/a'], ['-t', 'x'], ['--failed'], ['--shard', '1/2']])(
    'are not deleted by a part: %s %s',
    async (...args) => {
      const fresh = project();
      const { status, stderr } = await fresh.run(['test', '--prune', ...args.filter(Boolean)]);
      expect(status).toBe(2);
      expect(stderr).toContain('--prune needs a run of everything');
      expect(fresh.has('asm/a.golden')).toBe(true);
    },
  );

  it('are not those of a source that is excluded', async () => {
    const fresh = new Project();
    withGoldens(fresh, { a: [prints('x'), 'x'], b: [guest('nop', SPIN), ''] });
    fresh.write('package.json', '{"guestkit": {"exclude": "asm/b.asm"}}');
    const { status, stdout } = await fresh.run(['test', '--prune']);
    expect({ status, counts: countsOf(stdout) }).toEqual({ status: 0, counts: '1 passed, 0 failed' });
    expect(fresh.has('asm/b.golden')).toBe(true);
  });
});
