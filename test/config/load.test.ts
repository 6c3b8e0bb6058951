import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { GuestkitError } from '../../src/errors.ts';
import { useProject } from './project.ts';

const project = useProject();

const ESM = "export default { timeout: '2s' };\n";
const CJS = "module.exports = { timeout: '2s' };\n";

async function failure(): Promise<GuestkitError> {
  const error: unknown = await loadConfig(project.root).catch((reason: unknown) => reason);
  if (!(error instanceof GuestkitError)) throw new Error('it did not fail as foreseen', { cause: error });
  return error;
}

const timeout = async (): Promise<number | undefined> => (await loadConfig(project.root)).timeoutMs;

describe('a project without settings', () => {
  it('has the defaults', async () => {
    const config = await loadConfig(project.root);
    expect(config).toEqual({
      file: undefined,
      include: ['asm/**/*.asm'],
      timeoutMs: undefined,
      memoryBytes: undefined,
      jobs: undefined,
      nasm: { flags: [], includePaths: [] },
      roots: ['asm'],
      goldenRoot: undefined,
      enters: expect.any(Function),
      matches: expect.any(Function),
      goldenStem: expect.any(Function),
    });
    expect(config.matches('asm/uart/echo.asm')).toBe(true);
    expect(config.goldenStem('asm/uart/echo.asm')).toBe('asm/uart/echo');
  });

  it('may have a package.json, even one that is none, as long as it is not about guestkit', async () => {
    project.write('package.json', '{ "name": "x", "dependencies": { "guestkit": "1.0.0" } }');
    expect((await loadConfig(project.root)).file).toBeUndefined();
    project.write('package.json', '{ "name": ');
    expect((await loadConfig(project.root)).file).toBeUndefined();
  });

  it('needs no folder either', async () => {
    expect((await loadConfig(join(project.root, 'gone'))).file).toBeUndefined();
  });
});

describe('a configuration file', () => {
  it.each([
    ['ts', ESM],
    [
      'ts',
      "import type { GuestkitConfig } from 'guestkit/config';\nconst c: GuestkitConfig = { timeout: 2000 };\nexport default c;",
    ],
    [
      'ts',
      "import { defineConfig } from 'guestkit/config';\nexport default defineConfig({ timeout: '2s' });",
    ],
    ['ts', "export default { timeout: '2s' } satisfies { timeout: string };"],
    ['ts', "import { t } from './shared.ts';\nexport default { timeout: t };"],
    ['ts', "const settings = { timeout: '2s' };\nexport { settings as default };"],
    ['ts', "export = { timeout: '2s' };"],
    ['mts', ESM],
    ['js', ESM],
    ['js', CJS],
    ['mjs', ESM],
    [
      'mjs',
      "import { defineConfig } from 'guestkit/config';\nexport default defineConfig({ timeout: '2s' });",
    ],
    ['cjs', CJS],
    ['cjs', "exports.timeout = '2s';"],
    ['cjs', "module.exports = require('guestkit/config').defineConfig({ timeout: '2s' });"],
  ])('is read: .%s, %j', async (ending, source) => {
    project.write('shared.ts', "export const t: string = '2s';");
    const file = project.write(`guestkit.config.${ending}`, source);
    expect(await loadConfig(project.root)).toMatchObject({ file, timeoutMs: 2000 });
  });

  it('is read where package.json says that .js is ESM', async () => {
    project.write('package.json', '{ "type": "module" }');
    project.write('guestkit.config.js', ESM);
    expect(await timeout()).toBe(2000);
  });

  it('may export no settings at all', async () => {
    project.write('guestkit.config.ts', 'export default {};');
    expect((await loadConfig(project.root)).roots).toEqual(['asm']);
  });

  it('finds its own folder', async () => {
    const source =
      "import { join } from 'node:path';\nexport default { nasm: { includePaths: [join(import.meta.dirname, 'i')] } };";
    project.write('guestkit.config.ts', source);
    expect((await loadConfig(project.root)).nasm.includePaths).toEqual([join(project.root, 'i')]);
  });

  it('may be a link', async () => {
    project.write('elsewhere.ts', ESM);
    symlinkSync('elsewhere.ts', join(project.root, 'guestkit.config.ts'));
    expect(await timeout()).toBe(2000);
  });

  it('is compiled once, and nothing of that is left in the project', async () => {
    mkdirSync(join(project.root, 'node_modules'));
    project.write('guestkit.config.ts', ESM);
    await loadConfig(project.root);
    expect(readdirSync(project.root, { recursive: true }).sort()).toEqual([
      'guestkit.config.ts',
      'node_modules',
    ]);
    expect(readdirSync(join(project.cache, 'config'))).toHaveLength(1);
  });

  it('needs no cache folder', async () => {
    mkdirSync(project.cache);
    project.write('../cache/config', 'a file where a folder should be');
    project.write('guestkit.config.ts', ESM);
    expect(await timeout()).toBe(2000);
  });

  it('needs no entry of the cache that it can write', async () => {
    project.write('guestkit.config.ts', ESM);
    await loadConfig(project.root);
    const [entry = ''] = readdirSync(join(project.cache, 'config'));
    project.write('guestkit.config.ts', ESM.replace('2s', '3s'));
    project.write(`../cache/config/${entry}`, 'half a line');
    expect(await timeout()).toBe(3000);
    // A folder of that name can be neither read nor written.
    const { rmSync } = await import('node:fs');
    rmSync(join(project.cache, 'config', entry));
    mkdirSync(join(project.cache, 'config', entry));
    expect(await timeout()).toBe(3000);
  });
});

