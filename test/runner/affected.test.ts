import { rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { affectedBy } from '../../src/runner/affected.ts';
import { sourcesOf, useProject } from './project.ts';

const project = useProject();

const SOURCES = ['asm/a.asm', 'asm/b.asm', 'asm/c.asm'];

function affected(...changed: string[]): string[] {
  const paths = new Set(changed.map((path) => join(project.folder, path)));
  return affectedBy(paths, sourcesOf(SOURCES), ['lib']).map(({ path }) => path);
}

function write(): void {
  project.guest('asm/a.asm', '%include "one.inc"\n', { '.golden': '' });
  project.guest('asm/b.asm', '%include "asm/two.inc"\nincbin "data.bin"\n', { '.in': '' });
  project.guest('asm/c.asm', 'nop\n');
  project.write('asm/one.inc', '%include "two.inc"\n');
  project.write('asm/two.inc', '%include "deep.inc"\n');
  project.write('lib/deep.inc', 'nop\n');
  project.write('data.bin', 'data');
}

describe('the sources that changed files decide about', () => {
  it('are those themselves, in their order', () => {
    write();
    expect(affected('asm/c.asm', 'asm/a.asm')).toEqual(['asm/a.asm', 'asm/c.asm']);
    expect(affected()).toEqual([]);
    expect(affected('README.md', 'asm/d.asm', 'c.asm')).toEqual([]);
  });

  it('are those of goldens and inputs, also of those that are gone', () => {
    write();
    expect(affected('asm/a.golden')).toEqual(['asm/a.asm']);
    expect(affected('asm/b.in')).toEqual(['asm/b.asm']);
    expect(affected('asm/c.exits.golden')).toEqual(['asm/c.asm']);
    expect(affected('asm/c.two.in')).toEqual(['asm/c.asm']);
    rmSync('asm/a.golden');
    expect(affected('asm/a.golden')).toEqual(['asm/a.asm']);
  });

  it('are those that include them, directly or not, from wherever', () => {
    write();
    expect(affected('asm/one.inc')).toEqual(['asm/a.asm']);
    expect(affected('asm/two.inc')).toEqual(['asm/a.asm', 'asm/b.asm']);
    expect(affected('lib/deep.inc')).toEqual(['asm/a.asm', 'asm/b.asm']);
    expect(affected('data.bin')).toEqual(['asm/b.asm']);
  });

  it('are those whose include is gone, or comes before another now', () => {
    write();
    rmSync('lib/deep.inc');
    expect(affected('lib/deep.inc')).toEqual(['asm/a.asm', 'asm/b.asm']);
    expect(affected('one.inc')).toEqual(['asm/a.asm']);
  });

  it('are all whose includes only NASM can tell, and those that cannot be read', () => {
    write();
    project.write('asm/c.asm', '%define NAME "one.inc"\n%include NAME\n');
    expect(affected('README.md')).toEqual(['asm/c.asm']);
    rmSync('asm/c.asm');
    expect(affected('README.md')).toEqual(['asm/c.asm']);
    project.write('asm/c.asm');
    expect(affected('README.md')).toEqual([]);
    truncateSync('asm/c.asm', 2 ** 40);
    expect(affected('README.md')).toEqual(['asm/c.asm']);
  });

  it('are found where includes go round in circles', () => {
    write();
    project.write('lib/deep.inc', '%include "one.inc"\n');
    expect(affected('asm/one.inc')).toEqual(['asm/a.asm', 'asm/b.asm']);
  });
});
