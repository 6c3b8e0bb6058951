import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeTerminal, MAIN, Project } from '../support/cli.ts';
import { SLOW_SOURCE, SPIN } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { sleep, version, watching } from '../support/watching.ts';

const SPINS = version(1, SPIN, '; guestkit: timeout=60m');

describeKvm('guestkit watch: without a terminal', () => {
  it('prints plain lines', async () => {
    const project = new Project();
    project.write('asm/x.asm', version(1));
    const running = project.start(['watch', 'asm/x.asm']);
    await running.sees('watching asm/x.asm: save to run, Ctrl+C quits\n');
    await running.sees(/^\+ asm\/x [\d.]+ ms \d\d:\d\d:\d\d\n {2}\| version 1\n/);
    expect(running.stdout).not.toContain('\x1b');
    expect(running.stderr).toBe('');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends it with 130', async (signal) => {
    const project = new Project();
    project.write('asm/x.asm', version(1));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('| version 1\n');
    expect(await running.kill(signal)).toMatchObject({ status: 130, stderr: '' });
  });

  it('ends while a guest runs', async () => {
    const project = new Project();
    project.write('asm/x.asm', SPINS);
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('is running');
    const { status, stdout, stderr } = await running.kill('SIGINT');
    expect({ status, stderr }).toEqual({ status: 130, stderr: '' });
    expect(stdout).not.toContain('version');
  });

  it('ends while NASM works, and leaves nothing behind', async () => {
    const project = new Project();
    project.write('asm/x.asm', SLOW_SOURCE);
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('is running');
    expect(await running.kill('SIGINT')).toMatchObject({ status: 130, stderr: '' });
    expect(readdirSync(project.path('../tmp'))).toEqual([]);
  });

  it('does not read what is not typed by a person', async () => {
    const project = new Project();
    project.write('asm/x.asm', version(1));
    const running = await watching(project, ['asm/x.asm'], { input: 'qqq' });
    await running.sees('| version 1\n');
    project.write('asm/x.asm', version(2));
    await running.sees('| version 2\n');
  });

  it('ends when nobody reads any more', async () => {
    const project = new Project();
    project.write('asm/x.asm', version(1));
    const running = project.shell('{ guestkit watch asm/x.asm; echo status=$? >&2; } | head -n 1');
    await running.sees('watching');
    expect(await running.ended).toMatchObject({ status: 0, stderr: 'status=130\n' });
  });
});

describe('guestkit watch', () => {
  it('is refused where CI is set', async () => {
    const project = new Project();
    project.write('asm/x.asm', version(1));
    const { status, stdout, stderr } = await project.run(['watch', 'asm/x.asm'], { env: { CI: '1' } });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('nothing is watched where CI is set\nUse guestkit test.');
  });
});

describeTerminal('guestkit watch', () => {
  describeKvm('in a terminal', () => {
    /** The settings of the terminal before, during and after, and the status. */
    const SESSION = 'stty -a; guestkit watch asm/x.asm; echo status=$?; stty -a; echo end of session';

    it.each([
      ['q', 'q', 0],
      ['Q', 'Q', 0],
      ['Ctrl+C', '\x03', 130],
    ])('%s ends it and leaves the terminal as it was', async (_name, key, status) => {
      const project = new Project();
      project.write('asm/x.asm', version(1));
      const running = project.terminal(SESSION);
      const before = await running.sees('\x1b[H\x1b[2J\x1b[3J');
      await running.sees('| version 1\r\n');
      await running.sees('watching asm/x.asm, h help');
      running.type(key);
      await running.sees(`status=${status}\r\n`);
      const after = await running.sees('end of session');
      expect(before).toMatch(/ icanon\b.* echo\b/s);
      expect(before.startsWith(after)).toBe(true);
    });

    it('ends while a guest runs', async () => {
      const project = new Project();
      project.write('asm/x.asm', SPINS);
      const running = project.terminal(SESSION);
      await running.sees('is running');
      running.type('q');
      await running.sees('status=0\r\n');
      expect(await running.sees('end of session')).toMatch(/ icanon\b.* echo\b/s);
    });

    it('leaves the terminal as it was when it is told to end', async () => {
      const project = new Project();
      project.write('asm/x.asm', version(1));
      const watch = `sh -c 'echo pid=$$.; exec "$0" "$@"' '${process.execPath}' '${MAIN}' watch asm/x.asm`;
      const running = project.terminal(`${watch}; echo status=$?; stty -a; echo end of session`);
      await running.sees('| version 1\r\n');
      const pid = Number(/pid=(\d+)\./.exec(running.stdout)?.[1]);
      process.kill(pid, 'SIGTERM');
      await running.sees('status=130\r\n');
      expect(await running.sees('end of session')).toMatch(/ icanon\b.* echo\b/s);
    });

    it('ends quietly when the terminal is closed', async () => {
      const project = new Project();
      project.write('asm/x.asm', version(1));
      const running = project.terminal('trap : HUP; guestkit watch asm/x.asm; echo status=$? >status');
      await running.sees('| version 1\r\n');
      await running.kill('SIGKILL');
      while (!project.has('status') || project.read('status') === '') await sleep(10);
      // The signal ended it: without a terminal Node itself would abort.
      expect(project.read('status')).toBe('status=129\n');
    });

    it('Enter runs again', async () => {
      const project = new Project();
      project.write('asm/x.asm', version(1));
      const running = project.terminal(SESSION);
      for (let round = 0; round < 3; round += 1) {
        await running.sees('| version 1\r\n');
        running.type('\r');
      }
      await running.sees('| version 1\r\n');
      running.type('xyz\x1b[A'); // other keys do nothing
      project.write('asm/x.asm', version(2));
      await running.sees('| version 2\r\n');
      running.type('q');
      await running.sees('status=0\r\n');
    });

    it('Enter starts a guest that runs anew', async () => {
      const project = new Project();
      project.write('asm/x.asm', SPINS);
      const running = project.terminal(SESSION);
      await running.sees('is running');
      running.type('\r');
      await running.sees('is running');
      running.type('\x03');
      await running.sees('status=130\r\n');
      expect(running.stdout).not.toContain('version');
    });
  });
});
