import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { assemblersIn } from '../support/assemblers.ts';
import { describeTerminal, Project } from '../support/cli.ts';
import { prints, SLOW_SOURCE, SPIN } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { countsOf, verdicts, withGoldens } from '../support/suite.ts';

const ENDLESS = prints('x', SPIN, '; guestkit: timeout=60m');

function project(): Project {
  const fresh = new Project();
  withGoldens(fresh, {
    a: [prints('x'), 'x'],
    b: [prints('x'), 'old'],
    c: [ENDLESS, 'x'],
    d: [prints('x'), 'x'],
  });
  fresh.write('asm/gone.golden', 'x');
  return fresh;
}

describeKvm('guestkit test: interrupted', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends it with 130, and it says what was done',
    async (signal) => {
      const fresh = project();
      const running = fresh.start(['test', '--reporter', 'verbose', '--reporter', 'json=out/x.json']);
      await running.sees('✗ asm/b');
      const { status, stdout, stderr } = await running.kill(signal);
      expect({ status, stderr }).toEqual({ status: 130, stderr: '' });
      expect(verdicts(stdout)).toEqual(['✓ asm/a', '✗ asm/b']);
      expect(stdout).toMatch(/\ninterrupted after 2 of 4, .*\n1 passed, 1 failed\n$/);
      // Who was not asked is not known to be nobody's.
      expect(stdout).not.toContain('gone.golden');
      expect(JSON.parse(fresh.read('out/x.json'))).toMatchObject({
        cases: [{ name: 'asm/a' }, { name: 'asm/b' }],
        summary: { interrupted: true, notRun: 2, counts: { passed: 1, failed: 1 } },
      });
      expect(readdirSync(fresh.path('../tmp'))).toEqual([]);
      expect(countsOf((await fresh.run(['test', '--failed'])).stdout)).toBe('0 passed, 1 failed');
    },
  );

  it('ends workers too, and shows what they did', async () => {
    const fresh = project();
    const running = fresh.start(['test', '--jobs', '3', '--reporter', 'verbose']);
    await running.sees('✗ asm/b');
    const { status, stdout } = await running.kill('SIGINT');
    expect(status).toBe(130);
    expect(stdout).toMatch(/^interrupted after [23] of 4, /m);
  });

  it('leaves no NASM behind that works on the next source', async () => {
    const fresh = project();
    withGoldens(fresh, { d: [SLOW_SOURCE, ''] });
    const running = fresh.start(['test', '--reporter', 'verbose']);
    await running.sees('✗ asm/b');
    await expect.poll(() => assemblersIn(fresh.folder), { timeout: 20_000 }).toBe(1);
    expect(await running.kill('SIGINT')).toMatchObject({ status: 130 });
    await expect.poll(() => assemblersIn(fresh.folder), { timeout: 20_000 }).toBe(0);
    expect(readdirSync(fresh.path('../tmp'))).toEqual([]);
  });
});

describeKvm('guestkit test: where nothing takes what it prints', () => {
  it('ends when nobody reads on', async () => {
    const fresh = project();
    // Only who writes again learns that nobody reads.
    fresh.write('asm/c.asm', prints('x', SPIN, '; guestkit: timeout=500ms outcome=timeout'));
    const { status, stdout, stderr } = await fresh.shell(
      '{ guestkit test --reporter verbose; echo "status $?" >&2; } | head -n 1',
    ).ended;
    expect(status).toBe(0);
    expect(stdout).toMatch(/^✓ asm\/a .*\n$/);
    expect(stderr).toBe('status 130\n');
  });

  it('says so when the disk is full', async () => {
    const fresh = project();
    const { status, stderr } = await fresh.shell('guestkit test > /dev/full').ended;
    expect(status).toBe(125);
    expect(stderr).toBe('guestkit: cannot write to standard output: ENOSPC\n');
  });
});

describeTerminal('guestkit test', () => {
  const CLEAR = '\r\x1b[K';

  describeKvm('live line', () => {
    it('says how far it is, and is gone at the end', async () => {
      const fresh = project();
      fresh.write('asm/c.asm', prints('x', SPIN, '; guestkit: timeout=500ms outcome=timeout'));
      const { status, stdout } = await fresh.terminal('stty cols 70; guestkit test').ended;
      expect(status).toBe(1);
      expect(stdout).toMatch(/[23]\/4 {2}[12] passed, 1 failed {2}slowest asm\/[abd] [\d.]+ ms/);
      const last = stdout.lastIndexOf('\x1b[?7h');
      expect(stdout.slice(last + 5).startsWith(CLEAR)).toBe(true);
      expect(stdout.slice(last)).toMatch(/passed.*failed[^\n]*\r\n$/);
    });

    it('is gone after Ctrl+C', async () => {
      const running = project().terminal('stty cols 70; guestkit test');
      await running.sees(/2\/4 /);
      running.type('\x03');
      const { status, stdout } = await running.ended;
      expect(status).toBe(130);
      expect(stdout.slice(stdout.lastIndexOf(CLEAR))).toMatch(
        /interrupted after 2 of 4, .*\r\n.*1 failed[^\n]*\r\n$/,
      );
    });

    it.each([
      ['a terminal that cannot', { TERM: 'dumb' }],
      ['CI', { CI: '1' }],
    ])('is not there for %s', async (_name, env) => {
      const fresh = project();
      fresh.write('asm/c.asm', prints('x', SPIN, '; guestkit: timeout=300ms outcome=timeout'));
      const { stdout } = await fresh.terminal('guestkit test', { env }).ended;
      expect(stdout).not.toContain('\x1b[K');
    });

    it('is not in a document', async () => {
      const fresh = project();
      fresh.write('asm/c.asm', prints('x', SPIN, '; guestkit: timeout=300ms outcome=timeout'));
      const { stdout } = await fresh.terminal('guestkit test --reporter json').ended;
      expect(JSON.parse(stdout).cases).toHaveLength(4);
    });
  });
});
