import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';

/** A project's folder that each test has for itself, and a cache folder outside of it. */
export interface Project {
  readonly root: string;
  readonly cache: string;
  /** Writes a file, with the folders it is in, and gives its whole path. */
  write(path: string, content?: string | Uint8Array): string;
}

/** Gives every test of the file a fresh project. */
export function useProject(): Project {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'guestkit-config-'));
    mkdirSync(join(folder, 'project'));
    vi.stubEnv('GUESTKIT_CACHE_DIR', join(folder, 'cache'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    get root() {
      return join(folder, 'project');
    },
    get cache() {
      return join(folder, 'cache');
    },
    write(path, content = '') {
      const target = join(folder, 'project', path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, content);
      return target;
    },
  };
}
