import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Project } from '../support/cli.ts';
import { exit, guest, prints, SPIN, TRIPLE_FAULT } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { withGoldens } from '../support/suite.ts';

describeKvm('guestkit test -u', () => {
  it('accepts only what is asked for', async () => {
    const project = new Project();
    withGoldens(project, { a: [prints('new'), 'old'], 'uart/b': [prints('new'), 'old'] });
    project.write('asm/c.asm', prints('new', exit(0), '; case: one\n; case: two'));
    project.write('asm/c.one.golden', 'old');
    project.write('asm/c.two.golden', 'old');
    expect(await project.run(['test', '-u', 'uart'])).toMatchObject({ status: 0 });
    expect(await project.run(['test', '-u', '-t', '> two'])).toMatchObject({ status: 0 });
    expect(['a', 'uart/b', 'c.one', 'c.two'].map((stem) => project.read(`asm/${stem}.golden`))).toEqual([
      'old',
      'new',
      'old',
      'new',
    ]);
  });

  it('accepts all channels that have a golden, and fills in the values that were left open', async () => {
    const project = new Project();
    const code = guest('mov bx, 0x1234', "mov al, 'd'", 'out 0xE9, al', exit(0), 'text: db "hi"');
    project.write('asm/x.asm', code);
    project.write('asm/x.debug.golden', 'old');
    project.write('asm/x.regs.golden', '; what counts\nbx  cf=1\n');
    project.write('asm/x.mem.golden', 'text: 2 bytes\n');
    project.write('asm/x.exits.golden', '');
    expect(await project.run(['test', '-u'])).toMatchObject({ status: 0 });
    expect(project.read('asm/x.debug.golden')).toBe('d');
    expect(project.read('asm/x.regs.golden')).toBe('; what counts\nbx=1234  cf=0\n');
    expect(project.read('asm/x.mem.golden')).toMatch(/^text: .*68 69/);
    expect(project.read('asm/x.exits.golden')).toBe("out 0xe9 0x64 'd'\nout 0x1 0x00\n");
    expect(project.has('asm/x.golden')).toBe(false);
    expect(await project.run(['test'])).toMatchObject({ status: 0 });
  });

  it('accepts what changed, and says so', async () => {
    const project = new Project();
    withGoldens(project, { a: [prints('new\0\xff'), 'old'], b: [prints('same'), 'same'] });
    const { status, stdout } = await project.run(['test', '-u']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^✓ asm\/a .* updated asm\/a\.golden$/m);
    expect(stdout).not.toContain('asm/b.golden');
    expect(stdout).toContain('2 passed, 0 failed, 1 golden written\n');
    expect(project.read('asm/a.golden')).toBe('new\0\xff');
    expect(await project.run(['test'])).toMatchObject({ status: 0 });
    expect(readdirSync(project.path('asm')).sort()).toEqual(['a.asm', 'a.golden', 'b.asm', 'b.golden']);
  });

  it('accepts a named source without golden, and only that', async () => {
    const project = new Project();
    project.write('asm/a.asm', prints('first'));
    project.write('asm/b.asm', prints('second'));
    expect(await project.run(['test', '--update', 'asm/a.asm'])).toMatchObject({ status: 0 });
    expect(project.read('asm/a.golden')).toBe('first');
    expect(project.has('asm/b.golden')).toBe(false);
  });

  it('writes no golden from a crash, a time limit, another status or a broken source', async () => {
    const project = new Project();
    withGoldens(project, {
      crash: [TRIPLE_FAULT, 'old'],
      expected: [`; guestkit: outcome=crashed\n${TRIPLE_FAULT}`, 'old'],
      timeout: [prints('x', SPIN, '; guestkit: timeout=50ms'), 'old'],
      status: [prints('x', exit(1)), 'old'],
      broken: ['broken here\n', 'old'],
    });
    const { status, stdout } = await project.run(['test', '-u']);
    expect(status).toBe(1);
    for (const name of ['crash', 'expected', 'timeout', 'status', 'broken']) {
      expect(project.read(`asm/${name}.golden`)).toBe('old');
      expect(stdout).toContain(`✗ asm/${name}`);
    }
    expect(stdout).toContain('asm/timeout.golden was not written: the guest timed out after 50 ms');
    expect(stdout).toContain('asm/status.golden was not written: the guest exited with 1');
    // What is wrong is said all the same.
    expect(stdout).toContain('timed out after 50 ms, expected to exit with 0 or halt');
    expect(stdout).toMatch(/^ {4}- old$/m);
    expect(stdout).toContain('0 passed, 5 failed');
  });

  it('writes no golden for a new guest that crashes', async () => {
    const project = new Project();
    project.write('asm/x.asm', TRIPLE_FAULT);
    expect(await project.run(['test', '-u', 'asm/x.asm'])).toMatchObject({ status: 1 });
    expect(project.has('asm/x.golden')).toBe(false);
  });

  it('writes no golden where CI is set', async () => {
    const project = new Project();
    withGoldens(project, { a: [prints('new'), 'old'] });
    const { status, stdout, stderr } = await project.run(['test', '-u'], { env: { CI: 'true' } });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('no golden is written where CI is set');
    expect(project.read('asm/a.golden')).toBe('old');
    expect(await project.run(['test', '-u'], { env: { CI: 'false' } })).toMatchObject({ status: 0 });
    expect(await project.run(['test', '--prune'], { env: { CI: 'true' } })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no golden is deleted where CI is set'),
    });
  });
});
