import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cycles, type Import, type Module, parseModule, readModules } from './support/modules.ts';

/**
 * What a folder of `src` may import, beside itself, and what it may import the types of. Files that are in
 * no folder count as one of their own name.
 */
const TABLE: Readonly<Record<string, { values: readonly string[]; types?: readonly string[] }>> = {
  errors: { values: [] },
  suggest: { values: [] },
  'cache-dir': { values: [] },
  'file-signature': { values: [] },
  clock: { values: [] },
  x86: { values: ['errors'] },
  nasm: { values: ['errors', 'suggest', 'cache-dir'] },
  hypervisor: { values: ['errors', 'clock', 'x86'] },
  devices: { values: ['errors', 'x86'] },
  machine: { values: ['errors', 'clock', 'x86', 'hypervisor', 'devices'] },
  explain: { values: ['errors', 'x86', 'machine', 'nasm'] },
  debug: { values: ['errors', 'x86', 'machine', 'nasm'] },
  golden: { values: ['errors', 'suggest', 'x86', 'nasm', 'machine'] },
  config: { values: ['errors', 'suggest', 'cache-dir', 'nasm', 'golden'] },
  runner: {
    values: [
      'errors',
      'cache-dir',
      'file-signature',
      'clock',
      'x86',
      'hypervisor',
      'nasm',
      'machine',
      'golden',
      'config',
      'explain',
    ],
  },
  watch: { values: ['errors', 'file-signature', 'nasm'] },
  report: { values: ['errors', 'suggest'], types: ['golden', 'runner', 'explain'] },
};

/** The road's ends, which may use all of it: the command and the library. */
const ENDS = new Set(['cli', 'index', 'library', 'vitest']);

/** Packages that only one place knows. */
const PACKAGES: Readonly<Record<string, string>> = {
  koffi: 'hypervisor/kvm/libc.ts',
  '@koromix/koffi-linux-x64': 'hypervisor/kvm/libc.ts',
  execa: 'nasm/',
  chokidar: 'watch/',
  jiti: 'config/',
  picomatch: 'config/',
  commander: 'cli/',
  vitest: 'vitest.ts',
};

/** What belongs to the process and its terminal: only the commands touch it. */
const TERMINAL = ['process.exit', 'process.exitCode', 'process.stdout', 'process.stderr', 'process.stdin'];

const MAX_LINES = 350;

/** How `src` is built is no part of it. */
const BUILD = 'rolldown.config.ts';

const modules = readModules(join(import.meta.dirname, '../src')).filter(({ path }) => path !== BUILD);

/** "machine" for "machine/bus.ts", "errors" for "errors.ts". */
function folderOf(path: string): string {
  return path.split('/', 1)[0]?.replace(/\.ts$/, '') ?? '';
}

function isFile({ target }: Import): boolean {
  return target.endsWith('.ts');
}

/** The imports of a module that leave its folder. */
function crossings({ path, imports }: Module): Import[] {
  return imports.filter((found) => isFile(found) && folderOf(found.target) !== folderOf(path));
}

function mayImport(from: string, { target, typeOnly }: Import): boolean {
  if (ENDS.has(from)) return true;
  const { values = [], types = [] } = TABLE[from] ?? {};
  return values.includes(folderOf(target)) || (typeOnly && types.includes(folderOf(target)));
}

/** For each folder, or each file, what it imports. */
function graphOf(edges: Iterable<readonly [from: string, to: string]>): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  for (const [from, to] of edges) graph.set(from, [...(graph.get(from) ?? []), to]);
  return graph;
}

