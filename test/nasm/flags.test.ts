import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assemble, readCached } from '../../src/nasm/assemble.ts';
import { checkFlags } from '../../src/nasm/flags.ts';
import { useSandbox } from './sandbox.ts';

const sandbox = useSandbox();

describe('flags', () => {
  it('reach NASM as they are', async () => {
    sandbox.write('x.asm', '%ifndef GONE\ndb TEXT, N\n%endif\njmp near_by\nnear_by:\n');
    const flags = ['-DTEXT="it\'s $x"', '-dN=1+2', '-DGONE', '-UGONE', '-O0'];
    const image = await assemble('x.asm', { flags });
    expect(Buffer.from(image.bytes).toString('latin1', 0, 8)).toBe("it's $x\x03");
    expect(image.bytes.length).toBe(11);
    expect((await assemble('x.asm', { flags: flags.slice(0, -1) })).bytes.length).toBe(10);
  });

  it('choose warnings', async () => {
    sandbox.write('x.asm', 'db 300\n%warning user\n');
    const warnings = async (...flags: string[]): Promise<(string | undefined)[]> =>
      (await assemble('x.asm', { flags })).warnings.map(({ flag }) => flag);
    expect((await warnings()).sort()).toEqual(['number-overflow', 'user']);
    expect(await warnings('-w-number-overflow')).toEqual(['user']);
    expect(await warnings('-Wno-user', '-w-number-overflow')).toEqual([]);
    await expect(assemble('x.asm', { flags: ['-w+error'] })).rejects.toMatchObject({ code: 'assembly' });
  });

  it('are part of what a cached build holds for', async () => {
    sandbox.write('x.asm', 'db N\n');
    for (const flags of [['-DN=1'], ['-DN=2'], ['-DN=1', '-w+all']]) {
      expect(readCached('x.asm', { flags })).toBeUndefined();
      const image = await assemble('x.asm', { flags });
      expect(readCached('x.asm', { flags })?.bytes).toEqual(image.bytes);
    }
    expect(sandbox.nasmStarts()).toBe(3);
  });

  it('that make names of included files leave these known', async () => {
    sandbox.write('x.asm', '%include LIB\nBLOB "b.bin"\n');
    sandbox.write('lib.inc', 'db 1\n');
    sandbox.write('b.bin', 'z');
    const options = { flags: ['-DLIB="lib.inc"', '-DBLOB=incbin'] };
    const image = await assemble('x.asm', options);
    expect([...image.dependencies].sort()).toEqual(
      ['b.bin', 'lib.inc', 'x.asm'].map((name) => join(sandbox.folder, name)),
    );
    expect(readCached('x.asm', options)).toBeUndefined();
  });

  it.each([
    ['-o', 'decides where the image goes'],
    ['-oout.bin', 'decides where the image goes'],
    ['--keep-all', 'decides where the image goes'],
    ['-felf32', 'flat images'],
    ['-g', 'flat images'],
    ['-Fdwarf', 'flat images'],
    ['-lx.lst', 'listing'],
    ['-L+', 'listing'],
    ['-MD', 'dependencies'],
    ['-M', 'dependencies'],
    ['-s', 'messages'],
    ['-Xvc', 'messages'],
    ['-Zerrors', 'messages'],
    ['-E', 'no image'],
    ['-v', 'no image'],
    ['--help', 'no image'],
    ['-@more', 'see the flags'],
    ['-t', 'in ways that guestkit does not see'],
    ['-Iinc', 'where included files are searched'],
    ['-Pp.inc', 'what the image is made of'],
    ['--include', 'what the image is made of'],
    ['--before', 'line of source'],
    ['--pragma', 'line of source'],
    ['-D', 'in the same word'],
    ['other.asm', 'it is no flag'],
    ['--', 'does not know'],
    ['-DX=1\n%include "x"', 'does not know'],
    ['-DX=\0', 'does not know'],
    ['', 'does not know'],
  ])('refuse %j', async (flag, reason) => {
    sandbox.write('x.asm', 'db 1\n');
    await expect(assemble('x.asm', { flags: ['-DX', flag] })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(reason),
      hint: expect.stringMatching(/\.$/),
    });
    expect(() => checkFlags([flag])).toThrow(JSON.stringify(flag));
    expect(sandbox.nasmStarts()).toBe(0);
  });
});

describe('include paths', () => {
  it('may be relative, to the current folder, and are searched in their order', async () => {
    sandbox.write('asm/x.asm', '%include "lib.inc"\n');
    sandbox.write('one/lib.inc', 'db 1\n');
    sandbox.write('sub/two/lib.inc', 'db 2\n');
    const bytes = async (...includePaths: string[]): Promise<number | undefined> =>
      (await assemble('asm/x.asm', { includePaths })).bytes[0];
    expect(await bytes('one', './sub/two/')).toBe(1);
    expect(await bytes('./sub/two/', 'one')).toBe(2);
    expect(await bytes(join(sandbox.folder, 'one'))).toBe(1);
    expect(sandbox.nasmStarts()).toBe(3);
    expect(readCached('asm/x.asm', { includePaths: ['one', './sub/two/'] })?.bytes[0]).toBe(1);
    process.chdir('sub');
    const source = '../asm/x.asm';
    expect((await assemble(source, { includePaths: ['two', '../one'] })).bytes[0]).toBe(2);
  });
});
