import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach } from 'vitest';
import { closeMachines } from '../../src/library/thread-machines.ts';

/** A fresh folder that is the current one, with an empty cache, for what the library does in this process. */
export interface ProjectFolder {
  write(name: string, content: string | Uint8Array): string;
  read(name: string): string;
}

/** Makes one for each test of the file, and puts all back behind it. */
export function useProject(): ProjectFolder {
  const { GUESTKIT_CACHE_DIR: cacheBefore } = process.env;
  const folderBefore = process.cwd();
  let folder = '';
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'guestkit-test-')));
    process.chdir(folder);
    process.env['GUESTKIT_CACHE_DIR'] = join(folder, 'cache');
  });
  afterEach(() => {
    process.chdir(folderBefore);
    delete process.env['GUESTKIT_CACHE_DIR'];
    if (cacheBefore !== undefined) process.env['GUESTKIT_CACHE_DIR'] = cacheBefore;
    rmSync(folder, { recursive: true, force: true });
  });
  afterAll(closeMachines);
  return {
    write(name, content) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    read: (name) => readFileSync(join(folder, name), 'utf8'),
  };
}
