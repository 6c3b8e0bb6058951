import { describe, expect, it } from 'vitest';
import { goldenNaming, goldenNamingComplaint } from '../../src/config/golden-naming.ts';

describe('the goldens of a source', () => {
  it.each([
    [undefined, 'asm/uart/echo', 'top', undefined],
    ['{dir}/{name}', 'asm/uart/echo', 'top', undefined],
    ['{path}', 'asm/uart/echo', 'top', undefined],
    ['goldens/{path}', 'goldens/asm/uart/echo', 'goldens/top', 'goldens'],
    ['test/expected/{path}', 'test/expected/asm/uart/echo', 'test/expected/top', 'test/expected'],
    ['{dir}/goldens/{name}', 'asm/uart/goldens/echo', 'goldens/top', undefined],
    ['{dir}/{name}.expected', 'asm/uart/echo.expected', 'top.expected', undefined],
    ['{dir}/x-{name}', 'asm/uart/x-echo', 'x-top', undefined],
    ['out/{dir}/all/{name}', 'out/asm/uart/all/echo', 'out/all/top', 'out'],
    ['out/{name}/{dir}/x', 'out/echo/asm/uart/x', 'out/top/x', 'out'],
    ['out/{path}/output', 'out/asm/uart/echo/output', 'out/top/output', 'out'],
  ])('are at %s', (pattern, deep, top, root) => {
    if (pattern !== undefined) expect(goldenNamingComplaint(pattern)).toBeUndefined();
    const naming = goldenNaming(pattern);
    expect(naming.stem('asm/uart/echo.asm')).toBe(deep);
    expect(naming.stem('top.asm')).toBe(top);
    expect(naming.root).toBe(root);
  });

  it.each([undefined, 'goldens/{path}', '{dir}/goldens/{name}'])(
    'are beside a source that is outside of the project, whatever the pattern: %s',
    (pattern) => {
      const { stem } = goldenNaming(pattern);
      expect(stem('../other/x.asm')).toBe('../other/x');
      expect(stem('/somewhere/x.asm')).toBe('/somewhere/x');
    },
  );

  it('may have names that mean something elsewhere', () => {
    const { stem } = goldenNaming('goldens/{path}');
    expect(stem('asm/$& {name} ü.asm')).toBe('goldens/asm/$& {name} ü');
    expect(stem('asm/x.asm.asm')).toBe('goldens/asm/x.asm');
    expect(stem('..asm/x.asm')).toBe('goldens/..asm/x');
  });

  it('are its own, of all sources', () => {
    const names = ['a', 'b', 'x', 'goldens', 'a.asm', 'a-b'];
    const folders = ['', ...names, ...names.flatMap((one) => names.map((other) => `${one}/${other}`))];
    const sources = folders.flatMap((folder) =>
      names.map((name) => `${folder}/${name}.asm`.replace(/^\//, '')),
    );
    for (const pattern of [
      'goldens/{path}',
      '{dir}/goldens/{name}',
      'x/{dir}/x/{name}-b',
      '{name}/{dir}/a',
      'a/{path}/x',
    ]) {
      expect(goldenNamingComplaint(pattern)).toBeUndefined();
      const { stem } = goldenNaming(pattern);
      expect(new Set(sources.map(stem)).size).toBe(sources.length);
    }
  });
});

describe('a pattern that is refused', () => {
  const NAMES = 'have either {path}, or {dir} and {name}, once';
  const INSIDE = "stay in the project's folder and have no empty parts";
  const BRACES = 'have no braces but {path}, {dir} and {name}, and no backslash';
  const HIDDEN = 'use no names that begin with a dot, nor node_modules';
  it.each([
    ['', INSIDE],
    ['goldens', NAMES],
    ['goldens/{name}', NAMES],
    ['{dir}/x', NAMES],
    ['{path}/{path}', NAMES],
    ['{dir}/{path}', NAMES],
    ['{dir}/{name}-{name}', NAMES],
    ['/goldens/{path}', INSIDE],
    ['../{path}', INSIDE],
    ['{dir}/../{name}', INSIDE],
    ['./{path}', INSIDE],
    ['goldens//{path}', INSIDE],
    ['{path}/', INSIDE],
    ['{base}/{path}', BRACES],
    ['{}/{path}', BRACES],
    ['{path}/{', BRACES],
    ['a\\{path}', BRACES],
    ['a\0{path}', BRACES],
    ['.goldens/{path}', HIDDEN],
    ['{dir}/.{name}', HIDDEN],
    ['node_modules/{path}', HIDDEN],
    ['{dir}-{name}', 'have {dir} as a folder'],
    ['{name}/{dir}', 'have {dir} as a folder'],
    ['x-{path}', 'have {path} at the start or after a slash'],
  ])('%j', (pattern, must) => {
    expect(goldenNamingComplaint(pattern)?.must).toBe(must);
  });
});
