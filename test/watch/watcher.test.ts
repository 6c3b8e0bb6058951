import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placesOf } from '../../src/watch/places.ts';
import { Watcher } from '../../src/watch/watcher.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'guestkit-test-')));
  mkdirSync(at('asm/lib'), { recursive: true });
  writeFileSync(at('asm/x.asm'), '');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('placesOf', () => {
  it('gives the nearest folders that exist', () => {
    writeFileSync(at('plain'), '');
    const files = ['asm/x.asm', 'asm/lib/a/b/c.inc', 'plain/x.inc', 'no/such/file'].map(at);
    const { wanted, aliases } = placesOf(files, [at('guests')]);
    expect([...wanted].sort()).toEqual([folder, at('asm'), at('asm/lib')]);
    expect(aliases.size).toBe(0);
  });

  it('gives the place behind a link, too', () => {
    mkdirSync(at('real'));
    writeFileSync(at('real/y'), '');
    symlinkSync('../real/y', at('asm/y.asm'));
    symlinkSync('nowhere', at('asm/z.asm'));
    const { wanted, aliases } = placesOf([at('asm/y.asm'), at('asm/z.asm')], []);
    expect([...wanted].sort()).toEqual([at('asm'), at('real')]);
    expect([...aliases]).toEqual([[at('real/y'), [at('asm/y.asm')]]]);
  });
});

describe('Watcher', () => {
  /** Gathers what it is told until `path` is among it. */
  async function watching(files: readonly string[]): Promise<{
    watcher: Watcher;
    sees: (path: string) => Promise<boolean>;
  }> {
    const told = new Map<string, boolean>();
    let wake: () => void = () => undefined;
    const watcher = await Watcher.open({
      touched(paths, namesMoved) {
        for (const path of paths) told.set(path, namesMoved);
        wake();
      },
      refused(error) {
        throw error;
      },
    });
    await watcher.watch(new Set(files), new Set([at('asm')]));
    const sees = async (path: string): Promise<boolean> => {
      while (!told.has(path)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const namesMoved = told.get(path) === true;
      told.clear();
      return namesMoved;
    };
    return { watcher, sees };
  }

  it('names what moved, and whether names did', async () => {
    const { watcher, sees } = await watching([at('asm/x.asm')]);
    writeFileSync(at('asm/x.asm'), 'changed');
    expect(await sees(at('asm/x.asm'))).toBe(false);
    writeFileSync(at('asm/new'), '');
    expect(await sees(at('asm/new'))).toBe(true);
    renameSync(at('asm/new'), at('asm/x.asm'));
    expect(await sees(at('asm/x.asm'))).toBe(true);
    rmSync(at('asm/x.asm'));
    expect(await sees(at('asm/x.asm'))).toBe(true);
    await watcher.close();
  });

  it('names a file as it is watched, whatever a link makes of it', async () => {
    mkdirSync(at('real'));
    writeFileSync(at('real/y'), '');
    symlinkSync('../real/y', at('asm/y.asm'));
    const { watcher, sees } = await watching([at('asm/y.asm')]);
    writeFileSync(at('real/y'), 'changed');
    await sees(at('asm/y.asm'));
    await watcher.close();
  });

  it('tells whether folders were not watched until now', async () => {
    const { watcher, sees } = await watching([at('asm/x.asm')]);
    const files = new Set([at('asm/x.asm'), at('asm/lib/y.inc')]);
    const folders = new Set<string>();
    expect(await watcher.watch(files, folders)).toBe(true);
    expect(await watcher.watch(files, folders)).toBe(false);
    writeFileSync(at('asm/lib/y.inc'), '');
    expect(await sees(at('asm/lib/y.inc'))).toBe(true);
    // What was below a folder goes with it, and says nothing of that.
    renameSync(at('asm'), at('old'));
    await sees(at('asm'));
    mkdirSync(at('asm/lib'), { recursive: true });
    expect(await watcher.watch(files, folders)).toBe(true);
    writeFileSync(at('asm/lib/y.inc'), '');
    await sees(at('asm/lib/y.inc'));
    await watcher.close();
  });
});
