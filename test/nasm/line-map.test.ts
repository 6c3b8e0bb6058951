import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../src/nasm/assemble.ts';
import { LineMap } from '../../src/nasm/line-map.ts';
import { findNasm } from '../../src/nasm/tool.ts';
import { useSandbox } from './sandbox.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const NASM = findNasm()?.path ?? 'nasm';
const sandbox = useSandbox();

interface Read {
  map: LineMap;
  bytes: Uint8Array;
  /** The line of the byte at an offset as `file:line`, with ` < file:line` for a macro's body. */
  place(offset: number): string | undefined;
  /** The places of a whole image in order, each once, `-` for bytes without one. */
  places(): string[];
}

async function read(
  source: string,
  options: { includePaths?: string[]; withMap?: boolean } = {},
): Promise<Read> {
  const { includePaths = [], withMap = true } = options;
  const { bytes, listing, dependencies } = await assemble(source, { includePaths });
  const folders = includePaths.flatMap((path) => ['-I', `${path}/`]);
  const folder = source.replace(/[^/]*$/, '') || './';
  const args = ['-f', 'bin', '-w-all', '-o', `${sandbox.folder}/again`, '--before', '[map brief symbols]'];
  const text = execFileSync(NASM, [...args, '-I', folder, ...folders, source], { encoding: 'utf8' });
  const map = new LineMap({ source, bytes, listing, dependencies, map: withMap ? text : '' });
  const place = (offset: number): string | undefined => {
    const found = map.lineAt(offset);
    if (found === undefined) return undefined;
    const body = found.body === undefined ? '' : ` < ${found.body.file}:${found.body.line}`;
    return `${found.file}:${found.line}${body}`;
  };
  const places = (): string[] => {
    const all = Array.from(bytes, (_, offset) => place(offset) ?? '-');
    return all.filter((text, index) => text !== all[index - 1]);
  };
  return { map, bytes, place, places };
}

function source(name: string, ...lines: string[]): string {
  sandbox.write(name, `${lines.join('\n')}\n`);
  return name;
}

describe('real guests', () => {
  const guests = ['asm', 'templates'].flatMap((folder) =>
    readdirSync(`${ROOT}/${folder}`)
      .filter((name) => name.endsWith('.asm'))
      .map((name) => `${ROOT}/${folder}/${name}`),
  );

  it.each(guests)('%s: each byte has its line, and the file has that text there', async (guest) => {
    const { map, bytes } = await read(guest);
    for (let offset = 0; offset < bytes.length; offset++) {
      const { file, line, text, body } = map.lineAt(offset) ?? {
        file: '',
        line: 0,
        text: '',
        body: undefined,
      };
      expect(file, `byte ${offset}`).not.toBe('');
      expect(readFileSync(file, 'utf8').split('\n')[line - 1]?.trimEnd()).toBe(text);
      if (body !== undefined) expect(readFileSync(body.file, 'utf8')).toContain(body.text.trim());
    }
  });
});

