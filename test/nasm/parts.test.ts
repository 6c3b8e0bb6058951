import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../src/nasm/assemble.ts';
import { DEPENDENCY_TARGET, parseMakeRule } from '../../src/nasm/dependencies.ts';
import { digest } from '../../src/nasm/digest.ts';
import { nasmVersion } from '../../src/nasm/run.ts';
import { scanSource } from '../../src/nasm/scan.ts';
import { parseSymbols } from '../../src/nasm/symbols.ts';
import { findNasm, requireNasm } from '../../src/nasm/tool.ts';
import { useSandbox } from './sandbox.ts';

const sandbox = useSandbox();

function program(name: string, text = '#!/bin/sh\n'): string {
  const path = sandbox.write(name, text);
  chmodSync(path, 0o755);
  return path;
}

describe('finding NASM', () => {
  it('takes $NASM, as a path or a name, else the first nasm on PATH that is executable', () => {
    sandbox.env('PATH', ['none', 'a', 'b', 'c'].map((name) => join(sandbox.folder, name)).join(':'));
    sandbox.write('a/nasm', 'not executable');
    sandbox.write('b/nasm/folder', '');
    const nasm = program('c/nasm');
    const yasm = program('c/my-nasm');
    sandbox.env('NASM', undefined);
    expect(findNasm()?.path).toBe(nasm);
    sandbox.env('NASM', 'my-nasm');
    expect(findNasm()?.path).toBe(yasm);
    sandbox.env('NASM', 'c/nasm');
    expect(findNasm()?.path).toBe(nasm);
  });

  it('says how to install it where it is missing', () => {
    sandbox.env('NASM', undefined);
    sandbox.env('PATH', join(sandbox.folder, 'bin'));
    const hint = (): string | undefined => {
      try {
        requireNasm();
      } catch (error) {
        expect(error).toMatchObject({ code: 'nasm' });
        return error instanceof Error && 'hint' in error ? String(error.hint) : undefined;
      }
      return undefined;
    };
    expect(hint()).toContain('https://www.nasm.us');
    program('bin/apk');
    expect(hint()).toMatch(/^Install it with: (sudo )?apk add nasm$/);
    program('bin/apt-get');
    expect(hint()).toMatch(/^Install it with: (sudo )?apt-get install nasm$/);
    sandbox.env('NASM', '/nowhere/nasm');
    expect(hint()).toContain('Set NASM to the path');
  });

  it('reports one that cannot be started', async () => {
    sandbox.env('NASM', program('broken', '#!/no/such/interpreter\n'));
    sandbox.write('x.asm', '');
    await expect(assemble('x.asm')).rejects.toMatchObject({
      code: 'nasm',
      message: expect.stringContaining('could not start'),
    });
  });

  it('knows its version', async () => {
    expect(await nasmVersion(requireNasm())).toMatch(/^NASM version \d+\.\d+/);
  });
});

describe('parseMakeRule', () => {
  it('undoes what NASM does to names', () => {
    const names = [
      'plain.inc',
      'b lank.inc',
      'a\\ b.inc',
      'ends\\',
      'a\\\\#$ b$.inc',
      't\tab.inc',
      "q'[]*?%:.inc",
      'é.inc',
      'new\nline.inc',
      ...Array.from({ length: 9 }, (_, index) => `a name long enough to wrap ${index}.inc`),
    ];
    for (const name of names) sandbox.write(name, '');
    // NASM takes a file name with a line break on its command line only.
    const pre = names.flatMap((name) => ['-P', name]);
    sandbox.write('x.asm', '');
    const rule = execFileSync(requireNasm().path, ['-M', '-MT', DEPENDENCY_TARGET, ...pre, 'x.asm'], {
      encoding: 'utf8',
    });
    expect(rule).toContain(' \\\n');
    expect(parseMakeRule(rule).sort()).toEqual([...names, 'x.asm'].sort());
  });

  it('finds nothing in other text', () => {
    expect(parseMakeRule('')).toEqual([]);
    expect(parseMakeRule('nonsense : a b\n')).toEqual([]);
  });
});

describe('scanSource', () => {
  const scan = (text: string): ReturnType<typeof scanSource> =>
    scanSource({ path: 'x.asm', bytes: Buffer.from(text) }, sandbox.folder, ['', 'lib/']);

  it('reads each file once, cycles and mixed uses included', () => {
    sandbox.write('a.inc', '%include "b.inc"\n%INCLUDE `b.inc`\r\n\t%include"x.asm"\n');
    sandbox.write('lib/b.inc', "%include 'a.inc'\nx: times 2 INCBIN 'a.inc', 1, 2\nincbin \"b.inc\"\n");
    const result = scan('%include "a.inc" ; text\n');
    expect(result.inputs.map(({ path }) => path)).toEqual(['x.asm', 'a.inc', 'lib/b.inc']);
    expect(result.absent).toEqual(['b.inc']);
    expect(result).toMatchObject({ complete: true, repeatable: true, hasMap: false });
  });

  it.each([
    '%include LIB',
    '%include "a" %+ ".inc"',
    'M %include, 1',
    '%define I incbin',
    'incbin \\\n"a.bin"',
    '%depend "a"',
    '%include `\\x61`',
    '%include "/dev/zero"',
    'incbin "lib"',
  ])('is not complete with %j', (text) => {
    sandbox.write('lib/y', '');
    expect(scan(`${text}\n`).complete).toBe(false);
  });

  it('stays quick on hostile text', () => {
    for (const text of [
      '"',
      "'",
      '`',
      ';',
      '\\`',
      '%include ',
      'incbin ',
      'incbin"',
      ' ',
      '[',
      '%include "x"',
    ]) {
      scan(text.repeat(200_000));
    }
  });
});

describe('parseSymbols', () => {
  it('reads sections, locals, odd names and high addresses', async () => {
    sandbox.write(
      'x.asm',
      [
        'bits 64',
        'org 0x7c00',
        'BIG equ -1',
        'K equ 42',
        'start: nop',
        '.loop: nop',
        '..@special: nop',
        'section .data',
        'd1: dw 1',
        'section .a-b--- vstart=0xFFFFFF80000 follows=.data',
        'weird$name@?~#: nop',
        'section .bss',
        'buf: resb 1',
        'absolute 0x500',
        'bios: resw 1',
      ].join('\n'),
    );
    const { symbols } = await assemble('x.asm');
    expect(symbols.filter(({ section }) => section !== '.bss')).toEqual([
      { name: 'K', address: 42, section: undefined },
      { name: 'bios', address: 0x500, section: undefined },
      { name: 'start', address: 0x7c00, section: '.text' },
      { name: 'start.loop', address: 0x7c01, section: '.text' },
      { name: '..@special', address: 0x7c02, section: '.text' },
      { name: 'd1', address: 0x7c04, section: '.data' },
      { name: 'weird$name@?~#', address: 0xffffff80000, section: '.a-b---' },
    ]);
    expect(symbols.map(({ name }) => name)).toContain('buf');
  });

  it('finds none in other text', () => {
    expect(parseSymbols('')).toEqual([]);
    expect(parseSymbols('0000 0001  x\n')).toEqual([]);
  });
});

describe('digest', () => {
  it('gives texts that differ a little other names', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => digest(`/home/me/guest/asm/${index}.asm`));
    expect(new Set(names).size).toBe(names.length);
    expect(names.every((name) => /^[0-9a-f]{16}$/.test(name))).toBe(true);
  });
});