describe('the architecture', () => {
  it('has a line in the table for every folder', () => {
    const folders = new Set(modules.map(({ path }) => folderOf(path)));
    expect([...folders].filter((folder) => TABLE[folder] === undefined && !ENDS.has(folder))).toEqual([]);
  });

  it('lets imports run down the table only', () => {
    const wrong = modules.flatMap((module) =>
      crossings(module)
        .filter((found) => !mayImport(folderOf(module.path), found))
        .map(({ target, typeOnly }) => `${module.path} imports ${typeOnly ? 'types of ' : ''}${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('imports files that are there, by their own names', () => {
    const paths = new Set(modules.map(({ path }) => path));
    const missing = modules.flatMap(({ path, imports }) =>
      imports
        .filter((found) => isFile(found) && !paths.has(found.target))
        .map(({ target }) => `${path} -> ${target}`),
    );
    expect(missing).toEqual([]);
  });

  it('has no cycles between folders, types included', () => {
    const edges = modules.flatMap((module) =>
      crossings(module).map(({ target }) => [folderOf(module.path), folderOf(target)] as const),
    );
    expect(cycles(graphOf(edges))).toEqual([]);
  });

  it('has no cycles between files', () => {
    const edges = modules.flatMap(({ path, imports }) =>
      imports
        .filter((found) => isFile(found) && !found.typeOnly)
        .map(({ target }) => [path, target] as const),
    );
    expect(cycles(graphOf(edges))).toEqual([]);
  });

  it.each(Object.entries(PACKAGES))('knows %s in %s only', (name, place) => {
    const knowing = modules.filter(
      ({ imports, strings }) =>
        [...strings].some((text) => text === name || text.startsWith(`${name}/`)) ||
        imports.some(({ target }) => target === name),
    );
    expect(knowing.map(({ path }) => path).filter((path) => !path.startsWith(place))).toEqual([]);
    expect(knowing.length).toBeGreaterThan(0);
  });

  it('uses these packages and no others', () => {
    const packages = modules.flatMap(({ imports }) => imports.filter((found) => !isFile(found)));
    const foreign = packages.filter(({ target }) => !target.startsWith('node:') && !(target in PACKAGES));
    expect(foreign.map(({ target }) => target)).toEqual([]);
  });

  it('loads the packages that cost time when they are needed, not before', () => {
    const eager = modules.flatMap(({ path, imports }) =>
      imports
        .filter(
          ({ target, typeOnly, eager }) =>
            eager && !typeOnly && ['execa', 'chokidar', 'jiti', 'picomatch'].includes(target),
        )
        .map(({ target }) => `${path} imports ${target}`),
    );
    expect(eager).toEqual([]);
  });

  it('leaves the process and its terminal to the commands', () => {
    const touching = modules.filter(
      ({ members }) =>
        TERMINAL.some((name) => members.has(name)) || [...members].some((m) => m.startsWith('console.')),
    );
    expect(touching.map(({ path }) => path).filter((path) => !path.startsWith('cli/'))).toEqual([]);
  });

  it(`has no file of ${MAX_LINES} lines or more`, () => {
    const long = modules.filter(({ lines }) => lines >= MAX_LINES);
    expect(long.map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
  });
});

describe('the reading of modules', () => {
  it('sees imports of every kind, and none in text', () => {
    const source = `
      import './side.ts';
      import type { A } from '../errors.ts';
      import { type B } from '../x86/flags.ts';
      import { type C, d } from 'execa';
      export { e } from './e.ts';
      export type { F } from './f.ts';
      export * from './g.ts';
      // import '../comment.ts'
      const text = "import x from '../text.ts'";
      type H = typeof import('koffi');
      const i = async (): Promise<void> => { await import('chokidar'); };
      process.exit(1);
    `;
    const { imports, members } = parseModule('machine/x.ts', source);
    expect(imports).toEqual([
      { target: 'machine/side.ts', typeOnly: false, eager: true },
      { target: 'errors.ts', typeOnly: true, eager: true },
      { target: 'x86/flags.ts', typeOnly: true, eager: true },
      { target: 'execa', typeOnly: false, eager: true },
      { target: 'machine/e.ts', typeOnly: false, eager: true },
      { target: 'machine/f.ts', typeOnly: true, eager: true },
      { target: 'machine/g.ts', typeOnly: false, eager: true },
      { target: 'koffi', typeOnly: true, eager: true },
      { target: 'chokidar', typeOnly: false, eager: false },
    ]);
    expect(members).toContain('process.exit');
  });

  it('finds cycles, and only where they are', () => {
    const graph = graphOf([
      ['a', 'b'],
      ['a', 'c'],
      ['b', 'd'],
      ['c', 'd'],
      ['d', 'e'],
    ]);
    expect(cycles(graph)).toEqual([]);
    graph.set('e', ['b']);
    expect(cycles(graph)).toEqual(['b -> d -> e -> b']);
    expect(cycles(new Map([['x', ['x']]]))).toEqual(['x -> x']);
  });
});
