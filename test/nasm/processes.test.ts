import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { expect, it } from 'vitest';
import { assemble, readCached } from '../../src/nasm/assemble.ts';
import { useSandbox } from './sandbox.ts';

const sandbox = useSandbox();
const ASSEMBLE = new URL('../../src/nasm/assemble.ts', import.meta.url).pathname;

/** Bundles a script around `assemble` as users get it, for Node reads no TypeScript. */
async function bundle(script: string): Promise<string> {
  const input = sandbox.write('script.ts', script.replace('ASSEMBLE', JSON.stringify(ASSEMBLE)));
  const build = await rolldown({ input, platform: 'node', logLevel: 'silent' });
  await build.write({
    dir: join(sandbox.folder, 'bundle'),
    format: 'esm',
    entryFileNames: 'script.mjs',
    chunkFileNames: '[name].mjs',
  });
  await build.close();
  return join(sandbox.folder, 'bundle/script.mjs');
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on('exit', (code) => resolve(code)));
}

it('reading a cached build loads nothing', async () => {
  sandbox.write('x.asm', 'db 1, 2, 3\n');
  await assemble('x.asm');
  const script = await bundle(`
    import { readCached } from ASSEMBLE;
    const before = process.moduleLoadList.length;
    const image = readCached('x.asm');
    const loaded = process.moduleLoadList.slice(before);
    process.stdout.write(JSON.stringify([image.bytes.length, loaded]));
  `);
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let loaded = '';
  child.stdout.on('data', (chunk) => {
    loaded += chunk;
  });
  expect(await ended(child)).toBe(0);
  expect(JSON.parse(loaded)).toEqual([3, []]);
});

it('processes that store the same builds, one of them killed, leave only whole entries', async () => {
  for (let index = 0; index < 4; index++) sandbox.write(`${index}.asm`, `times 50000 db ${index}\n`);
  const script = await bundle(`
    import { assemble } from ASSEMBLE;
    const cache = process.env.GUESTKIT_CACHE_DIR;
    for (let round = 0; round < 5; round++) {
      process.env.GUESTKIT_CACHE_DIR = cache + '/' + round;
      for (let index = 0; index < 4; index++) {
        const { bytes } = await assemble(index + '.asm');
        if (bytes.length !== 50000 || bytes.some((byte) => byte !== index)) process.exit(1);
      }
      process.stdout.write('.');
    }
  `);
  const children = [1, 2, 3].map(() =>
    spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  const codes = children.map(ended);
  for (const child of children) child.stdout.resume();
  children[2]?.stdout.once('data', () => children[2]?.kill('SIGKILL'));
  expect(await Promise.all(codes)).toEqual([0, 0, null]);
  for (let round = 0; round < 5; round++) {
    for (let index = 0; index < 4; index++) {
      const image = readCached(`${index}.asm`, { cacheDir: join(sandbox.cacheDir, String(round)) });
      expect(image?.bytes.every((byte) => byte === index)).toBe(true);
    }
  }
}, 30_000);
