import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { GuestkitConfig } from '../../src/config/config.ts';
import { type Findings, findSources } from '../../src/config/find.ts';
import { loadConfig } from '../../src/config/load.ts';
import { useProject } from './project.ts';

const project = useProject();

async function find(settings?: GuestkitConfig): Promise<Findings> {
  if (settings !== undefined) project.write('package.json', JSON.stringify({ guestkit: settings }));
  return findSources(project.root, await loadConfig(project.root));
}

const sources = async (settings?: GuestkitConfig): Promise<string[]> => (await find(settings)).sources;

describe('without settings', () => {
  it('finds every source below asm, at any depth', async () => {
    for (const path of ['hello.asm', 'hello.golden', 'uart/echo.asm', 'uart/deep/er/x.asm', 'notes.txt']) {
      project.write(`asm/${path}`);
    }
    project.write('elsewhere/a.asm');
    project.write('top.asm');
    expect(await sources()).toEqual(['asm/hello.asm', 'asm/uart/deep/er/x.asm', 'asm/uart/echo.asm']);
  });

  it('sorts names by code units, not by the customs of a country', async () => {
    const stems = [
      'b',
      'B',
      'a',
      'ä',
      'a-b',
      'a.b',
      'a/z',
      'a b',
      'z',
      '10',
      '9',
      'Z',
      '\u{1f600}',
      '\uffee',
    ];
    for (const stem of stems) project.write(`asm/${stem}.asm`);
    expect(await sources()).toEqual(
      stems
        .map((stem) => `asm/${stem}`)
        .sort()
        .map((name) => `${name}.asm`),
    );
  });

  it('has nothing to find where there is no asm folder', async () => {
    expect(await sources()).toEqual([]);
    mkdirSync(join(project.root, 'asm'));
    expect(await sources()).toEqual([]);
    rmSync(project.root, { recursive: true });
    expect(await sources()).toEqual([]);
  });

  it('refuses an asm that is no folder', async () => {
    project.write('asm');
    await expect(find()).rejects.toMatchObject({ code: 'file', message: expect.stringContaining('ENOTDIR') });
  });

  it('leaves hidden names and packages alone', async () => {
    for (const path of ['.#x.asm', '.git/x.asm', '.asm', 'node_modules/x/y.asm', 'sub/node_modules/y.asm']) {
      project.write(`asm/${path}`);
    }
    expect(await sources()).toEqual([]);
    expect(await sources({ include: '**/*.asm' })).toEqual([]);
  });

  it('follows links to files, not to folders, so that a loop ends', async () => {
    project.write('asm/a/real.asm');
    symlinkSync('..', join(project.root, 'asm/a/up'));
    symlinkSync('.', join(project.root, 'asm/a/here'));
    symlinkSync('/', join(project.root, 'asm/everything'));
    symlinkSync('a', join(project.root, 'asm/folder.asm'));
    symlinkSync('a/real.asm', join(project.root, 'asm/link.asm'));
    expect(await sources()).toEqual(['asm/a/real.asm', 'asm/link.asm']);
  });

  it('looks into an asm that is itself a link', async () => {
    project.write('elsewhere/a.asm');
    symlinkSync('elsewhere', join(project.root, 'asm'));
    expect(await sources()).toEqual(['asm/a.asm']);
  });

  it('keeps a link to nowhere or to itself, so that it fails by name', async () => {
    project.write('asm/a.golden');
    symlinkSync('gone.asm', join(project.root, 'asm/dead.asm'));
    symlinkSync('loop.asm', join(project.root, 'asm/loop.asm'));
    expect(await sources()).toEqual(['asm/dead.asm', 'asm/loop.asm']);
  });

  it('looks into a folder that is named like a source', async () => {
    project.write('asm/b.asm/c.asm');
    expect(await sources()).toEqual(['asm/b.asm/c.asm']);
  });
});

