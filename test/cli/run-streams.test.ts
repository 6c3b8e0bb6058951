import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { assemblersIn } from '../support/assemblers.ts';
import { describeTerminal, Project } from '../support/cli.ts';
import { CHATTERBOX, ECHO, exit, guest, prints, SLOW_SOURCE, SPIN } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import type { Running } from '../support/running.ts';

function residentMiB(running: Running): number {
  const status = readFileSync(`/proc/${running.child.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

describeKvm('guestkit run: live', () => {
  it('shows what a guest prints while it runs', async () => {
    const project = new Project();
    project.write('x.asm', prints('first words', SPIN));
    const running = project.start(['run', 'x.asm', '--timeout', '60m']);
    await running.sees('first words');
    expect(running.child.exitCode).toBe(null);
  });

  it('answers what it is sent while it runs', async () => {
    const project = new Project();
    project.write('x.asm', ECHO);
    const running = project.start(['run', 'x.asm', '--input', '-', '--timeout', '60m'], { openInput: true });
    for (const word of ['one', 'two', 'three']) {
      running.type(word);
      await running.sees(word);
    }
    running.type('!');
    expect(await running.ended).toMatchObject({ status: 0, stdout: 'onetwothree', stderr: '' });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 130 at %s', async (signal) => {
    const project = new Project();
    project.write('x.asm', prints('spinning', SPIN));
    const running = project.start(['run', 'x.asm', '--timeout', '60m']);
    await running.sees('spinning');
    const { status, stdout, stderr } = await running.kill(signal);
    expect({ status, stdout }).toEqual({ status: 130, stdout: 'spinning' });
    expect(stderr).toContain('the guest was stopped\n');
    expect(stderr).toMatch(/^EIP /m);
  });

  it('ends with 130 at SIGINT while NASM works, and leaves nothing behind', async () => {
    const project = new Project();
    project.write('x.asm', SLOW_SOURCE);
    const running = project.start(['run', 'x.asm']);
    await expect.poll(() => assemblersIn(project.folder), { timeout: 20_000 }).toBe(1);
    expect(await running.kill('SIGINT')).toMatchObject({ status: 130, stdout: '', stderr: '' });
    await expect.poll(() => assemblersIn(project.folder), { timeout: 20_000 }).toBe(0);
    expect(readdirSync(project.path('../tmp'))).toEqual([]);
  });
});

describeKvm('guestkit run: standard input', () => {
  it('reads a pipe to its end', async () => {
    const project = new Project();
    project.write('x.asm', ECHO);
    const text = 'x'.repeat(20_000);
    const { status, stdout } = await project.run(['run', 'x.asm', '--input', '-', '--timeout', '60s'], {
      input: `${text}!`,
    });
    expect(status).toBe(0);
    expect(stdout).toBe(text);
  });

  it('reads a file', async () => {
    const project = new Project();
    project.write('x.asm', ECHO);
    project.write('text', 'from a file!');
    expect(await project.shell('guestkit run x.asm --input - < text').ended).toMatchObject({
      status: 0,
      stdout: 'from a file',
    });
  });

  it.each([
    ['ends at once', '< /dev/null'],
    ['is closed', '<&-'],
    ['is a folder', '< /'],
  ])('runs on when it %s', async (_name, redirection) => {
    const project = new Project();
    project.write('x.asm', prints('ok', exit(4)));
    expect(await project.shell(`guestkit run x.asm --input - ${redirection}`).ended).toMatchObject({
      status: 4,
      stdout: 'ok',
      stderr: '',
    });
  });

  it.each([
    ['a guest that does not read', guest(SPIN)],
    ['a guest that reads for ever', guest('mov dx, 0x3F8', 'again: in al, dx', 'jmp again')],
  ])('does not grow with an endless pipe and %s', async (_name, source) => {
    const project = new Project();
    project.write('x.asm', source);
    const running = project.start(['run', 'x.asm', '--input', '-', '--timeout', '60m'], { openInput: true });
    const { stdin } = running.child;
    let sent = 0;
    let full = false;
    const chunk = Buffer.alloc(64 * 1024, 'y');
    // Until the pipe is full and stays full, or half a gigabyte has gone through.
    while (sent < 2 ** 29 && !full) {
      if (stdin?.write(chunk) === false) {
        const drained = new Promise((resolve) => stdin.once('drain', () => resolve(true)));
        const waited = new Promise((resolve) => setTimeout(() => resolve(false), 500));
        full = (await Promise.race([drained, waited])) === false;
      }
      sent += chunk.length;
    }
    expect(residentMiB(running)).toBeLessThan(200);
    expect(await running.kill('SIGINT')).toMatchObject({ status: 130 });
  });
});

describeKvm('guestkit run: standard output', () => {
  it('ends quietly when the reader goes', async () => {
    const project = new Project();
    project.write('x.asm', CHATTERBOX);
    const running = project.shell('guestkit run x.asm --timeout 60m | head -c 10');
    expect(await running.ended).toMatchObject({ status: 0, stdout: 'AAAAAAAAAA', stderr: '' });
  });

  it('does not mind when nobody listens', async () => {
    const project = new Project();
    project.write('x.asm', prints('unheard', exit(6)));
    expect(await project.shell('guestkit run x.asm >&-').ended).toMatchObject({ status: 6, stderr: '' });
    expect(await project.shell('guestkit run x.asm 2>&-').ended).toMatchObject({
      status: 6,
      stdout: 'unheard',
    });
  });

  it('fails when the disk is full', async () => {
    const project = new Project();
    project.write('x.asm', prints('lost', SPIN));
    for (const options of ['', '--json --timeout 50ms']) {
      const { status, stderr } = await project.shell(`guestkit run x.asm ${options} > /dev/full`).ended;
      expect(status).toBe(125);
      expect(stderr).toContain('cannot write to standard output: ENOSPC');
    }
  });
});

describeTerminal('guestkit run', () => {
  describeKvm('in a terminal', () => {
    it('ends with 130 at Ctrl+C', async () => {
      const project = new Project();
      project.write('x.asm', prints('spinning', SPIN));
      const running = project.terminal('trap : INT; guestkit run x.asm --timeout 60m; echo status=$?');
      await running.sees('spinning');
      running.type('\x03');
      await running.sees('the guest was stopped');
      await running.sees('status=130');
    });

    it('takes what is typed, line by line, to Ctrl+D', async () => {
      const project = new Project();
      project.write('x.asm', ECHO);
      const running = project.terminal(
        'stty -echo; guestkit run x.asm --input - --timeout 60m; echo status=$?',
      );
      running.type('typed\n');
      await running.sees('typed');
      running.type('!\n');
      await running.sees('status=0');
    });
  });
});