describe('a change', () => {
  it.each([
    ['ts', ESM],
    ['mts', ESM],
    ['js', ESM],
    ['js', CJS],
    ['mjs', ESM],
    ['cjs', CJS],
  ])('is seen at once in .%s, %j', async (ending, source) => {
    const name = `guestkit.config.${ending}`;
    project.write(name, source);
    expect(await timeout()).toBe(2000);
    project.write(name, source.replace('2s', '3s'));
    expect(await timeout()).toBe(3000);
  });

  it.each(['part.ts', 'part.mjs', 'part.js'])('is seen in %s, which it imports', async (part) => {
    project.write('package.json', '{ "type": "module" }');
    project.write('guestkit.config.ts', `import { t } from './between.mjs';\nexport default { timeout: t };`);
    project.write('between.mjs', `export { t } from './${part}';`);
    for (const seconds of [2, 3]) {
      project.write(part, `export const t = '${seconds}s';`);
      expect(await timeout()).toBe(seconds * 1000);
    }
  });

  it.each(['part.cjs', 'part.js', 'part.json'])('is seen in %s, which it requires', async (part) => {
    project.write('guestkit.config.cjs', "module.exports = { timeout: require('./between.cjs').t };");
    project.write('between.cjs', `exports.t = require('./${part}').t;`);
    for (const seconds of [2, 3]) {
      const data = `{ "t": "${seconds}s" }`;
      project.write(part, part.endsWith('json') ? data : `module.exports = ${data};`);
      expect(await timeout()).toBe(seconds * 1000);
    }
  });
});

describe('package.json', () => {
  it('has settings at the key guestkit', async () => {
    const file = project.write('package.json', '\uFEFF{ "guestkit": { "memory": "2M", "jobs": 2 } }');
    expect(await loadConfig(project.root)).toMatchObject({ file, memoryBytes: 2 ** 21, jobs: 2 });
    expect(existsSync(project.cache)).toBe(false);
  });

  it.each([
    ['"fast"', "'fast'"],
    ['null', 'null'],
    ['[]', 'an array'],
    ['5', 'a number'],
  ])('is refused with %s there', async (value, kind) => {
    const file = project.write('package.json', `{ "guestkit": ${value} }`);
    expect((await failure()).message).toBe(`${file}: guestkit must be an object, it is ${kind}`);
  });

  it('names its keys from its top', async () => {
    const file = project.write('package.json', '{ "guestkit": { "nasm": { "flags": [5] } } }');
    expect((await failure()).message).toBe(
      `${file}: guestkit.nasm.flags[0] must be a string, it is a number`,
    );
  });

  it('is refused when it is about guestkit and no JSON, with the line where that is known', async () => {
    const file = project.write(
      'package.json',
      '{\n  "guestkit": {\n    "jobs": 2\n    "memory": "2M"\n  }\n}',
    );
    const { message, hint, cause } = await failure();
    expect(message).toMatch(new RegExp(`^${file}:4: Expected ',' or '}'`));
    expect(hint).toContain('Correct the JSON');
    expect(cause).toBeInstanceOf(SyntaxError);
    project.write('package.json', '["guestkit"]');
    expect((await failure()).message).toBe(`${file} must have an object, it has an array`);
  });

  it('is refused when it cannot be read', async () => {
    mkdirSync(join(project.root, 'package.json'));
    expect(await failure()).toMatchObject({
      code: 'file',
      message: expect.stringContaining('it is a folder'),
    });
  });
});

describe('settings in two places', () => {
  it('are refused, naming both', async () => {
    const ts = project.write('guestkit.config.ts', ESM);
    const js = project.write('guestkit.config.js', ESM);
    const { message, hint } = await failure();
    expect(message).toBe(`the settings are in ${ts} and in ${js}`);
    expect(hint).toBe('Keep one of them.');
  });

  it('are refused when one of them is package.json', async () => {
    const mjs = project.write('guestkit.config.mjs', ESM);
    const manifest = project.write('package.json', '{ "guestkit": {} }');
    expect((await failure()).message).toBe(`the settings are in ${mjs} and in ${manifest}`);
  });
});

describe('a file that cannot be read', () => {
  const file = (): string => join(project.root, 'guestkit.config.ts');

  it('is a folder', async () => {
    mkdirSync(file());
    expect(await failure()).toMatchObject({ code: 'file', message: `cannot read ${file()}: it is a folder` });
  });

  it('is a link to nowhere', async () => {
    symlinkSync('gone.ts', file());
    expect((await failure()).message).toBe(`${file()} is a link to a file that is not there`);
  });

  it('is a link to itself', async () => {
    symlinkSync('guestkit.config.ts', file());
    expect(await failure()).toMatchObject({ code: 'file', message: expect.stringContaining('ELOOP') });
  });

  it('is a device', async () => {
    symlinkSync('/dev/zero', file());
    expect((await failure()).message).toBe(`cannot read ${file()}: it is not a regular file`);
  });

  it('is too large for a configuration', async () => {
    project.write('guestkit.config.ts', `${ESM}//${' '.repeat(2 ** 20)}`);
    expect((await failure()).message).toContain('at most 1048576 are read');
  });

  it('is below something that is no folder', async () => {
    const root = project.write('file');
    await expect(loadConfig(root)).rejects.toMatchObject({ code: 'file' });
  });
});
