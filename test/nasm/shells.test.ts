import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../src/nasm/assemble.ts';
import { AssemblyError } from '../../src/nasm/assembly-error.ts';
import { runNasm } from '../../src/nasm/run.ts';
import { endShells, lendShell, prepareShell } from '../../src/nasm/shells.ts';
import { requireNasm } from '../../src/nasm/tool.ts';
import { bundle, SPINNING } from './bundle.ts';
import { isRunning, shellsOf, until } from './processes.ts';
import { useSandbox } from './sandbox.ts';

const sandbox = useSandbox();

async function bytes(source: string, options = {}): Promise<number[]> {
  return [...(await assemble(source, options)).bytes];
}

/** Uses up the runs for which no shell is started. */
async function warmUp(): Promise<void> {
  sandbox.write('warm.asm', 'dd __POSIX_TIME__\n');
  while (shellsOf(process.pid).length === 0) await assemble('warm.asm');
}

describe('assembling in shells', () => {
  it('gives each of many builds at once its own image, listing, symbols or errors', async () => {
    const indexes = Array.from({ length: 40 }, (_, index) => index);
    for (const index of indexes) {
      const text =
        index % 5 === 4 ? `bogus${index} x\n` : `s${index}: times ${index} db ${index}\n%warning w${index}\n`;
      sandbox.write(`${index}.asm`, text);
    }
    const results = await Promise.allSettled(indexes.map((index) => assemble(`${index}.asm`)));
    for (const [index, result] of results.entries()) {
      if (index % 5 === 4) {
        expect(result.status === 'rejected' && result.reason).toBeInstanceOf(AssemblyError);
        expect(String(result.status === 'rejected' && result.reason)).toContain(`${index}.asm:1: `);
        continue;
      }
      if (result.status === 'rejected') throw result.reason;
      const image = result.value;
      expect([...image.bytes]).toEqual(Array(index).fill(index));
      expect(image.symbols.map(({ name }) => name)).toEqual([`s${index}`]);
      expect(image.listing).toContain(`times ${index} db ${index}`);
      expect(image.warnings).toMatchObject([{ message: `w${index}` }]);
    }
    expect(sandbox.nasmStarts()).toBe(40);
    expect(shellsOf(process.pid).length).toBeLessThanOrEqual(4);
  });

  it('starts no shell for one or two builds, and not another one for each that follows', async () => {
    const script = await bundle(
      sandbox,
      `import { assemble } from ASSEMBLE;
      import { shellsOf } from PROCESSES;
      const counts = [];
      for (let round = 0; round < 6; round++) {
        await assemble(round + '.asm');
        counts.push(shellsOf(process.pid).length);
      }
      process.stdout.write(JSON.stringify(counts));`,
    );
    for (let round = 0; round < 6; round++) sandbox.write(`${round}.asm`, 'db 1\n');
    const { code, stdout } = await script.run();
    expect({ code, counts: JSON.parse(stdout) }).toEqual({ code: 0, counts: [0, 0, 1, 1, 1, 1] });
  });

  it('stops a NASM that takes too long or that nobody wants any more, and goes on', async () => {
    await warmUp();
    sandbox.write('x.asm', SPINNING);
    sandbox.write('y.asm', 'db 2\n');
    await expect(assemble('x.asm', { timeoutMs: 100 })).rejects.toThrow('still working after 100 ms');
    const stop = new AbortController();
    const building = assemble('x.asm', { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('a newer save')), 30);
    await expect(building).rejects.toThrow('a newer save');
    expect(await bytes('y.asm')).toEqual([2]);
  });

  it('takes another one for a shell that was killed, also in the middle of a build', async () => {
    await warmUp();
    sandbox.write('x.asm', 'db 3\n');
    for (const pid of shellsOf(process.pid)) process.kill(pid, 'SIGKILL');
    expect(await bytes('x.asm')).toEqual([3]);

    await warmUp();
    sandbox.write('started', '');
    const slow = `#!/bin/sh\necho $PPID >> started\nsleep 0.2\nexec '${requireNasm().path}' "$@"\n`;
    chmodSync(sandbox.write('slow-nasm', slow), 0o755);
    sandbox.env('NASM', join(sandbox.folder, 'slow-nasm'));
    const building = bytes('x.asm');
    await until(() => readFileSync('started', 'utf8').includes('\n'));
    process.kill(Number(readFileSync('started', 'utf8')), 'SIGKILL');
    expect(await building).toEqual([3]);
    expect(readFileSync('started', 'utf8').trim().split('\n')).toHaveLength(2);
  });

  it('follows the environment and the current folder', async () => {
    await warmUp();
    sandbox.write('x.asm', '%ifdef A\ndb A\n%else\ndb 0\n%endif\n%include "lib.inc"\n');
    sandbox.write('home.asm', '%defstr H %!HOME\ndb H\n');
    sandbox.write('lib.inc', 'db 1\n');
    sandbox.write('sub/lib.inc', 'db 2\n');
    const source = join(sandbox.folder, 'x.asm');
    expect(await bytes(source)).toEqual([0, 1]);
    sandbox.env('NASMENV', '-DA=7');
    expect(await bytes(source)).toEqual([7, 1]);
    process.chdir('sub');
    expect(await bytes(source)).toEqual([7, 2]);
    for (const home of ['/one', '/two']) {
      sandbox.env('HOME', home);
      expect(Buffer.from(await bytes(join(sandbox.folder, 'home.asm'))).toString()).toBe(home);
    }
  });

  it('makes on disk what is too large for memory', async () => {
    await warmUp();
    sandbox.write('large.asm', 'times 3000000 db 1\n');
    sandbox.write('lines.asm', 'db 1, 2, 3, 4, 5, 6, 7, 8\n'.repeat(50_000));
    const before = sandbox.nasmStarts();
    expect((await assemble('large.asm')).bytes.length).toBe(3_000_000);
    const image = await assemble('lines.asm');
    expect(image.bytes.length).toBe(400_000);
    expect(image.listing.length).toBeGreaterThan(2 ** 21);
    expect(image.listing.trimEnd().endsWith('db 1, 2, 3, 4, 5, 6, 7, 8')).toBe(true);
    expect(sandbox.nasmStarts()).toBeGreaterThanOrEqual(before + 2);
  });

  it('says so when NASM makes no image', async () => {
    sandbox.write('x.asm', 'db 1\n');
    await warmUp();
    sandbox.env('NASMENV', '-v');
    await expect(assemble('x.asm')).rejects.toThrow('wrote no image');
  });

  it('says so when NASM cannot be started', async () => {
    await warmUp();
    sandbox.write('x.asm', 'db 1\n');
    chmodSync(sandbox.write('broken', '#!/no/such/interpreter\n'), 0o755);
    sandbox.env('NASM', join(sandbox.folder, 'broken'));
    await expect(assemble('x.asm')).rejects.toMatchObject({
      code: 'nasm',
      message: expect.stringMatching(/could not start .*broken: .+/),
    });
  });

  it('works in worker threads, each with its own', async () => {
    for (let index = 0; index < 8; index++) sandbox.write(`${index}.asm`, `db ${index}\n`);
    const script = await bundle(
      sandbox,
      `import { parentPort } from 'node:worker_threads';
      import { assemble } from ASSEMBLE;
      const images = [];
      for (let index = 0; index < 8; index++) images.push((await assemble(index + '.asm')).bytes[0]);
      parentPort.postMessage(images);`,
    );
    const workers = [0, 1].map(() => new Worker(script.path));
    const ends = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    const results = workers.map((worker) => new Promise((resolve) => worker.once('message', resolve)));
    expect(await Promise.all(results)).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7],
      [0, 1, 2, 3, 4, 5, 6, 7],
    ]);
    expect(await Promise.all(ends)).toEqual([0, 0]);
  });
});