describe('lineAt', () => {
  it('follows include files in each kind of quotes and from each folder, nested', async () => {
    source('a.inc', ' dw 1', '%include "lib/b.inc" ; text', ' dw 2');
    source('lib/b.inc', ' dw 3', "%INCLUDE 'c.inc'", ' dw 4');
    source('more/c.inc', ' dw 5');
    source('sub/d.inc', '', ' dw 6');
    source('sub/x.asm', ' nop', '  %include`a.inc`', '%include "d.inc"', '%include "empty.inc"', ' nop');
    source('empty.inc');
    const { places } = await read('sub/x.asm', { includePaths: ['more'] });
    const inner = ['a.inc:1', 'lib/b.inc:1', 'more/c.inc:1', 'lib/b.inc:3', 'a.inc:3'];
    expect(places()).toEqual(['sub/x.asm:1', ...inner, 'sub/d.inc:2', 'sub/x.asm:5']);
  });

  it('names the %include where the file cannot be known', async () => {
    source('a.inc', ' dw 1', '%include "b.inc"');
    source('b.inc', ' dw 2');
    source('x.asm', '%define FILE "a.inc"', ' nop', '%include FILE', ' nop');
    expect((await read('x.asm')).places()).toEqual(['x.asm:2', 'x.asm:3', 'b.inc:1', 'x.asm:4']);

    source('one/u.inc', ' dw 1');
    source('two/u.inc', ' dw 2');
    source('y.asm', '%include "u.inc"', '%include "two/u.inc"', ' nop');
    const { places } = await read('y.asm', { includePaths: ['one'] });
    expect(places()).toEqual(['y.asm:1', 'two/u.inc:1', 'y.asm:3']);
  });

  it('names the call of a macro, and the line of its body', async () => {
    source('io.inc', '; for ports', '%macro put 2', '  mov  al, %1 ; what', '\tout  %2, al', '%endmacro');
    source(
      'x.asm',
      '%include "io.inc"',
      '%macro twice 1',
      ' put %1, 1',
      ' nop',
      '%endmacro',
      'here: put 5, \\',
      '   0x80',
      ' twice 7',
      '%rep 2',
      ' inc ax',
      ' put 1, 2',
      '%endrep',
    );
    const put = (line: number): string[] => [`x.asm:${line} < io.inc:3`, `x.asm:${line} < io.inc:4`];
    const rep = ['x.asm:10', ...put(11)];
    const { places } = await read('x.asm');
    expect(places()).toEqual([...put(6), ...put(8), 'x.asm:8 < x.asm:4', ...rep, ...rep]);
  });

  it('gives all of a .nolist macro to its call, however it repeats', async () => {
    source(
      'x.asm',
      '%macro quiet 1.nolist',
      ' nop',
      ' times 3 inc ax',
      ' mov cx, %1',
      ' times 4 nop',
      '%endmacro',
      'a: nop',
      ' quiet a',
      ' quiet 5',
      ' hlt',
    );
    const { places, map, bytes } = await read('x.asm');
    expect(places()).toEqual(['x.asm:7', 'x.asm:8', 'x.asm:9', 'x.asm:10']);
    expect(map.lineAt(bytes.length - 1)?.text).toBe(' hlt');
  });

  it('finds long data, reserved bytes, files, repetitions and padding', async () => {
    sandbox.write('x.bin', 'abcdefghijklmnop');
    source(
      'x.asm',
      'org 0x7c00',
      `t: db "${'long '.repeat(300)}", 0`,
      ' times 3 dq t, $',
      ' align 32',
      ' resb 100',
      ' incbin "x.bin", 3',
      'l: times 2 incbin "x.bin", 1, 2',
      ' call far [t]',
      ' times 8192-($-$$) db 0',
    );
    const { places } = await read('x.asm');
    expect(places()).toEqual([2, 3, 4, 5, 6, 7, 8, 9].map((line) => `x.asm:${line}`));
  });

  it('finds sections wherever they are loaded and run', async () => {
    source(
      'x.asm',
      'org 0x100',
      ' mov ax, [word1]',
      'section .data align=16',
      'word1: dw tail, $-$$',
      'section .bss',
      'buffer: resb 4',
      '[section tail start=0x180 vstart=0x9000]',
      'tail: call near next',
      'next: mov bx, buffer',
      '__SECT__',
      ' resw 2',
      'section .text',
      'struc point',
      '.x: resw 1',
      'endstruc',
      ' call tail',
      'absolute 0x500',
      'bios: resw 9',
      'section .text',
      ' inc word [bios]',
    );
    const { places, place } = await read('x.asm');
    const text = ['x.asm:2', 'x.asm:16', 'x.asm:20'];
    expect(places()).toEqual([...text, '-', 'x.asm:4', '-', 'x.asm:8', 'x.asm:9']);
    expect(place(0x80)).toBe('x.asm:8');
  });

  it('sees through sections that change in macros and in branches not taken', async () => {
    source(
      'x.asm',
      '%macro in 1',
      ' section %1',
      '%endmacro',
      '%macro quietly 1.nolist',
      ' section %1',
      '%endmacro',
      ' db 1, 2, 3',
      ' in .data',
      ' db 4, 5',
      '%if 0',
      ' section .text',
      ' db 9',
      '%else',
      ' db 6',
      '%endif',
      ' quietly .text',
      ' db 7, 8',
    );
    const { places } = await read('x.asm');
    expect(places()).toEqual(['x.asm:7', 'x.asm:17', '-', 'x.asm:9', 'x.asm:14']);
  });

  it('gives no line to what could be in two places, rather than a wrong one', async () => {
    source(
      'x.asm',
      '%macro quietly 1.nolist',
      ' section %1',
      '%endmacro',
      ' quietly .data',
      ' incbin "x.asm", 0, 4',
      ' quietly .text',
      ' incbin "x.asm", 0, 4',
      ' hlt',
    );
    const { place, bytes } = await read('x.asm');
    expect(Array.from(bytes, (_, offset) => place(offset)).filter((line) => line?.endsWith(':5'))).toEqual(
      [],
    );
  });

  it('gives no line to what [list -] hides, and goes on behind it', async () => {
    source('a.inc', ' db 1', '[list -]', ' db 2', '[list +]', ' db 3');
    source('x.asm', ' db 4', '[list -]', ' db 5', '[list +]', ' db 6', '%include "a.inc"', ' db 7');
    const { places } = await read('x.asm');
    expect(places()).toEqual(['x.asm:1', '-', 'x.asm:5', 'a.inc:1', '-', 'x.asm:7']);
  });

  it('follows %line, as NASM itself does', async () => {
    source('a.inc', ' db 1', '%line 20+1 made.c', ' db 2');
    source(
      'x.asm',
      ' db 3',
      '%line 10+2 gen.c',
      ' db 4',
      ' db 5',
      '%include "a.inc"',
      ' db 6',
      '# 7 "b.c"',
      ' db 8',
    );
    const { map } = await read('x.asm');
    const files = [0, 1, 2, 3, 4, 5, 6].map((offset) => map.lineAt(offset)?.file);
    expect(files).toEqual(['x.asm', 'gen.c', 'gen.c', 'a.inc', 'made.c', 'gen.c', 'b.c']);
    expect([1, 2].map((offset) => map.lineAt(offset)?.line)).toEqual([12, 14]);
  });

  it('knows .text only when there is no map', async () => {
    source('x.asm', ' nop', 'section .data', ' incbin "x.asm"', 'section .text', ' hlt');
    const { place, bytes } = await read('x.asm', { withMap: false });
    expect([place(0), place(1)]).toEqual(['x.asm:1', 'x.asm:5']);
    for (let offset = 2; offset < bytes.length; offset++) expect(place(offset)).toBeUndefined();
  });

  it('has no line for bytes that are not the listing’s', async () => {
    source('x.asm', ' mov ax, 1', ' mov bx, 2', ' mov cx, 3');
    const { listing, bytes, dependencies, map: sections } = await assemble('x.asm');
    const changed = bytes.with(4, 9);
    const map = new LineMap({ source: 'x.asm', bytes: changed, listing, dependencies, map: sections });
    expect([0, 3, 6].map((offset) => map.lineAt(offset)?.line)).toEqual([1, undefined, 3]);
  });
});

