import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IMAGE_LIMIT_BYTES } from '../../src/nasm/image.ts';
import { loadGuest } from '../../src/runner/load-guest.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guestkit-test-'));
  process.env['GUESTKIT_CACHE_DIR'] = at('cache');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  delete process.env['GUESTKIT_CACHE_DIR'];
});

describe('loadGuest', () => {
  it('assembles a source, with its settings, warnings and the files it is made of', async () => {
    writeFileSync(at('x.asm'), '; guestkit: exit=3 timeout=1s\n%include "y.inc"\n');
    writeFileSync(at('y.inc'), 'db 0x1FF\n');
    const guest = await loadGuest(at('x.asm'));
    expect(guest).toMatchObject({
      bytes: Uint8Array.of(0xff),
      settings: { exit: 3, timeoutMs: 1000 },
      // NASM would take the one in the current folder first, if there were one.
      dependencies: [at('x.asm'), at('y.inc'), resolve('y.inc')],
    });
    expect(guest.warnings).toHaveLength(1);
    expect(await loadGuest(at('x.asm'))).toMatchObject({ warnings: guest.warnings });
  });

  it('takes an image as it is', async () => {
    writeFileSync(at('x.bin'), '; guestkit: exit=3\n');
    expect(await loadGuest(at('x.bin'))).toEqual({
      bytes: Buffer.from('; guestkit: exit=3\n'),
      settings: {},
      warnings: [],
      dependencies: [at('x.bin')],
    });
  });

  it('takes an empty image, and one of the largest size', async () => {
    writeFileSync(at('x.bin'), '');
    expect((await loadGuest(at('x.bin'))).bytes).toHaveLength(0);
    truncateSync(at('x.bin'), IMAGE_LIMIT_BYTES);
    expect((await loadGuest(at('x.bin'))).bytes).toHaveLength(IMAGE_LIMIT_BYTES);
  });

  it('refuses a larger image without reading it', async () => {
    writeFileSync(at('x.bin'), '');
    truncateSync(at('x.bin'), 2 ** 40);
    await expect(loadGuest(at('x.bin'))).rejects.toMatchObject({
      code: 'image',
      message: `${at('x.bin')} has ${2 ** 40} bytes, guestkit loads at most ${IMAGE_LIMIT_BYTES}`,
    });
  });

  it('says what is wrong with an image that cannot be read', async () => {
    await expect(loadGuest(at('none.bin'))).rejects.toMatchObject({
      code: 'file',
      message: expect.stringContaining('ENOENT'),
      hint: expect.stringContaining('guestkit build'),
    });
    mkdirSync(at('folder.bin'));
    await expect(loadGuest(at('folder.bin'))).rejects.toMatchObject({ code: 'file' });
  });

  it('passes on what the assembler and the comments say', async () => {
    writeFileSync(at('bad.asm'), 'what is this\n');
    await expect(loadGuest(at('bad.asm'))).rejects.toMatchObject({ code: 'assembly' });
    writeFileSync(at('worse.asm'), 'nop\n; guestkit: exit=300\n');
    await expect(loadGuest(at('worse.asm'))).rejects.toMatchObject({ code: 'directive', line: 2 });
    await expect(loadGuest(at('none.asm'))).rejects.toMatchObject({ code: 'file' });
  });

  it('stops when it is told to', async () => {
    writeFileSync(at('x.asm'), 'nop\n');
    await expect(loadGuest(at('x.asm'), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
