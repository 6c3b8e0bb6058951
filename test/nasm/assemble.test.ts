import { existsSync, mkdirSync, readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../src/nasm/assemble.ts';
import { AssemblyError } from '../../src/nasm/assembly-error.ts';
import { doPending } from '../../src/nasm/later.ts';
import { renderDiagnostics } from '../../src/nasm/render.ts';
import { useSandbox } from './sandbox.ts';

const sandbox = useSandbox();

async function refusal(source: string, options = {}): Promise<AssemblyError> {
  try {
    await assemble(source, options);
  } catch (error) {
    if (error instanceof AssemblyError) return error;
    throw error;
  }
  throw new Error(`${source} was assembled`);
}

describe('an image', () => {
  it('has bytes, dependencies, symbols and listing', async () => {
    sandbox.write(
      'asm/x.asm',
      'bits 16\norg 0x7c00\n%include "asm/lib.inc"\nstart: mov al, K\n.loop: jmp .loop\n',
    );
    sandbox.write('asm/lib.inc', 'K equ 42\nincbin "blob.bin"\n');
    sandbox.write('asm/blob.bin', Uint8Array.of(1, 2, 3));
    const image = await assemble('asm/x.asm');
    expect([...image.bytes]).toEqual([1, 2, 3, 0xb0, 42, 0xeb, 0xfe]);
    expect(image.dependencies).toEqual(
      ['asm/x.asm', 'asm/lib.inc', 'asm/blob.bin'].map((name) => join(sandbox.folder, name)),
    );
    expect(image.symbols).toEqual([
      { name: 'K', address: 42, section: undefined },
      { name: 'start', address: 0x7c03, section: '.text' },
      { name: 'start.loop', address: 0x7c05, section: '.text' },
    ]);
    expect(image.listing).toContain('start: mov al, K');
    expect(image.cached).toBe(false);
    expect(sandbox.nasmStarts()).toBe(1);
  });

  it('may be empty', async () => {
    sandbox.write('empty.asm', '');
    const image = await assemble('empty.asm');
    expect(image.bytes.length).toBe(0);
    expect(image.symbols).toEqual([]);
    expect((await assemble('empty.asm')).cached).toBe(true);
  });

  it('finds includes in the current folder, then beside the source, then in the include paths', async () => {
    sandbox.write('src/x.asm', '%include "a.inc"\n%include "b.inc"\n%include "c.inc"\n');
    sandbox.write('a.inc', 'db 1\n');
    for (const name of ['a.inc', 'b.inc']) sandbox.write(join('src', name), 'db 2\n');
    for (const name of ['a.inc', 'b.inc', 'c.inc']) sandbox.write(join('lib', name), 'db 3\n');
    const image = await assemble('src/x.asm', { includePaths: ['lib'] });
    expect([...image.bytes]).toEqual([1, 2, 3]);
  });

  it('asks NASM for the names that macros make', async () => {
    sandbox.write('x.asm', '%define LIB "lib.inc"\n%include LIB\n%deftok BLOB "incbin"\nBLOB "b.bin"\n');
    sandbox.write('lib.inc', 'db 1\n');
    sandbox.write('b.bin', 'z');
    const image = await assemble('x.asm');
    expect([...image.dependencies].sort()).toEqual(
      ['b.bin', 'lib.inc', 'x.asm'].map((name) => join(sandbox.folder, name)),
    );
  });

  it('leaves a [map] directive of the source alone', async () => {
    sandbox.write('x.asm', '[map all x.map]\nstart: db 1\n');
    expect((await assemble('x.asm')).symbols).toEqual([]);
    expect(existsSync('x.map')).toBe(true);
  });

  it('leaves nothing behind in the temporary folder', async () => {
    const folder = join(sandbox.folder, `t m'p"[é`);
    mkdirSync(folder);
    sandbox.env('TMPDIR', folder);
    sandbox.write('x.asm', 'start: db 1\n');
    expect((await assemble('x.asm')).symbols).toHaveLength(1);
    sandbox.write('x.asm', 'bogus x\n');
    await refusal('x.asm');
    doPending();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('odd paths', () => {
  const names = [
    'a b.asm',
    '-x.asm',
    "q'uote.asm",
    'q"uote.asm',
    'br[1].asm',
    'p%d%%.asm',
    'new\nline.asm',
    'ünïcode 日本.asm',
    'd$x#y.asm',
    'back\\slash.asm',
    'c:1: error: x.asm',
    'star*?.asm',
    ' lead.asm',
    'trail ',
    '-o d/x y/-z.asm',
    '~/x.asm',
    'noext',
  ];
  it.each(names)('assembles, caches and complains about %j', async (name) => {
    sandbox.write(name, '%include "in c.inc"\ndb 300\n');
    sandbox.write('in c.inc', 'db 7\n');
    const image = await assemble(name);
    expect([...image.bytes]).toEqual([7, 300 & 0xff]);
    expect(image.dependencies).toEqual([join(sandbox.folder, name), join(sandbox.folder, 'in c.inc')]);
    expect(image.warnings).toMatchObject([{ file: name, line: 2, flag: 'number-overflow' }]);
    const again = await assemble(name);
    expect(again.cached).toBe(true);
    expect(again.bytes).toEqual(image.bytes);
    sandbox.write(name, 'db 1\nmov ax, nowhere\n');
    const { diagnostics } = await refusal(name);
    expect(diagnostics).toMatchObject([{ file: name, line: 2, message: "symbol `nowhere' not defined" }]);
  });

  it('keeps sources of one name in two folders apart', async () => {
    sandbox.write('a/x.asm', 'db 1\n');
    sandbox.write('b/x.asm', 'db 2\n');
    for (let round = 0; round < 2; round++) {
      expect([...(await assemble('a/x.asm')).bytes]).toEqual([1]);
      expect([...(await assemble('b/x.asm')).bytes]).toEqual([2]);
    }
    expect(sandbox.nasmStarts()).toBe(2);
  });
});

describe('a refused source', () => {
  it('says what NASM said, with lines and carets', async () => {
    sandbox.write('x.asm', '%include "m.inc"\n\tmov\tax, nowhere\n\tPUT 3\n');
    sandbox.write('m.inc', '%macro PUT 1\n  mov al, nothing\n%endmacro\n');
    const error = await refusal('x.asm');
    expect(error.code).toBe('assembly');
    expect(error.message).toBe("NASM refused x.asm: x.asm:2: symbol `nowhere' not defined (and 1 more)");
    expect(renderDiagnostics(error.diagnostics)).toBe(
      [
        "x.asm:2: error: symbol `nowhere' not defined",
        '    2 | \tmov\tax, nowhere',
        '      | \t   \t    ^~~~~~~',
        "x.asm:3: error: symbol `nothing' not defined",
        '    3 | \tPUT 3',
        '      | \t^',
        "m.inc:2: note: from macro `PUT' defined here",
        '    2 |   mov al, nothing',
        '      |   ^',
      ].join('\n'),
    );
  });

  it('names every place where a missing include, a nested one too, would be found', async () => {
    // The unterminated %if makes `nasm -M` fail as well.
    sandbox.write('src/x.asm', '%include "here.inc"\n%include "gone.inc"\nincbin "gone.bin"\n%if 1\nbogus\n');
    sandbox.write('src/here.inc', '%include "nested.inc"\n');
    const error = await refusal('src/x.asm', { includePaths: ['lib'] });
    expect(error.dependencies[0]).toBe(join(sandbox.folder, 'src/x.asm'));
    for (const name of ['gone.inc', 'gone.bin', 'nested.inc']) {
      for (const folder of ['.', 'src', 'lib']) {
        expect(error.dependencies).toContain(join(sandbox.folder, folder, name));
      }
    }
    expect(error.dependencies).toContain(join(sandbox.folder, 'src/here.inc'));
    expect(error.hint).toContain('src/, then in lib/');
  });

  it('names missing includes whose names macros make', async () => {
    sandbox.write('x.asm', '%define LIB "gone.inc"\n%include LIB\nbogus y z\n');
    expect((await refusal('x.asm')).dependencies).toContain(join(sandbox.folder, 'gone.inc'));
  });

  it('is not cached, and builds once the include is there', async () => {
    sandbox.write('x.asm', '%include "late.inc"\n');
    await refusal('x.asm');
    await refusal('x.asm');
    expect(sandbox.nasmStarts()).toBe(2);
    sandbox.write('late.inc', 'db 9\n');
    expect([...(await assemble('x.asm')).bytes]).toEqual([9]);
  });
});

describe('bounds', () => {
  it('stops a NASM that takes too long', async () => {
    sandbox.write('x.asm', '%rep 1000000\n%rep 1000000\n%assign i 1\n%endrep\n%endrep\n');
    const error = await refusal('x.asm', { timeoutMs: 200 });
    expect(error.message).toContain('still working after 200 ms');
    expect(error.dependencies).toEqual([join(sandbox.folder, 'x.asm')]);
  });

  it('refuses an image that is too large', async () => {
    truncateSync(sandbox.write('big.bin', ''), 17 * 2 ** 20);
    sandbox.write('x.asm', 'incbin "big.bin"\n');
    expect((await refusal('x.asm')).message).toContain(`the image has ${17 * 2 ** 20} bytes`);
  });

  it('never lets NASM fill the disk', async () => {
    sandbox.write('x.asm', 'db 1\nsection .far start=0x7fffffff\ndb 1\n');
    expect((await refusal('x.asm')).message).toContain('grew over 64 MiB');
  });

  it.each(['times 4000000000 db 0', '%rmacro r 0\nr\n%endmacro\nr', '%include "x.asm"'])(
    'survives %j',
    async (text) => {
      sandbox.write('x.asm', `${text}\n`);
      const error = await refusal('x.asm');
      expect(error.diagnostics.length).toBeGreaterThan(0);
      expect(renderDiagnostics(error.diagnostics).length).toBeLessThan(10_000);
    },
  );

  it('stops NASM when the signal aborts', async () => {
    sandbox.write('x.asm', '%rep 1000000\n%rep 1000000\n%assign i 1\n%endrep\n%endrep\n');
    const controller = new AbortController();
    const building = assemble('x.asm', { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('a newer save')), 50);
    await expect(building).rejects.toThrow('a newer save');
    await expect(assemble('x.asm', { signal: controller.signal })).rejects.toThrow('a newer save');
  });
});

describe('sources that cannot be read', () => {
  it('suggests names that are near', async () => {
    sandbox.write('asm/hello.asm', '');
    await expect(assemble('asm/helo.asm')).rejects.toMatchObject({
      code: 'file',
      message: 'cannot assemble asm/helo.asm: there is no such file',
      hint: 'Did you mean asm/hello.asm?',
    });
    await expect(assemble('hello')).rejects.toMatchObject({ hint: 'Did you mean asm/hello.asm?' });
    await expect(assemble('asm')).rejects.toMatchObject({
      code: 'file',
      hint: 'Did you mean asm/hello.asm?',
    });
    await expect(assemble('/dev/zero')).rejects.toMatchObject({ code: 'file' });
    await expect(assemble('nul\0.asm')).rejects.toMatchObject({ code: 'file' });
    expect(sandbox.nasmStarts()).toBe(0);
  });
});
