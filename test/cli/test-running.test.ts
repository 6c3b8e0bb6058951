import { expect, it } from 'vitest';
import { Project } from '../support/cli.ts';
import { exit, guest, prints, SPIN } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { countsOf, FLAKY, verdicts, withGoldens } from '../support/suite.ts';

describeKvm('guestkit test --bail', () => {
  function project(): Project {
    const fresh = new Project();
    withGoldens(fresh, {
      a: [prints('x'), 'x'],
      b: [prints('x'), 'old'],
      c: [prints('x'), 'x'],
      d: [prints('x'), 'old'],
      e: [prints('x'), 'x'],
      f: [prints('x', SPIN, '; guestkit: timeout=60m'), 'x'],
    });
    fresh.write('asm/gone.golden', 'x');
    return fresh;
  }

  it.each([
    [['--bail'], ['✓ asm/a', '✗ asm/b'], 'stopped by --bail after 2 of 6'],
    [['--bail', '1'], ['✓ asm/a', '✗ asm/b'], 'stopped by --bail after 2 of 6'],
    [
      ['--bail=2', '--jobs', '2'],
      ['✓ asm/a', '✗ asm/b', '✓ asm/c', '✗ asm/d'],
      'stopped by --bail after 4 of 6',
    ],
  ])('%j', async (args, expected, message) => {
    const { status, stdout } = await project().run(['test', ...args]);
    expect(status).toBe(1);
    expect(verdicts(stdout)).toEqual(expected);
    expect(stdout).toContain(message);
    // Not every case is known, so neither is what belongs to none.
    expect(stdout).not.toContain('gone.golden');
  });

  it('does not stop what passes', async () => {
    const { status, stdout } = await project().run([
      'test',
      '--bail',
      '3',
      'a',
      'b',
      'c',
      'd',
      'e',
      '-t',
      '/[a-e]$',
    ]);
    expect(status).toBe(1);
    expect(countsOf(stdout)).toBe('3 passed, 2 failed');
    expect(stdout).not.toContain('--bail');
  });

  it('says what to write when it takes a filter for its number', async () => {
    const { status, stderr } = await project().run(['test', '--bail', 'asm/a']);
    expect(status).toBe(2);
    expect(stderr).toContain('--bail asm/a: it takes a whole number from 1 to 1000000');
    expect(stderr).toContain('guestkit test uart --bail');
  });
});

describeKvm('guestkit test --retry', () => {
  it('reports a pass at a later attempt as flaky, and is good', async () => {
    const project = new Project();
    // One of sixteen passes at its first attempt: all of them do not.
    const tests = Array.from({ length: 16 }, (_, bx) => `; test: f bx=${bx} -> al=0`);
    project.write('asm/x.asm', guest(...tests, 'f: rdtsc', 'shr ax, 6', 'and al, 1', 'ret'));
    const { status, stdout } = await project.run(['test', '--retry', '60']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/\(flaky: passed at attempt \d+ of 61\)/);
    expect(countsOf(stdout)).toMatch(/^16 passed, 0 failed, \d+ flaky$/);
  });

  it('leaves what always fails failed, and what passes alone', async () => {
    const project = new Project();
    withGoldens(project, { a: [prints('x'), 'old'], b: [prints('x'), 'x'] });
    const { status, stdout } = await project.run(['test', '--retry', '3']);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^✗ asm\/a .*\(4 attempts\)$/m);
    expect(stdout).toMatch(/^✓ asm\/b [\d.]+ ms$/m);
    expect(countsOf(stdout)).toBe('1 passed, 1 failed');
  });
});

describeKvm('guestkit test --repeat', () => {
  it('finds what fails now and then', async () => {
    const project = new Project();
    project.write('asm/x.asm', FLAKY);
    const { status, stdout } = await project.run(['test', '--repeat', '60']);
    expect(status).toBe(1);
    expect(stdout).toContain("asm/x.asm:3: expect: '0' is not in the output");
    expect(countsOf(stdout)).toBe('0 passed, 1 failed');
  });

  it('reports one verdict of what passes each time', async () => {
    const project = new Project();
    withGoldens(project, { a: [prints('x'), 'x'] });
    const { status, stdout } = await project.run(['test', '--repeat', '50']);
    expect({ status, counts: countsOf(stdout) }).toEqual({ status: 0, counts: '1 passed, 0 failed' });
  });

  it('with --retry says what was flaky in any of its rounds', async () => {
    const project = new Project();
    project.write('asm/x.asm', FLAKY);
    const { status, stdout } = await project.run(['test', '--repeat', '40', '--retry', '60']);
    expect(status).toBe(0);
    expect(countsOf(stdout)).toBe('1 passed, 0 failed, 1 flaky');
  });
});

describeKvm('guestkit test --jobs', () => {
  it('keeps the order of the names when the first is the slowest', async () => {
    const project = new Project();
    const names = Array.from({ length: 12 }, (_, index) => `g${String(index).padStart(2, '0')}`);
    for (const name of names) withGoldens(project, { [name]: [prints(name), name] });
    project.write('asm/g00.asm', prints('g00', SPIN, '; guestkit: timeout=300ms outcome=timeout'));
    const runs = ['1', '4', '4', '64'].map((jobs) => ['test', '--jobs', jobs, '--reporter', 'verbose']);
    for (const args of runs) {
      const { status, stdout } = await project.run(args);
      expect(status).toBe(0);
      expect(verdicts(stdout)).toEqual(names.map((name) => `✓ asm/${name}`));
    }
  });

  it.each([
    ['--jobs', '0', 'from 1 to 64'],
    ['--jobs', '65', 'from 1 to 64'],
    ['--jobs', 'many', 'from 1 to 64'],
    ['--retry', '-1', 'from 1 to 1000000'],
    ['--repeat', '1.5', 'from 1 to 1000000'],
    ['--bail', '0', 'from 1 to 1000000'],
  ])('%s %s is refused', async (option, value, range) => {
    const project = new Project();
    const { status, stdout, stderr } = await project.run(['test', `${option}=${value}`]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`${option} ${value}: it takes a whole number ${range}`);
  });
});

describeKvm('guestkit test: a worker', () => {
  it('runs the guests of a suite in which nothing but exit codes differ', async () => {
    const project = new Project();
    const names = Array.from({ length: 30 }, (_, code) => `e${code}`);
    for (const [code, name] of names.entries()) {
      project.write(`asm/${name}.asm`, guest(`; guestkit: exit=${code}`, exit(code)));
    }
    const { status, stdout } = await project.run(['test', '--jobs', '3']);
    expect({ status, counts: countsOf(stdout) }).toEqual({ status: 0, counts: '30 passed, 0 failed' });
  });
});