describe('instructions', () => {
  it('finds the one at an address and the one that ends there', async () => {
    source(
      'x.asm',
      '%macro put 0',
      ' out 0x80, al',
      '%endmacro',
      ' out dx, eax',
      ' put',
      ' times 3 rep outsb',
      ' hlt',
    );
    const { map } = await read('x.asm');
    const unit = (found: ReturnType<LineMap['instructionAt']>): unknown =>
      found && [found.start, found.length, found.line?.line];
    // 66 EF, E6 80, three times F3 6E, F4
    expect([0, 1, 2, 3, 4, 6, 8, 10].map((offset) => unit(map.instructionAt(offset)))).toEqual([
      [0, 2, 4],
      undefined,
      [2, 2, 5],
      undefined,
      [4, 2, 6],
      [6, 2, 6],
      [8, 2, 6],
      [10, 1, 7],
    ]);
    expect([0, 2, 3, 4, 6, 10, 11, 12].map((offset) => unit(map.instructionEndingAt(offset)))).toEqual([
      undefined,
      [0, 2, 4],
      undefined,
      [2, 2, 5],
      [4, 2, 6],
      [8, 2, 6],
      [10, 1, 7],
      undefined,
    ]);
  });

  it('takes nothing longer than an instruction can be for one', async () => {
    source('x.asm', ' db "sixteen letters!"', ' db "fifteen letters"');
    const { map } = await read('x.asm');
    expect(map.instructionAt(0)).toBeUndefined();
    expect(map.instructionEndingAt(31)?.start).toBe(16);
  });
});

describe('programs whose bytes tell their lines', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])('are told right (seed %i)', async (seed) => {
    const lines = writeProgram(seed);
    const { map, bytes } = await read('root.asm', { includePaths: ['lib'] });
    const view = new DataView(bytes.buffer);
    let found = 0;
    for (let offset = 0; offset + 4 <= bytes.length; offset++) {
      const word = view.getUint32(offset, true);
      const wanted = word >>> 16 === 0xc0de ? lines[word & 0xffff] : undefined;
      if (wanted === undefined) continue;
      const [first, last] = [map.lineAt(offset), map.lineAt(offset + 3)];
      expect(`${first?.file}:${first?.line}`, `byte ${offset}`).toBe(wanted);
      expect(last).toEqual(first);
      found++;
    }
    expect(found).toBeGreaterThan(0);
  });
});

