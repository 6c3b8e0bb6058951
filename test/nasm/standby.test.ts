import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../src/nasm/assemble.ts';
import { AssemblyError } from '../../src/nasm/assembly-error.ts';
import { doPending } from '../../src/nasm/later.ts';
import { prepareStandby, Standby, takeStandby } from '../../src/nasm/standby.ts';
import { useSandbox } from './sandbox.ts';

const sandbox = useSandbox();

/** A standby with a folder of its own, and the files that what it becomes prints into. */
async function standby(): Promise<{ shell: Standby; printed: { stdout: string; stderr: string } }> {
  const folder = join(sandbox.folder, "st'and by");
  mkdirSync(folder);
  const printed = { stdout: join(folder, 'out put'), stderr: join(folder, "err'or") };
  return { shell: await Standby.start(sandbox.folder), printed };
}

const LONG = { timeoutMs: 20_000, signal: undefined };

describe('a standby', () => {
  it('becomes a program with its words as they are, in its folder, with its limits', async () => {
    const { shell, printed } = await standby();
    const words = ['a b', "it's", '$HOME `id` "x"', 'line\nbreak', '\\', '', '*', '-n'];
    const script = 'printf "<%s>" "$@"; pwd >&2; ulimit -f >&2; ulimit -v >&2; cat';
    const { exitCode, timedOut } = await shell.become(
      ['/bin/sh', '-c', script, 'sh', ...words],
      printed,
      LONG,
    );
    expect({ exitCode, timedOut }).toEqual({ exitCode: 0, timedOut: false });
    expect(readFileSync(printed.stdout, 'utf8')).toBe(words.map((word) => `<${word}>`).join(''));
    expect(readFileSync(printed.stderr, 'utf8')).toBe(`${sandbox.folder}\n131072\n1048576\n`);
    expect(shell.ready).toBe(false);
  });

  it('gives the status of what it became, and 127 for what is not there', async () => {
    const { shell, printed } = await standby();
    expect((await shell.become(['/bin/sh', '-c', 'exit 3'], printed, LONG)).exitCode).toBe(3);
    const other = await Standby.start(sandbox.folder);
    expect((await other.become(['/no/such/program'], printed, LONG)).exitCode).toBe(127);
  });

  it('is stopped at its time, counted from its call, and by its signal', async () => {
    const { shell, printed } = await standby();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const late = await shell.become(['/bin/sleep', '60'], printed, { timeoutMs: 50, signal: undefined });
    expect(late.timedOut).toBe(true);
    const other = await Standby.start(sandbox.folder);
    const stop = new AbortController();
    const run = other.become(['/bin/sleep', '60'], printed, { timeoutMs: 60_000, signal: stop.signal });
    stop.abort();
    const { timedOut, exitCode, signal } = await run;
    expect({ timedOut, exitCode, signal }).toEqual({
      timedOut: false,
      exitCode: undefined,
      signal: 'SIGKILL',
    });
  });
});

describe('assembling with a standby', () => {
  it('gives the same as without, errors too, and leaves nothing behind', async () => {
    sandbox.write('x.asm', 'start: db 1, 2, 3\n');
    sandbox.write('y.asm', 'bogus x\n');
    const temporary = join(sandbox.folder, 'temporary');
    mkdirSync(temporary);
    sandbox.env('TMPDIR', temporary);
    await prepareStandby();
    const image = await assemble('x.asm');
    expect([...image.bytes]).toEqual([1, 2, 3]);
    expect(image.symbols.map(({ name }) => name)).toEqual(['start']);
    await prepareStandby();
    await expect(assemble('y.asm')).rejects.toThrow(AssemblyError);
    doPending();
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('takes one that waits in the same folder, and no other', async () => {
    await prepareStandby();
    expect(takeStandby('/')).toBeUndefined();
    const taken = takeStandby(process.cwd());
    expect(taken?.ready).toBe(true);
    expect(takeStandby(process.cwd())).toBeUndefined();
    await taken?.become(['/bin/true'], { stdout: '/dev/null', stderr: '/dev/null' }, LONG);
  });
});
