import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Project } from '../support/cli.ts';
import { exit, prints, SLOW_SOURCE, SPIN, TRIPLE_FAULT } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { verdicts, withGoldens } from '../support/suite.ts';

describeKvm('guestkit test -u', () => {
  it('accepts what changed, and says so', async () => {
    const project = new Project();
    withGoldens(project, { a: [prints('new\0\xff'), 'old'], b: [prints('same'), 'same'] });
    const { status, stdout } = await project.run(['test', '-u']);
    expect(status).toBe(0);
    expect(stdout).toContain('    wrote asm/a.golden\n');
    expect(stdout).not.toContain('asm/b.golden');
    expect(stdout).toContain('2 passed, 0 failed');
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
  });
});

describeKvm('guestkit test: interrupted', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends it with 130, and it says what was done',
    async (signal) => {
      const project = new Project();
      withGoldens(project, {
        a: [prints('x'), 'x'],
        b: [prints('x', SPIN, '; guestkit: timeout=60m'), 'x'],
        c: [prints('x'), 'x'],
      });
      const running = project.start(['test']);
      await running.sees('✓ asm/a');
      const { status, stdout } = await running.kill(signal);
      expect(status).toBe(130);
      expect(verdicts(stdout)).toEqual(['✓ asm/a']);
      expect(stdout).toMatch(/\ninterrupted after 1 of 3 guests, .*\n1 passed, 0 failed\n$/);
    },
  );

  it('leaves nothing behind when NASM works on the next source', async () => {
    const project = new Project();
    withGoldens(project, {
      a: [prints('x'), 'x'],
      b: [prints('x', SPIN, '; guestkit: timeout=60m'), 'x'],
      c: [SLOW_SOURCE, ''],
    });
    const running = project.start(['test']);
    await running.sees('✓ asm/a');
    await expect.poll(() => readdirSync(project.path('../tmp')).length, { timeout: 20_000 }).toBe(1);
    expect(await running.kill('SIGINT')).toMatchObject({ status: 130 });
    expect(readdirSync(project.path('../tmp'))).toEqual([]);
  });
});
