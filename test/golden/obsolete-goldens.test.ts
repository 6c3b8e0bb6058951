import { expect, it } from 'vitest';
import { type GoldenOwner, obsoleteGoldens } from '../../src/golden/obsolete-goldens.ts';

const owner = (stem: string, ...caseStems: string[]): GoldenOwner => ({ stem, caseStems });
const whole = (stem: string): GoldenOwner => owner(stem, stem);

it.each<[string, GoldenOwner[], string[], string[]]>([
  ['nothing of nobody', [], ['asm/x.asm', 'asm/golden', 'notes.txt'], []],
  [
    'the golden of a source that is gone',
    [whole('asm/x')],
    ['asm/x.golden', 'asm/y.golden'],
    ['asm/y.golden'],
  ],
  [
    'no channel of a case that is there',
    [whole('asm/x')],
    ['asm/x.golden', 'asm/x.debug.golden', 'asm/x.regs.golden', 'asm/x.mem.golden', 'asm/x.exits.golden'],
    [],
  ],
  [
    'what belonged to a case that has another name now',
    [owner('asm/x', 'asm/x.one', 'asm/x.two')],
    ['asm/x.one.golden', 'asm/x.uno.golden', 'asm/x.two.regs.golden', 'asm/x.golden'],
    ['asm/x.uno.golden', 'asm/x.golden'],
  ],
  [
    'neither meaning of a name that has two',
    [owner('asm/x', 'asm/x.debug'), whole('asm/y.regs')],
    ['asm/x.debug.golden', 'asm/x.debug.debug.golden', 'asm/y.regs.golden'],
    [],
  ],
  [
    'nothing that could be of a source whose cases are not known',
    [{ stem: 'asm/x', caseStems: undefined }],
    ['asm/x.golden', 'asm/x.any.golden', 'asm/x.a.b.regs.golden', 'asm/xy.golden', 'asm.x/z.golden'],
    ['asm/xy.golden', 'asm.x/z.golden'],
  ],
  [
    'what lies in the folder of goldens of another source',
    [whole('goldens/a/x')],
    ['goldens/a/x.golden', 'goldens/b/x.golden'],
    ['goldens/b/x.golden'],
  ],
])('names %s', (_, owners, paths, obsolete) => {
  expect(obsoleteGoldens(paths, owners)).toEqual(obsolete);
});

it('keeps the order of the paths, and takes 10,000 of them at once', () => {
  const paths = Array.from({ length: 10_000 }, (_, index) => `asm/${10_000 - index}.golden`);
  const owners = Array.from({ length: 5000 }, (_, index) => whole(`asm/${index * 2}`));
  expect(obsoleteGoldens(paths, owners)).toEqual(paths.filter((_, index) => index % 2 === 1 || index === 0));
});
