import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { GuestkitError } from '../../src/errors.ts';
import { useProject } from './project.ts';

const project = useProject();

async function failure(name: string, source: string): Promise<GuestkitError> {
  project.write(name, source);
  const error: unknown = await loadConfig(project.root).catch((reason: unknown) => reason);
  if (!(error instanceof GuestkitError)) throw new Error('it did not fail as foreseen', { cause: error });
  expect(error.hint).toMatch(/\.$/);
  return error;
}

/** The message without the way to the project. */
const said = (error: GuestkitError): string => error.message.replaceAll(`${project.root}/`, '');

const ENDINGS = ['ts', 'mts', 'js', 'mjs', 'cjs'];

describe('a configuration that throws', () => {
  it.each(ENDINGS)('names file, line and error: .%s', async (ending) => {
    const name = `guestkit.config.${ending}`;
    const error = await failure(name, '\n\nthrow new TypeError("no such luck\\nat all");\n');
    expect(said(error)).toBe(`${name}:3: it throws TypeError: no such luck`);
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  it.each(ENDINGS)('runs once: .%s', async (ending) => {
    const count = "require('node:fs').appendFileSync(require('node:path').join(__dirname, 'count'), 'x');";
    await failure(`guestkit.config.${ending}`, `${count}\nthrow new Error('no');`);
    expect(readFileSync(join(project.root, 'count'), 'utf8')).toBe('x');
  });

  it('names the file that it imports where that throws', async () => {
    project.write('part.ts', '\nthrow new Error("no");\nexport const t = 1;');
    const error = await failure(
      'guestkit.config.ts',
      "import { t } from './part.ts';\nexport default { t };",
    );
    expect(said(error)).toBe('part.ts:2: it throws Error: no (imported by guestkit.config.ts)');
  });

  it.each([
    ['"text"', 'it throws "text"'],
    ['null', 'it throws null'],
    ['undefined', 'it throws undefined'],
    ['{ toString() { throw 1; } }', 'it throws something that cannot be shown'],
    ['new Proxy(new Error(), { get() { throw 1; } })', 'it throws something that cannot be shown'],
    ['Object.create(null)', 'it throws something that cannot be shown'],
    ['Object.assign(new Error("x"), { code: "ENOSPC" })', 'it throws Error: x'],
    ['new Error("\\x1b[2J" + "x".repeat(1000))', `it throws Error: \uFFFD[2J${'x'.repeat(289)}...`],
  ])('may throw anything: %s', async (thrown, what) => {
    const error = await failure('guestkit.config.ts', `throw ${thrown};`);
    expect(said(error).replace(':1:', ':')).toBe(`guestkit.config.ts: ${what}`);
  });

  it('may throw from a getter of its exports', async () => {
    const error = await failure(
      'guestkit.config.ts',
      'export default { get jobs() { throw new Error("no"); } };',
    );
    expect(said(error)).toBe('guestkit.config.ts: the settings cannot be read: no');
  });
});

describe('a configuration with a syntax error', () => {
  it.each(ENDINGS)('names file, line and column: .%s', async (ending) => {
    const name = `guestkit.config.${ending}`;
    const error = await failure(name, 'const a = {\n  b: = 2,\n};\n');
    expect(said(error)).toMatch(new RegExp(`^${name}:2:\\d+: syntax error: Unexpected token$`));
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('may have it in a file that it imports', async () => {
    project.write('part.ts', 'export const t = ;');
    const error = await failure(
      'guestkit.config.mjs',
      "import { t } from './part.ts';\nexport default { t };",
    );
    expect(said(error)).toMatch(
      /^part\.ts:1:\d+: syntax error: Unexpected token \(imported by guestkit\.config\.mjs\)$/,
    );
  });
});

describe('a configuration that imports what is not there', () => {
  it.each([
    ['ts', "import { t } from './gone.ts';\nexport default { t };", './gone.ts'],
    ['mjs', "import { t } from './gone.mjs';\nexport default { t };", './gone.mjs'],
    ['cjs', "module.exports = require('./gone.cjs');", './gone.cjs'],
    ['ts', "import { t } from 'no-such-package';\nexport default { t };", 'no-such-package'],
  ])('names it: .%s, %j', async (ending, source, gone) => {
    const error = await failure(`guestkit.config.${ending}`, source);
    expect(said(error)).toBe(`guestkit.config.${ending}: cannot find module '${gone}'`);
    expect(error.hint).toBe('Correct the path, or install the package.');
  });

  it('names the file that wants it', async () => {
    project.write('part.ts', "export { t } from './gone.ts';");
    const error = await failure(
      'guestkit.config.ts',
      "import { t } from './part.ts';\nexport default { t };",
    );
    expect(said(error)).toBe("part.ts: cannot find module './gone.ts' (imported by guestkit.config.ts)");
  });
});

it.each(['ts', 'mjs'])('has no await at its top level: .%s', async (ending) => {
  const error = await failure(
    `guestkit.config.${ending}`,
    'const t = await 1;\nexport default { timeout: t };',
  );
  expect(said(error)).toBe(`guestkit.config.${ending}: await cannot be used at the top level`);
  expect(error.hint).toContain('readFileSync');
});

describe('a configuration without settings', () => {
  it.each([
    ['ts', 'export const timeout = 5;'],
    ['mjs', 'export const timeout = 5;'],
    ['js', 'export const timeout = 5;'],
    ['ts', ''],
    ['mts', ''],
    ['mjs', '// nothing yet\n'],
  ])('is refused: .%s, %j', async (ending, source) => {
    const error = await failure(`guestkit.config.${ending}`, source);
    expect(said(error)).toBe(`guestkit.config.${ending}: there is no default export`);
    expect(error.hint).toContain('export default {');
  });

  it.each([
    ['ts', 'export default null;', 'null'],
    ['ts', 'export default undefined;', 'undefined'],
    ['ts', 'export default 3;', 'a number'],
    ['ts', 'export default () => ({});', 'a function'],
    ['ts', 'export default Promise.resolve({});', 'a promise'],
    ['mjs', 'export default [];', 'an array'],
    ['cjs', 'module.exports = null;', 'null'],
    ['cjs', 'module.exports = "5s";', "'5s'"],
    ['cjs', 'module.exports = class {};', 'a function'],
  ])('is refused: .%s, %j', async (ending, source, kind) => {
    project.write(`guestkit.config.${ending}`, source);
    await expect(loadConfig(project.root)).rejects.toThrow(
      `guestkit.config.${ending}: the default export must be an object, it is ${kind}`,
    );
  });
});