/** Writes a random program in files; each double word 0xC0DEnnnn of its image is from the nth line returned. */
function writeProgram(seed: number): string[] {
  let state = seed * 7919;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const lines: string[] = [];
  const macros: string[] = [];
  let files = 0;
  const writeFile = (name: string, depth: number, text: string[]): void => {
    const own = (line = text.length + 1): string => `ID(${lines.push(`${name}:${line}`) - 1})`;
    const section = (): string => ['.text', '.data', 'other'][below(3)] ?? '';
    const kinds: (() => void)[] = [
      () => text.push(` mov eax, ${own()}`),
      () => text.push(`l${lines.length}: dd ${own()}, start, "text", $ ; text`),
      () => text.push(` times ${1 + below(3)} dd ${own()}, 7`),
      () => text.push(` dd \\`, `  ${own()}`),
      () =>
        text.push(
          '%if 0',
          ` section ${section()}`,
          '%include "none.inc"',
          '%else',
          ` dd ${own(text.length + 5)}`,
          '%endif',
        ),
      () =>
        text.push(
          '%rep 2',
          ` dd ${own(text.length + 2)}`,
          '%rep 2',
          ` dd ${own(text.length + 4)}`,
          '%endrep',
          '%endrep',
        ),
      () =>
        text.push(`struc s${files}_${lines.length}_${text.length}`, '.a: resb 3', '.b: resd 9', 'endstruc'),
      () => text.push(` section ${section()}`),
      () => text.push(' align 8', ' incbin "root.asm", 0, 3'),
      () => text.push('section .bss', ' resb 3', `section ${section()}`),
      () => {
        const calls = macros.length > 0 ? `  ${macros[below(macros.length)]} %1` : '';
        const quiet = below(3) === 0 ? '.nolist' : '';
        const macro = `m${files}_${lines.length}_${text.length}`;
        text.push(
          `%macro ${macro} 1${quiet}`,
          '  dd   %1 ; text',
          calls,
          '%rep 2',
          ' mov eax, %1',
          '%endrep',
          '%endmacro',
        );
        macros.push(macro);
      },
      () => macros.length > 0 && text.push(` ${macros[below(macros.length)]} ${own()}`),
      () => {
        if (depth === 3) return;
        const inner = `f${files++}.inc`;
        text.push(`%include "${inner}"`);
        writeFile(below(2) === 0 ? inner : `lib/${inner}`, depth + 1, []);
      },
    ];
    for (let count = 6 + below(14); count > 0; count--) kinds[below(kinds.length)]?.();
    source(name, ...text);
  };
  source('none.inc');
  const org = ['', 'org 0x7c00'][below(2)] ?? '';
  const start = [org, '%define ID(x) (0xC0DE0000 + x)', 'start:'];
  const first = `root.asm:${start.length + 1}`;
  lines.push(first);
  writeFile('root.asm', 0, [...start, ' dd ID(0)']);
  return lines;
}

describe('odd input', () => {
  const odd = (listing: string, map = ''): LineMap =>
    new LineMap({ source: 'x.asm', bytes: new Uint8Array(64), listing, dependencies: [], map });

  it('never throws, whatever listing and map say', () => {
    const row = '     1 00000000 ';
    const texts = [
      '',
      '\n\n',
      'x',
      '1',
      ' 1 ',
      '     1 0000000G 90',
      `${row}<rep 0h>`,
      `${row}[`,
      `${row}<`,
      `${row}zz`,
    ];
    const deep = `${row}00                  <999999> x\n${row}00-\n${row}<res FFFFFFFFFFFFFFFFh>`;
    const data = ['<bin 0h>', '00<rep FFFFFFFFh>', '????<rep FFFFFFFh>', '[0]', '<rept>', '<x 1h>'];
    const rows = data.map((text) => `${row}${text.padEnd(19)}     nop`);
    for (const listing of [...texts, deep, ...rows, rows.join('\n')]) {
      const map = odd(listing, listing);
      for (const offset of [0, 1, 63, 64, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        map.lineAt(offset);
        map.instructionAt(offset);
        map.instructionEndingAt(offset);
      }
    }
  });

  it('reads a large listing', () => {
    const count = 100_000;
    const offset = (row: number): string => row.toString(16).toUpperCase().padStart(8, '0');
    const rows = Array.from(
      { length: count },
      (_, row) => `${`${row + 1}`.padStart(6)} ${offset(row)} ${'90'.padEnd(19)}     nop`,
    );
    const map = new LineMap({
      source: 'x.asm',
      bytes: new Uint8Array(count).fill(0x90),
      listing: rows.join('\n'),
      map: '',
      dependencies: [],
    });
    expect(map.lineAt(count - 1)).toEqual({ file: 'x.asm', line: count, text: 'nop', body: undefined });
  });
});
