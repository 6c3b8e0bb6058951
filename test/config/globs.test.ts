import { describe, expect, it } from 'vitest';
import { type Glob, globComplaint, type Selection, select } from '../../src/config/globs.ts';
import { GuestkitError } from '../../src/errors.ts';

const globs = (list: 'include' | 'exclude', texts: readonly string[]): Glob[] =>
  texts.map((text, index) => {
    expect(globComplaint(text, list)).toBeUndefined();
    return { key: `${list}[${index}]`, text };
  });

function selecting(
  include: readonly string[] | undefined,
  exclude: readonly string[] = [],
): Promise<Selection> {
  return select('guestkit.config.ts', include && globs('include', include), globs('exclude', exclude));
}

/** Which of the paths are selected. */
const of = ({ matches }: Selection, paths: readonly string[]): string[] => paths.filter(matches);

const PATHS = [
  'top.asm',
  'asm/a.asm',
  'asm/lib/b.asm',
  'asm/lib/deep/c.asm',
  'asm/uart/d.asm',
  'guests/e.asm',
  'asm/notes.txt',
  'asm/a.golden',
  'asm/a.asm.bak',
  'asm/A.ASM',
];

const NEVER = [
  'asm/.hidden.asm',
  'asm/.git/x.asm',
  '.asm',
  '.x/asm/x.asm',
  'asm/.asm',
  'asm/node_modules/x.asm',
  'asm/node_modules/x/y.asm',
  'node_modules/x.asm',
];

describe('without globs', () => {
  it('every source below asm is selected', async () => {
    const selection = await selecting(undefined);
    expect(of(selection, PATHS)).toEqual([
      'asm/a.asm',
      'asm/lib/b.asm',
      'asm/lib/deep/c.asm',
      'asm/uart/d.asm',
    ]);
    expect(of(selection, [...NEVER, 'asmx/a.asm', 'x/asm/a.asm', 'asm.asm'])).toEqual([]);
    expect(selection.roots).toEqual(['asm']);
  });

  it('it is as with the default written out', async () => {
    const plain = await selecting(undefined);
    const written = await selecting(['asm/**/*.asm']);
    expect(written.roots).toEqual(plain.roots);
    for (const path of [...PATHS, ...NEVER]) expect(written.matches(path)).toBe(plain.matches(path));
    for (const folder of ['.', 'asm', 'asm/lib', 'asm/.git', 'x', 'asm/node_modules', 'asmx']) {
      expect(written.enters(folder)).toBe(plain.enters(folder));
    }
  });
});

describe('include', () => {
  it.each([
    [
      ['**/*.asm'],
      ['top.asm', 'asm/a.asm', 'asm/lib/b.asm', 'asm/lib/deep/c.asm', 'asm/uart/d.asm', 'guests/e.asm'],
    ],
    [['*.asm'], ['top.asm']],
    [['asm/*.asm'], ['asm/a.asm']],
    [['asm/*/*.asm'], ['asm/lib/b.asm', 'asm/uart/d.asm']],
    [
      ['asm/a.asm', 'guests/e.asm'],
      ['asm/a.asm', 'guests/e.asm'],
    ],
    [['./asm/uart/**'], ['asm/uart/d.asm']],
    [['{asm/uart,guests}/*.asm'], ['asm/uart/d.asm', 'guests/e.asm']],
    [['asm/!(lib)/*.asm'], ['asm/uart/d.asm']],
    [
      ['guests/**/*.asm', 'asm/[a-c].asm'],
      ['asm/a.asm', 'guests/e.asm'],
    ],
    [['none/**/*.asm'], []],
  ])('%j', async (include, selected) => {
    const selection = await selecting(include);
    expect(of(selection, PATHS)).toEqual(selected);
    expect(of(selection, NEVER)).toEqual([]);
  });

  it('takes a name with brackets in it also as itself', async () => {
    expect(of(await selecting(['asm/a(1).asm']), ['asm/a(1).asm'])).toEqual(['asm/a(1).asm']);
    expect(of(await selecting(undefined, ['asm/a(1).asm']), ['asm/a(1).asm', 'asm/a.asm'])).toEqual([
      'asm/a.asm',
    ]);
  });

  it.each([
    [['asm/**/*.asm'], ['asm']],
    [['asm/uart/**/*.asm'], ['asm/uart']],
    [['asm/uart/*.asm', 'asm/**/*.asm'], ['asm']],
    [
      ['guests/**', 'asm/x.asm'],
      ['asm', 'guests'],
    ],
    [
      ['asm2/*.asm', 'asm/*.asm'],
      ['asm', 'asm2'],
    ],
    [['**/*.asm'], ['.']],
    [['*.asm', 'asm/*.asm'], ['.']],
    [['x.asm'], ['.']],
    [['{a,b}/*.asm'], ['.']],
    [['a/b[1]/c/*.asm'], ['a']],
    [['c++/*.asm'], ['c++']],
    [['./././asm/*.asm'], ['asm']],
  ])('%j starts at %j', async (include, roots) => {
    expect((await selecting(include)).roots).toEqual(roots);
  });

  it('goes only as deep as its globs', async () => {
    const flat = await selecting(['*.asm']);
    expect([flat.enters('.'), flat.enters('asm')]).toEqual([true, false]);
    const two = await selecting(['asm/*/*.asm', 'asm/*.asm']);
    expect(['asm', 'asm/x', 'asm/x/y'].map(two.enters)).toEqual([true, true, false]);
    const any = await selecting(['asm/*.asm', 'asm/@(x/y)/*.asm']);
    expect(any.enters('asm/x/y/z')).toBe(true);
  });
});

