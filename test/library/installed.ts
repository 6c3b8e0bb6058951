import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Project } from '../support/cli.ts';

const ROOT = dirname(dirname(import.meta.dirname));

/** guestkit as somebody gets it from `npm pack`. */
export interface Installed {
  /** The tarball's bytes. */
  packedBytes: number;
  /** Its files, from the package's folder. */
  files: readonly string[];
  /** The folder that a project has as its node_modules. */
  modules: string;
  remove(): void;
}

/** The parts of package.json that an installation goes by. */
interface Manifest {
  dependencies: Readonly<Record<string, string>>;
  optionalDependencies: Readonly<Record<string, string>>;
}

/**
 * Packs the checkout and puts it into a node_modules with what it depends on, as it says itself, and what its
 * users have: TypeScript and vitest. All but guestkit are links to the checkout's own, so that no network is needed.
 */
export function install(): Installed {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'guestkit-test-')));
  const modules = join(home, 'node_modules');
  mkdirSync(modules);
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', home], {
    cwd: ROOT,
    env: { ...process.env, npm_config_cache: join(home, 'npm') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [tarball = ''] = lines(execFileSync('find', [home, '-maxdepth', '1', '-name', '*.tgz']));
  execFileSync('tar', ['-xzf', tarball, '-C', home]);
  renameSync(join(home, 'package'), join(modules, 'guestkit'));
  const files = lines(execFileSync('tar', ['-tzf', tarball])).map((file) => file.replace(/^package\//, ''));

  const manifest: Manifest = JSON.parse(readFileSync(join(modules, 'guestkit', 'package.json'), 'utf8'));
  const own = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
  for (const name of [...own, 'typescript', 'vitest', '@types/node']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  return {
    packedBytes: readFileSync(tarball).length,
    files,
    modules,
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** Gives a project the installation, and the guests of two templates with their goldens. */
export function begin(project: Project, { modules }: Installed): void {
  symlinkSync(modules, project.path('node_modules'));
  project.write('package.json', JSON.stringify({ name: 'project', private: true, type: 'module' }));
  for (const name of ['hello', 'echo']) {
    for (const ending of ['asm', 'golden']) {
      project.write(`asm/${name}.${ending}`, readFileSync(join(ROOT, 'templates', `${name}.${ending}`)));
    }
  }
}

/** What a user's project has, as strict as it gets. */
export function tsconfig(changes: Readonly<Record<string, unknown>> = {}): string {
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    outDir: 'out',
    ...changes,
  };
  return JSON.stringify({ compilerOptions, include: ['*.ts'] });
}

/** Where the programs of a user's packages are. */
export const PROGRAMS = { tsc: 'typescript/bin/tsc', vitest: 'vitest/vitest.mjs' } as const;

export function programOf(project: Project, name: keyof typeof PROGRAMS): string {
  return join(project.path('node_modules'), PROGRAMS[name]);
}

function lines(output: Buffer): string[] {
  return output
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
}
