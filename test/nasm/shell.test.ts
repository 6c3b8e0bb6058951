import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { OutputName } from '../../src/nasm/output-files.ts';
import { Shell } from '../../src/nasm/shell.ts';
import { isRunning, shellsOf, until } from './processes.ts';
import { useSandbox } from './sandbox.ts';

const sandbox = useSandbox();
const open: Shell[] = [];

afterEach(() => {
  for (const shell of open.splice(0)) shell[Symbol.dispose]();
});

async function start(): Promise<Shell> {
  const shell = await Shell.start(sandbox.folder);
  open.push(shell);
  return shell;
}

const LONG = { timeoutMs: 20_000, signal: undefined };

function script(text: string, ...words: string[]): string[] {
  return ['/bin/sh', '-c', text, 'sh', ...words];
}

function printed(shell: Shell, name: OutputName = 'stdout'): string {
  return shell.files.read(name).toString();
}

describe('a shell', () => {
  it('runs programs one after the other, with their words as they are, in its folder', async () => {
    const shell = await start();
    const words = ['a b', "it's", '$HOME `id` "x"', 'line\nbreak', '\\', '', '*', '-n', '~', 'é', '\x01\x7f'];
    for (let round = 0; round < 3; round++) {
      const run = await shell.run(script('printf "<%s>" "$@"; pwd >&2; cat', ...words), LONG);
      expect(run).toEqual({ exitCode: 0, timedOut: false });
      expect(printed(shell)).toBe(words.map((word) => `<${word}>`).join(''));
      expect(printed(shell, 'stderr')).toBe(`${sandbox.folder}\n`);
    }
    await shell.run(['/bin/true'], LONG);
    expect(printed(shell) + printed(shell, 'stderr')).toBe('');
    expect(shell.ready).toBe(true);
  });

  it('holds what it runs within the limits of file, memory and processor time', async () => {
    const shell = await start();
    await shell.run(script('ulimit -f; ulimit -v; ulimit -t'), LONG);
    expect(printed(shell)).toBe(`${shell.files.inMemory ? 4096 : 131072}\n1048576\n21\n`);
  });

  it('tells statuses, signals and programs that do not start apart', async () => {
    const shell = await start();
    const run = (words: string[]): ReturnType<Shell['run']> => shell.run(words, LONG);
    expect(await run(script('exit 3'))).toMatchObject({ exitCode: 3 });
    expect(await run(script('exit 128'))).toMatchObject({ exitCode: 128 });
    expect(await run(script('kill -KILL $$'))).toEqual({ signal: 'SIGKILL', timedOut: false });
    expect(await run(script('kill -34 $$'))).toMatchObject({ signal: 'signal 34' });
    expect(await run(script('exec head -c 70000000 /dev/zero'))).toMatchObject({ signal: 'SIGXFSZ' });
    expect(await run(['/no/such/program'])).toMatchObject({ exitCode: 127 });
    expect(await run([sandbox.write('not-executable', '')])).toMatchObject({ exitCode: 126 });
    expect(shell.ready).toBe(true);
  });

  it('is stopped with all that it runs, at its time or by its signal', async () => {
    const endless = script('sleep 60 & echo $! > pid; wait');
    const child = async (): Promise<number> => {
      await until(() => existsSync('pid') && readFileSync('pid', 'utf8').endsWith('\n'));
      return Number(readFileSync('pid', 'utf8'));
    };
    const late = await start();
    const running = late.run(endless, { timeoutMs: 150, signal: undefined });
    const first = await child();
    expect(await running).toEqual({ timedOut: true, signal: 'SIGKILL' });
    expect(late.ready).toBe(false);
    await until(() => !isRunning(first));

    sandbox.write('pid', '');
    const stop = new AbortController();
    const other = await start();
    const stopped = other.run(endless, { timeoutMs: 60_000, signal: stop.signal });
    const second = await child();
    stop.abort();
    expect(await stopped).toEqual({ timedOut: false, signal: 'SIGKILL' });
    await until(() => !isRunning(second));
  });

  it('that is killed, at work or idle, keeps nobody waiting', async () => {
    const before = shellsOf(process.pid);
    const shell = await start();
    const [pid = 0] = shellsOf(process.pid).filter((found) => !before.includes(found));
    expect(await shell.run(script(`kill -KILL ${pid}`), LONG)).toBeUndefined();
    expect(await shell.run(['/bin/true'], LONG)).toBeUndefined();
    const idle = await start();
    const [idlePid = 0] = shellsOf(process.pid).filter((found) => !before.includes(found));
    process.kill(idlePid, 'SIGKILL');
    await until(() => !idle.ready);
    expect(await idle.run(['/bin/true'], LONG)).toBeUndefined();
  });

  it('where none can be started is not ready', async () => {
    const shell = await Shell.start(join(sandbox.folder, 'gone'));
    open.push(shell);
    expect(await shell.run(['/bin/true'], LONG)).toBeUndefined();
  });

  it('knows where it suits', async () => {
    const shell = await start();
    expect(shell.suits(sandbox.folder, true)).toBe(true);
    expect(shell.suits('/', false)).toBe(false);
    sandbox.env('HOME', '/elsewhere');
    expect([shell.suits(sandbox.folder, false), shell.suits(sandbox.folder, true)]).toEqual([true, false]);
    sandbox.env('NASMENV', '-DX');
    expect(shell.suits(sandbox.folder, false)).toBe(false);
  });
});