describe('with settings', () => {
  it('finds what include and exclude select, once', async () => {
    for (const path of [
      'asm/a.asm',
      'asm/lib/b.asm',
      'guests/x/c.asm',
      'guests/d.asm',
      'top.asm',
      'x/asm/e.asm',
    ]) {
      project.write(path);
    }
    expect(await sources({ exclude: 'asm/lib' })).toEqual(['asm/a.asm']);
    expect(await sources({ include: ['guests/**', 'guests/d.asm', 'guests/x/*.asm'] })).toEqual([
      'guests/d.asm',
      'guests/x/c.asm',
    ]);
    expect(await sources({ include: '*.asm' })).toEqual(['top.asm']);
    expect(await sources({ include: '**/*.asm', exclude: ['x', '**/lib/**'] })).toEqual([
      'asm/a.asm',
      'guests/d.asm',
      'guests/x/c.asm',
      'top.asm',
    ]);
    expect(await sources({ include: ['asm/a.asm', 'asm/*.asm'], exclude: 'asm' })).toEqual([]);
  });

  it('does not look where nothing can be', async () => {
    for (const path of ['a.asm', 'asm/b.asm', 'asm/lib/c.asm', 'docs/d.txt']) project.write(path);
    const visited = async (settings: GuestkitConfig): Promise<string[]> => [
      ...(await find(settings)).folders.keys(),
    ];
    expect(await visited({ include: '*.asm' })).toEqual(['.']);
    expect(await visited({ exclude: 'asm/lib' })).toEqual(['asm']);
    expect((await visited({ include: '**/*.asm', exclude: 'docs' })).sort()).toEqual(['.', 'asm', 'asm/lib']);
  });
});

describe('what lies about the sources', () => {
  it('is known by name, whatever it is', async () => {
    for (const path of ['a.asm', 'a.golden', 'sub/b.asm', '.x.golden']) project.write(`asm/${path}`);
    mkdirSync(join(project.root, 'asm/folder.golden'));
    symlinkSync('gone', join(project.root, 'asm/dead.golden'));
    const { folders, exists } = await find();
    expect([...folders.keys()].sort()).toEqual(['asm', 'asm/folder.golden', 'asm/sub']);
    expect([...(folders.get('asm') ?? [])].sort()).toEqual([
      '.x.golden',
      'a.asm',
      'a.golden',
      'dead.golden',
      'folder.golden',
      'sub',
    ]);
    expect(['asm/a.golden', 'asm/folder.golden', 'asm/dead.golden', 'asm/sub/b.asm'].map(exists)).toEqual(
      Array(4).fill(true),
    );
    expect(['asm/b.golden', 'asm/sub/b.golden', 'asm/sub/x/y'].map(exists)).toEqual(Array(3).fill(false));
  });

  it('is asked of the disk in other folders', async () => {
    project.write('asm/a.asm');
    project.write('other/a.golden');
    symlinkSync('gone', join(project.root, 'other/dead.golden'));
    project.write('top.golden');
    const { exists } = await find();
    expect(['other/a.golden', 'other/dead.golden', 'top.golden'].map(exists)).toEqual([true, true, true]);
    expect(['other/b.golden', 'gone/a.golden', 'other/a.golden/x', 'b.golden'].map(exists)).toEqual(
      Array(4).fill(false),
    );
  });

  it('is known of the folder that has all goldens', async () => {
    for (const path of [
      'asm/uart/a.asm',
      'goldens/asm/uart/a.golden',
      'goldens/asm/old.golden',
      'goldens/.git/x',
    ]) {
      project.write(path);
    }
    project.write('goldens/asm/stray.asm');
    const { sources: found, folders, exists } = await find({ golden: 'goldens/{path}' });
    expect(found).toEqual(['asm/uart/a.asm']);
    expect([...folders.keys()].sort()).toEqual([
      'asm',
      'asm/uart',
      'goldens',
      'goldens/asm',
      'goldens/asm/uart',
    ]);
    expect(exists('goldens/asm/uart/a.golden')).toBe(true);
    expect(folders.get('goldens/asm')).toContain('old.golden');
  });

  it('is known of goldens in folders beside the sources', async () => {
    for (const path of ['asm/a.asm', 'asm/goldens/a.golden']) project.write(path);
    expect((await find({ golden: '{dir}/goldens/{name}' })).folders.get('asm/goldens')).toContain('a.golden');
    const excluded = await find({ golden: '{dir}/goldens/{name}', exclude: '**/goldens' });
    expect(excluded.folders.has('asm/goldens')).toBe(false);
    expect(excluded.exists('asm/goldens/a.golden')).toBe(true);
  });

  it('may be without the folder for goldens', async () => {
    project.write('asm/a.asm');
    const { folders, exists } = await find({ golden: 'goldens/{path}' });
    expect([...folders.keys()]).toEqual(['asm']);
    expect(exists('goldens/asm/a.golden')).toBe(false);
  });
});
