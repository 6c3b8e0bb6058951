import { join } from 'node:path';
import { expect, it } from 'vitest';
import { assemble, readCached } from '../../src/nasm/assemble.ts';
import { bundle } from './bundle.ts';
import { useSandbox } from './sandbox.ts';

const sandbox = useSandbox();

it('reading a cached build loads nothing', async () => {
  sandbox.write('x.asm', 'db 1, 2, 3\n');
  await assemble('x.asm');
  const script = await bundle(
    sandbox,
    `
    import { readCached } from ASSEMBLE;
    const before = process.moduleLoadList.length;
    const image = readCached('x.asm');
    const loaded = process.moduleLoadList.slice(before);
    process.stdout.write(JSON.stringify([image.bytes.length, loaded]));
  `,
  );
  const { code, stdout } = await script.run();
  expect({ code, loaded: JSON.parse(stdout) }).toEqual({ code: 0, loaded: [3, []] });
});

it('processes that store the same builds, one of them killed, leave whole entries or none', async () => {
  for (let index = 0; index < 4; index++) sandbox.write(`${index}.asm`, `times 50000 db ${index}\n`);
  const script = await bundle(
    sandbox,
    `
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
  `,
  );
  const children = [1, 2, 3].map(() => script.start());
  void children[2]?.firstOutput.then(() => children[2]?.process.kill('SIGKILL'));
  for (const { process } of children) process.stdout?.resume();
  expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0, null]);
  for (let round = 0; round < 5; round++) {
    for (let index = 0; index < 4; index++) {
      const cacheDir = join(sandbox.cacheDir, String(round));
      // Writers that met, or the one that was killed, may leave parts of two: that is none, and made anew.
      const left = readCached(`${index}.asm`, { cacheDir });
      if (left !== undefined) expect(left.bytes.every((byte) => byte === index)).toBe(true);
      await assemble(`${index}.asm`, { cacheDir });
      const kept = readCached(`${index}.asm`, { cacheDir });
      expect(kept?.bytes.every((byte) => byte === index)).toBe(true);
    }
  }
}, 30_000);
