import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeTerminal, Project } from '../support/cli.ts';
import { exit, guest, prints, SPIN, TRIPLE_FAULT } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { verdicts, withGoldens } from '../support/suite.ts';

describeKvm('guestkit test: verdicts', () => {
  it('passes when outcome and bytes are as expected', async () => {
    const project = new Project();
    withGoldens(project, {
      hello: [prints('hello\r\n\0'), 'hello\r\n\0'],
      'deep/er/halts': [prints('x', 'hlt'), 'x'],
      silent: [guest(exit(0)), ''],
    });
    project.write('asm/no-golden.asm', guest(SPIN));
    const { status, stdout, stderr } = await project.run(['test']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(verdicts(stdout)).toEqual(['✓ asm/deep/er/halts', '✓ asm/hello', '✓ asm/silent']);
    expect(stdout).toMatch(/\n3 guests, [\d.]+ m?s\n3 passed, 0 failed\n$/);
  });

  it('fails with a difference that shows what cannot be seen', async () => {
    const project = new Project();
    withGoldens(project, { x: [prints('same\nreal\r\nend\0'), 'same\nreal\nend\n'] });
    const { status, stdout } = await project.run(['test']);
    expect(status).toBe(1);
    expect(verdicts(stdout)).toEqual(['✗ asm/x']);
    expect(stdout).toContain('- expected (golden)  + actual (guest)');
    expect(stdout).toMatch(/- .*real/);
    expect(stdout).toMatch(/\+ .*real\\r/);
    expect(stdout).toContain('end\\0');
    expect(stdout).toContain('If what they print is right now, accept it: guestkit test -u\n');
    expect(stdout).toMatch(/\n1 guest, .*\n0 passed, 1 failed\n$/);
  });

  it('fails when the ending is not as expected, though the bytes are', async () => {
    const project = new Project();
    withGoldens(project, {
      a: [prints('x', exit(3)), 'x'],
      b: [prints('x', SPIN, '; guestkit: timeout=50ms'), 'x'],
      c: [TRIPLE_FAULT, ''],
      d: [prints('x', exit(3), '; guestkit: exit=4'), 'x'],
      e: [prints('x', exit(0), '; guestkit: outcome=halted'), 'x'],
    });
    const { status, stdout } = await project.run(['test']);
    expect(status).toBe(1);
    expect(stdout).toContain('exited with 3, expected to exit with 0 or halt');
    expect(stdout).toContain('timed out after 50 ms, expected to exit with 0 or halt');
    expect(stdout).toContain('crashed: triple fault (KVM_EXIT_SHUTDOWN), expected to exit with 0 or halt');
    expect(stdout).toContain('exited with 3, expected to exit with 4');
    expect(stdout).toContain('exited with 0, expected to halt');
    expect(stdout).toContain('0 passed, 5 failed');
    expect(stdout).not.toContain('accept it');
  });

  it('passes when the directives ask for that ending', async () => {
    const project = new Project();
    withGoldens(project, {
      a: [prints('x', exit(3), '; guestkit: exit=3'), 'x'],
      b: [prints('x', SPIN, '; guestkit: outcome=timeout timeout=50ms'), 'x'],
      c: [`; guestkit: outcome=crashed\n${TRIPLE_FAULT}`, ''],
      d: [prints('x', 'hlt', '; guestkit: outcome=halted'), 'x'],
    });
    expect(await project.run(['test'])).toMatchObject({ status: 0 });
  });

  it('skips with the reason', async () => {
    const project = new Project();
    withGoldens(project, {
      a: [guest(SPIN, '; guestkit: skip="needs a disk"'), ''],
      b: [prints('x'), 'x'],
    });
    const { status, stdout } = await project.run(['test']);
    expect(status).toBe(0);
    expect(stdout).toContain('- asm/a skipped: needs a disk\n');
    expect(stdout).toContain('1 passed, 0 failed, 1 skipped\n');
  });

  it('goes on after a source that NASM refuses, a wrong directive and an unreadable golden', async () => {
    const project = new Project();
    withGoldens(project, {
      a: [prints('x'), 'x'],
      b: ['nop\nbroken here\n', ''],
      c: [guest('nop', exit(0), '; guestkit: exti=3'), ''],
      e: [prints('x'), 'x'],
    });
    project.write('asm/d.asm', prints('x'));
    mkdirSync(project.path('asm/d.golden'));
    const { status, stdout } = await project.run(['test']);
    expect(status).toBe(1);
    expect(verdicts(stdout)).toEqual(['✓ asm/a', '✗ asm/b', '✗ asm/c', '✗ asm/d', '✓ asm/e']);
    expect(stdout).toMatch(/✗ asm\/b\n {4}asm\/b\.asm:2: error: .*\n {8}2 \| broken here\n/);
    expect(stdout).toContain("    asm/c.asm:6:13: unknown setting 'exti' (did you mean 'exit'?)\n");
    expect(stdout).toContain('cannot read asm/d.golden: it is a folder');
    expect(stdout).toContain('2 passed, 3 failed\n');
  });

  it('keeps the order of the names, whatever the order of the folder', async () => {
    const project = new Project();
    for (const name of ['b', 'a10', 'B', 'a-b', 'a/z', 'ä', 'a2']) {
      withGoldens(project, { [name]: [prints('x'), 'x'] });
    }
    const orders = [];
    for (const filters of [[], ['asm'], ['b', 'a', 'B', 'ä']]) {
      orders.push(verdicts((await project.run(['test', ...filters])).stdout).map((line) => line.slice(6)));
    }
    const sorted = ['B', 'a-b', 'a/z', 'a10', 'a2', 'b', 'ä'];
    expect(orders).toEqual([sorted, sorted, sorted]);
  });
});

describeKvm('guestkit test: filters', () => {
  function project(): Project {
    const fresh = new Project();
    withGoldens(fresh, {
      'uart/echo': [prints('x'), 'x'],
      'uart/init': [prints('x'), 'x'],
      hello: [prints('x'), 'x'],
    });
    fresh.write('asm/fresh.asm', prints('new'));
    fresh.write('other/far.asm', prints('far'));
    return fresh;
  }

  it.each([
    [['uart'], ['✓ asm/uart/echo', '✓ asm/uart/init']],
    [
      ['echo', 'hello'],
      ['✓ asm/hello', '✓ asm/uart/echo'],
    ],
    [['asm/hello.asm'], ['✓ asm/hello']],
    [['./asm/hello.asm', 'asm//hello.asm', 'hello'], ['✓ asm/hello']],
    [['asm/uart/'], ['✓ asm/uart/echo', '✓ asm/uart/init']],
    [['.'], ['✓ asm/hello', '✓ asm/uart/echo', '✓ asm/uart/init']],
    [['asm/fresh.asm'], ['+ asm/fresh']],
    [
      ['hello', './other/far.asm', 'other/far.asm'],
      ['✓ asm/hello', '+ other/far'],
    ],
  ])('%j', async (filters, expected) => {
    const { status, stdout } = await project().run(['test', ...filters]);
    expect(verdicts(stdout)).toEqual(expected);
    expect(status).toBe(0);
  });

  it('takes an absolute path', async () => {
    const fresh = project();
    const { status, stdout } = await fresh.run(['test', fresh.path('asm/hello.asm')]);
    expect(verdicts(stdout)).toEqual(['✓ asm/hello']);
    expect(status).toBe(0);
  });
});

describeKvm('guestkit test: nothing to do', () => {
  it.each([
    [[], 'the source has no golden and does not say what to expect'],
    [['nope', 'nada'], 'the path of no source contains nope or nada'],
    [['asm/none.asm'], 'the path of no source contains asm/none.asm'],
    [['x'], 'the source that matches x has no golden and does not say what to expect'],
    [['x', '-t', 'two'], "no test case of the source that matches x has a name like 'two' (-t)"],
    [['nope', '--failed'], 'the path of no source contains nope'],
    [['nope', '--shard', '1/2'], 'the path of no source contains nope'],
  ])('%j', async (args, message) => {
    const project = new Project();
    project.write('asm/x.asm', guest(exit(0)));
    const { status, stdout, stderr } = await project.run(['test', ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`guestkit: there is nothing to test: ${message}\n`);
    expect(stderr).toContain('guestkit new hello');
  });

  it('says where it looked when there is no source', async () => {
    const project = new Project();
    expect(await project.run(['test'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no file matches asm/**/*.asm'),
    });
    project.write('package.json', '{"guestkit": {"include": ["guests/*.asm", "more/*.asm"]}}');
    expect((await project.run(['test'])).stderr).toContain('no file matches guests/*.asm or more/*.asm');
  });
});

describeKvm('guestkit test: odd projects', () => {
  it('finds guests through odd names and links, not through links to folders or hidden names', async () => {
    const project = new Project('pröject 1');
    withGoldens(project, { 'a b/ü\'"$x': [prints('x'), 'x'], '.hidden/y': [prints('x'), 'x'] });
    project.write('real/source.asm', prints('x'));
    symlinkSync('../real/source.asm', project.path('asm/link.asm'));
    project.write('asm/link.golden', 'x');
    symlinkSync('a b', project.path('asm/loop'));
    const { status, stdout } = await project.run(['test']);
    expect(status).toBe(0);
    expect(stdout).toContain('✓ asm/a b/ü\'"$x');
    expect(stdout).toContain('✓ asm/link');
    expect(stdout).toContain('2 passed');
  });

  it('reports a source that is a link to nowhere', async () => {
    const project = new Project();
    withGoldens(project, { b: [prints('x'), 'x'], c: ['', ''] });
    rmSync(project.path('asm/c.asm'));
    symlinkSync('gone.asm', project.path('asm/c.asm'));
    const { status, stdout } = await project.run(['test']);
    expect(status).toBe(1);
    expect(verdicts(stdout)).toEqual(['✓ asm/b', '✗ asm/c']);
    expect(stdout).toContain('there is no such file');
  });
});

describeTerminal('guestkit test', () => {
  describeKvm('colours', () => {
    const ESCAPE = '\x1b[';

    it.each([
      ['a terminal', {}, true],
      ['a terminal that cannot', { TERM: 'dumb' }, false],
      ['NO_COLOR', { NO_COLOR: '1' }, false],
      ['an empty NO_COLOR', { NO_COLOR: '' }, true],
      ['NO_COLOR and FORCE_COLOR', { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
      ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, false],
    ])('on a terminal: %s', async (_name, env, expected) => {
      const project = new Project();
      withGoldens(project, { a: [prints('x'), 'y'] });
      const { status, stdout } = await project.terminal('guestkit test', { env }).ended;
      expect(status).toBe(1);
      expect(stdout.includes(ESCAPE)).toBe(expected);
    });

    it.each([
      ['a pipe', {}, false],
      ['FORCE_COLOR', { FORCE_COLOR: '1' }, true],
      ['NO_COLOR and FORCE_COLOR', { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ])('into a pipe: %s', async (_name, env, expected) => {
      const project = new Project();
      withGoldens(project, { a: [prints('x'), 'y'] });
      const { stdout } = await project.run(['test'], { env });
      expect(stdout.includes(ESCAPE)).toBe(expected);
    });
  });
});
