import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Findings } from '../../src/config/find.ts';
import { foldersOf, goldensIn, ownersOf, withCompanions } from '../../src/runner/companions.ts';
import { useProject } from './project.ts';

const project = useProject();

function foldersWith(...paths: string[]): Findings['folders'] {
  const folders = new Map<string, Set<string>>();
  for (const path of paths) {
    const slash = path.lastIndexOf('/');
    const folder = slash === -1 ? '.' : path.slice(0, slash);
    folders.set(folder, (folders.get(folder) ?? new Set()).add(path.slice(slash + 1)));
  }
  return folders;
}

function beside(source: string): string {
  return source.replace(/\.asm$/, '');
}

function companions(
  sources: readonly string[],
  files: readonly string[],
  stem: (source: string) => string = beside,
): Record<string, readonly string[]> {
  const found = withCompanions(sources, stem, foldersWith(...sources, ...files));
  return Object.fromEntries(found.map(({ path, companions }) => [path, companions]));
}

describe('the companions of a source', () => {
  it('are its goldens and inputs, and those of its cases', () => {
    const files = ['asm/x.golden', 'asm/x.debug.golden', 'asm/x.two.regs.golden', 'asm/x.in', 'asm/x.two.in'];
    expect(companions(['asm/x.asm'], files)).toEqual({ 'asm/x.asm': [...files].sort() });
  });

  it('are nothing else', () => {
    const files = [
      'asm/xy.golden',
      'asm/x-2.golden',
      'x.golden',
      'asm/x/x.golden',
      'asm/x.inc',
      'asm/x.golden.bak',
      'asm/x.bin',
      'asm/.golden',
      'asm/golden',
      'asm/x.asm.swp',
    ];
    expect(companions(['asm/x.asm'], files)).toEqual({ 'asm/x.asm': [] });
  });

  it('may be of either of two sources where names have dots', () => {
    const sources = ['asm/a.asm', 'asm/a.b.asm', 'asm/a.b.c.asm'];
    expect(companions(sources, ['asm/a.golden', 'asm/a.b.golden', 'asm/a.b.c.in'])).toEqual({
      'asm/a.asm': ['asm/a.b.c.in', 'asm/a.b.golden', 'asm/a.golden'],
      'asm/a.b.asm': ['asm/a.b.c.in', 'asm/a.b.golden'],
      'asm/a.b.c.asm': ['asm/a.b.c.in'],
    });
  });

  it('are not taken for those of a folder with dots', () => {
    expect(companions(['a.asm', 'a.b/x.asm'], ['a.b/x.golden'])).toEqual({
      'a.asm': [],
      'a.b/x.asm': ['a.b/x.golden'],
    });
  });

  it('are goldens where the naming has them, and inputs beside the source', () => {
    const stem = (source: string): string => `goldens/${beside(source)}`;
    const files = ['goldens/asm/x.golden', 'asm/x.golden', 'asm/x.in', 'goldens/asm/x.in'];
    expect(companions(['asm/x.asm'], files, stem)).toEqual({
      'asm/x.asm': ['asm/x.in', 'goldens/asm/x.golden'],
    });
  });

  it('are found in the project’s own folder and outside of it', () => {
    expect(companions(['x.asm', '../y.asm'], ['x.golden', '../y.golden', '../y.in'])).toEqual({
      'x.asm': ['x.golden'],
      '../y.asm': ['../y.golden', '../y.in'],
    });
  });

  it('are found in a time that grows with their number', () => {
    const sources = Array.from({ length: 20_000 }, (_, number) => `asm/${number}.asm`);
    const found = companions(
      sources,
      sources.map((source) => source.replace('.asm', '.golden')),
    );
    expect(found['asm/19999.asm']).toEqual(['asm/19999.golden']);
  });
});

describe('the names in folders', () => {
  it('are read once for each folder, and none of one that is not there', () => {
    project.write('asm/x.asm');
    project.write('asm/x.golden');
    project.write('y.asm');
    const folders = foldersOf(['asm/x.asm', 'asm/none.asm', 'y.asm', 'gone/z.asm', 'y.asm/below.asm']);
    expect(folders.get('asm')).toEqual(new Set(['x.asm', 'x.golden']));
    expect(folders.get('.')).toEqual(new Set(['asm', 'y.asm']));
    expect(folders.get('gone')).toEqual(new Set());
    expect(folders.get('y.asm')).toEqual(new Set());
    rmSync('asm', { recursive: true });
    expect(foldersOf(['asm/x.asm']).get('asm')).toEqual(new Set());
  });

  it('give the goldens, sorted', () => {
    const folders = foldersWith('b/y.golden', 'a.golden', 'b/x.exits.golden', 'b/x.asm', 'b/x.in');
    expect(goldensIn(folders)).toEqual(['a.golden', 'b/x.exits.golden', 'b/y.golden']);
  });
});

describe('who may own a file', () => {
  it('is each stem up to a dot, for goldens and inputs', () => {
    const { goldens, inputs } = ownersOf(['/p.q/a.b.golden', '/p.q/c.in', '/p.q/d.asm', '/p.q/golden']);
    expect([...goldens]).toEqual(['/p.q/a', '/p.q/a.b']);
    expect([...inputs]).toEqual(['/p.q/c']);
  });
});
