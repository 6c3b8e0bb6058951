import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { findNasm } from '../../src/nasm/tool.ts';

/** A project folder of its own that is the current one, with an empty cache and a NASM that counts its starts. */
export interface Sandbox {
  folder: string;
  cacheDir: string;
  write(name: string, content: string | Uint8Array): string;
  nasmStarts(): number;
  /** Sets an environment variable until the test ends; `undefined` removes it. */
  env(name: (typeof VARIABLES)[number], value: string | undefined): void;
}

const VARIABLES = [
  'NASM',
  'NASMENV',
  'PATH',
  'TMPDIR',
  'GUESTKIT_CACHE_DIR',
  'XDG_CACHE_HOME',
  'HOME',
] as const;

/** Makes a fresh {@link Sandbox} for each test of the file and puts environment and folder back after it. */
export function useSandbox(): Sandbox {
  const sandbox: Sandbox = {
    folder: '',
    cacheDir: '',
    write(name, content) {
      const path = join(sandbox.folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    nasmStarts() {
      return readFileSync(join(sandbox.folder, 'starts'), 'utf8').length;
    },
    env(name, value) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    },
  };
  const home = process.cwd();
  const saved = new Map(VARIABLES.map((name) => [name, process.env[name]]));
  const nasm = findNasm()?.path;

  beforeEach(() => {
    sandbox.folder = realpathSync(mkdtempSync(join(tmpdir(), 'guestkit-test-')));
    sandbox.cacheDir = join(sandbox.folder, 'cache');
    process.chdir(sandbox.folder);
    sandbox.write('starts', '');
    const counter = `#!/bin/sh\nprintf x >> '${sandbox.folder}/starts'\nexec '${nasm}' "$@"\n`;
    chmodSync(sandbox.write('counting-nasm', counter), 0o755);
    sandbox.env('NASM', join(sandbox.folder, 'counting-nasm'));
    sandbox.env('GUESTKIT_CACHE_DIR', sandbox.cacheDir);
    sandbox.env('NASMENV', undefined);
  });
  afterEach(() => {
    process.chdir(home);
    rmSync(sandbox.folder, { recursive: true, force: true });
    for (const [name, value] of saved) sandbox.env(name, value);
  });
  return sandbox;
}