describe('shells', () => {
  it('are never more than four, and whoever waits for one may give up', async () => {
    const request = { cwd: sandbox.folder, readsEnvironment: false, signal: undefined };
    const open: (() => void)[] = [];
    const hold = (): Promise<unknown> =>
      lendShell(request, () => new Promise<void>((resolve) => open.push(resolve)));
    for (let run = 0; run < 2; run++) await lendShell(request, async () => undefined);
    const holders = Array.from({ length: 4 }, hold);
    await until(() => open.length === 4);
    const stop = new AbortController();
    const impatient = lendShell({ ...request, signal: stop.signal }, async () => 'never');
    const patient = lendShell(request, async () => 'at last');
    stop.abort(new Error('no more'));
    await expect(impatient).rejects.toThrow('no more');
    expect(shellsOf(process.pid)).toHaveLength(4);
    open[0]?.();
    expect(await patient).toBe('at last');
    for (const release of open) release();
    await Promise.all(holders);
    expect(shellsOf(process.pid)).toHaveLength(4);
  });

  it('wait where they were prepared, for the next run of NASM', async () => {
    process.chdir('/');
    await prepareShell();
    const [pid] = shellsOf(process.pid);
    await prepareShell();
    expect(shellsOf(process.pid)).toEqual([pid]);
    const limits = { readsEnvironment: false, timeoutMs: 5000, signal: undefined };
    const { stdout } = await runNasm(requireNasm(), ['-v'], { ...limits, cwd: '/' });
    expect(stdout).toContain('NASM version');
    expect(shellsOf(process.pid)).toEqual([pid]);
    await lendShell({ ...limits, cwd: sandbox.folder }, async () => undefined);
    await until(() => !isRunning(pid ?? 0));
  });

  it('give back all they take', async () => {
    endShells();
    await until(() => shellsOf(process.pid).length === 0);
    const descriptors = (): number => readdirSync('/proc/self/fd').length;
    const before = descriptors();
    await prepareShell();
    sandbox.write('x.asm', 'db 1\n');
    sandbox.write('spin.asm', SPINNING);
    await assemble('x.asm');
    const [pid = 0] = shellsOf(process.pid);
    endShells();
    expect(descriptors()).toBe(before);
    await until(() => !isRunning(pid));
    await warmUp();
    await expect(assemble('spin.asm', { timeoutMs: 20 })).rejects.toThrow('still working');
    expect(descriptors()).toBe(before);
  });

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'end with the process that started them, by %s',
    async (signal) => {
      sandbox.write('x.asm', 'db 1\n');
      const script = await bundle(
        sandbox,
        `import { assemble } from ASSEMBLE;
      import { prepareShell } from SHELLS;
      import { shellsOf } from PROCESSES;
      await prepareShell();
      await assemble('x.asm');
      process.stdout.write(JSON.stringify(shellsOf(process.pid)));
      setInterval(() => undefined, 1000);`,
      );
      const child = script.start();
      const [shell = 0] = JSON.parse(await child.firstOutput) as number[];
      expect(isRunning(shell)).toBe(true);
      child.process.kill(signal);
      await child.ended;
      await until(() => !isRunning(shell));
    },
  );

  it('with what they run end when the process exits', async () => {
    const spinning = `#!/bin/sh\necho $$ > pid\nexec sleep 60\n`;
    chmodSync(sandbox.write('spinning', spinning), 0o755);
    sandbox.env('NASM', join(sandbox.folder, 'spinning'));
    sandbox.write('x.asm', 'db 1\n');
    const script = await bundle(
      sandbox,
      `import { existsSync, readFileSync } from 'node:fs';
      import { assemble } from ASSEMBLE;
      import { prepareShell } from SHELLS;
      await prepareShell();
      void assemble('x.asm');
      setInterval(() => {
        if (existsSync('pid') && readFileSync('pid', 'utf8').endsWith('\\n')) process.exit(5);
      }, 5);`,
    );
    expect((await script.run()).code).toBe(5);
    const pid = Number(readFileSync('pid', 'utf8'));
    await until(() => !isRunning(pid));
  });

  it('keep no process from ending', async () => {
    const script = await bundle(
      sandbox,
      `import { prepareShell } from SHELLS;
      await prepareShell();
      process.stdout.write('ready');`,
    );
    expect(await script.run()).toEqual({ code: 0, stdout: 'ready' });
  });
});