describe('exclude', () => {
  it.each([
    ['asm/lib', ['asm/a.asm', 'asm/uart/d.asm']],
    ['asm/lib/', ['asm/a.asm', 'asm/uart/d.asm']],
    ['asm/lib/**', ['asm/a.asm', 'asm/uart/d.asm']],
    ['**/lib', ['asm/a.asm', 'asm/uart/d.asm']],
    ['./asm/lib', ['asm/a.asm', 'asm/uart/d.asm']],
    ['asm/lib/*', ['asm/a.asm', 'asm/uart/d.asm']],
    ['asm/lib/*.asm', ['asm/a.asm', 'asm/lib/deep/c.asm', 'asm/uart/d.asm']],
    ['**/[bd].asm', ['asm/a.asm', 'asm/lib/deep/c.asm']],
    ['asm', []],
    ['lib', ['asm/a.asm', 'asm/lib/b.asm', 'asm/lib/deep/c.asm', 'asm/uart/d.asm']],
  ])('%s leaves', async (exclude, selected) => {
    expect(of(await selecting(undefined, [exclude]), PATHS)).toEqual(selected);
  });

  it('goes before include', async () => {
    expect(of(await selecting(['asm/lib/b.asm', 'top.asm'], ['asm/lib']), PATHS)).toEqual(['top.asm']);
  });

  it('keeps a search out of its folders', async () => {
    const { enters } = await selecting(undefined, ['asm/lib', '**/tmp']);
    expect(['asm', 'asm/uart', 'asm/library'].map(enters)).toEqual([true, true, true]);
    expect(['asm/lib', 'asm/lib/deep', 'asm/x/tmp', 'asm/x/tmp/y'].map(enters)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it('answers the same in any order', async () => {
    const selection = await selecting(undefined, ['asm/lib']);
    const paths = ['asm/a.asm', 'asm/lib/b.asm', 'asm/a.asm', 'asm/lib/b.asm', 'top.asm', 'asm/uart/d.asm'];
    expect(paths.map(selection.matches)).toEqual([true, false, true, false, false, true]);
  });
});

it('goes nowhere else', async () => {
  const { enters } = await selecting(['**/*.asm']);
  expect(['.', 'a', 'a/b', 'node_modules_too'].map(enters)).toEqual([true, true, true, true]);
  expect(
    ['.git', 'a/.b', 'a/.b/c', 'node_modules', 'a/node_modules', 'a/node_modules/b'].map(enters),
  ).toEqual(Array(6).fill(false));
});

it.each([
  ['asm/[/*.asm', ']'],
  ['asm/(x.asm', ')'],
  ['asm/{a/*.asm', '}'],
])('refuses a glob that is none: %.20s', async (glob, reason) => {
  const error: unknown = await selecting(undefined, ['x', glob]).catch((failed: unknown) => failed);
  expect(error).toBeInstanceOf(GuestkitError);
  expect(error).toMatchObject({
    message: expect.stringMatching(/^guestkit\.config\.ts: exclude\[1\] is not a glob: /),
  });
  expect(error).toMatchObject({ message: expect.stringContaining(reason) });
});
