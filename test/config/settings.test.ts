import { describe, expect, it } from 'vitest';
import type { GuestkitConfig } from '../../src/config/config.ts';
import { defineConfig } from '../../src/config/config.ts';
import { parseSettings, type Settings } from '../../src/config/settings.ts';
import { GuestkitError } from '../../src/errors.ts';

const FILE = 'guestkit.config.ts';

const parse = (value: unknown, root = '.'): Settings =>
  parseSettings(value, { root, file: FILE, whole: 'the default export', prefix: '' });

function failure(value: unknown): GuestkitError {
  try {
    parse(value);
  } catch (error) {
    if (error instanceof GuestkitError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** What is wrong, a line each, without the file that every line begins with. */
function problems(value: unknown): string[] {
  return failure(value)
    .message.split('\n')
    .map((line) => {
      expect(line.startsWith(`${FILE}: `)).toBe(true);
      return line.slice(FILE.length + 2);
    });
}

describe('settings that are right', () => {
  it('come in final units', () => {
    const config: GuestkitConfig = {
      include: ['asm/**/*.asm', 'guests/*.asm'],
      exclude: 'asm/lib',
      timeout: '500ms',
      memory: '2M',
      jobs: 4,
      nasm: { flags: ['-DDEBUG=1', '-w+all'], includePaths: ['lib', '/usr/share/asm'] },
      golden: 'goldens/{path}',
    };
    expect(parse(defineConfig(config), '/project')).toEqual({
      include: [
        { key: 'include[0]', text: 'asm/**/*.asm' },
        { key: 'include[1]', text: 'guests/*.asm' },
      ],
      exclude: [{ key: 'exclude', text: 'asm/lib' }],
      timeoutMs: 500,
      memoryBytes: 2 ** 21,
      jobs: 4,
      nasm: { flags: ['-DDEBUG=1', '-w+all'], includePaths: ['/project/lib', '/usr/share/asm'] },
      golden: 'goldens/{path}',
    });
  });

  it('may be left out, or be undefined', () => {
    const nothing = { nasm: { flags: [], includePaths: [] } };
    expect(parse({})).toEqual(nothing);
    expect(parse({ include: undefined, timeout: undefined, nasm: { flags: undefined } })).toEqual(nothing);
    expect(parse({ nasm: undefined, exclude: [] })).toEqual({ ...nothing, exclude: [] });
    expect(parse(Object.create(null))).toEqual(nothing);
  });

  it.each([
    ['1ms', 1],
    ['5s', 5000],
    ['60m', 3_600_000],
    [1, 1],
    [2500, 2500],
    [3_600_000, 3_600_000],
  ])('take %j as a time limit', (timeout, timeoutMs) => {
    expect(parse({ timeout }).timeoutMs).toBe(timeoutMs);
  });

  it.each([
    '-DX',
    '-DX=',
    '-DX="a b"',
    '-dX',
    '-UX',
    '-uX',
    '-w-all',
    '-w+error=user',
    '-Werror',
    '-Wno-x',
    '-O0',
    '-Ox',
    '-Ov',
  ])('take %s as a flag', (flag) => {
    expect(parse({ nasm: { flags: [flag] } }).nasm.flags).toEqual([flag]);
  });

  it('keep include paths relative where the project is the current folder', () => {
    expect(parse({ nasm: { includePaths: ['lib', './inc/', '..'] } }).nasm.includePaths).toEqual([
      'lib',
      'inc/',
      '..',
    ]);
  });
});

describe('an unknown key', () => {
  it.each([
    [{ tiemout: '5s' }, 'tiemout is not a setting (did you mean timeout?)'],
    [{ includes: [] }, 'includes is not a setting (did you mean include?)'],
    [{ nasm: { flag: [] } }, 'nasm.flag is not a setting (did you mean nasm.flags?)'],
    [{ nasm: { timeout: 1 } }, 'nasm.timeout is not a setting'],
    [{ reporters: 1 }, 'reporters is not a setting'],
    [{ toString: 1 }, 'toString is not a setting'],
    [JSON.parse('{ "__proto__": 1 }'), '__proto__ is not a setting'],
    [{ 'a\u001b[2J\n': 1 }, "'a\\x1b[2J\\n' is not a setting"],
  ])('is named: %j', (value, problem) => {
    expect(problems(value)).toEqual([problem]);
  });

  it('comes with those that there are', () => {
    expect(failure({ x: 1 }).hint).toBe(
      'Settings here are include, exclude, timeout, memory, jobs, golden, nasm.',
    );
    expect(failure({ nasm: { x: 1 } }).hint).toBe('Settings here are flags, includePaths.');
  });
});

describe('a value of the wrong type', () => {
  it.each([
    [5, 'the default export must be an object, it is a number'],
    [null, 'the default export must be an object, it is null'],
    [[], 'the default export must be an object, it is an array'],
    [{ include: 5 }, 'include must be a string or an array of strings, it is a number'],
    [{ include: [5] }, 'include[0] must be a string, it is a number'],
    [{ exclude: ['a', null] }, 'exclude[1] must be a string, it is null'],
    [{ exclude: new Array(1) }, 'exclude[0] must be a string, it is undefined'],
    [
      { timeout: true },
      "timeout must be '5s', or a whole number of milliseconds up to an hour, it is a boolean",
    ],
    [{ timeout: null }, "timeout must be '5s', or a whole number of milliseconds up to an hour, it is null"],
    [{ memory: 65536 }, "memory must be a string such as '1M', it is a number"],
    [{ jobs: '4' }, "jobs must be a whole number from 1 to 64, it is '4'"],
    [{ golden: {} }, 'golden must be a string, it is an object'],
    [{ nasm: '-DX' }, "nasm must be an object, it is '-DX'"],
    [{ nasm: { flags: '-DX' } }, "nasm.flags must be an array of strings, it is '-DX'"],
    [{ nasm: { flags: ['-DX', 5] } }, 'nasm.flags[1] must be a string, it is a number'],
    [{ nasm: { includePaths: [() => ''] } }, 'nasm.includePaths[0] must be a string, it is a function'],
    [{ jobs: 4n }, 'jobs must be a whole number from 1 to 64, it is a bigint'],
    [{ jobs: Symbol('x') }, 'jobs must be a whole number from 1 to 64, it is a symbol'],
  ])('names file and key: %#', (value, problem) => {
    expect(problems(value)).toEqual([problem]);
  });
});

describe('a value that cannot be right', () => {
  it.each([
    [{ timeout: '5' }, "timeout: '5' has no unit; write 5ms, 5s or 5m"],
    [
      { timeout: '2h' },
      "timeout: '2h' is not a duration; write a whole number with ms, s or m, such as 500ms, 5s or 2m",
    ],
    [{ timeout: '61m' }, "timeout: '61m' is out of range; 1ms to 60m are allowed"],
    [{ timeout: 0 }, "timeout must be '5s', or a whole number of milliseconds up to an hour, it is 0"],
    [{ timeout: 1.5 }, "timeout must be '5s', or a whole number of milliseconds up to an hour, it is 1.5"],
    [
      { timeout: Number.NaN },
      "timeout must be '5s', or a whole number of milliseconds up to an hour, it is NaN",
    ],
    [
      { timeout: 3_600_001 },
      "timeout must be '5s', or a whole number of milliseconds up to an hour, it is 3600001",
    ],
    [
      { memory: '1T' },
      "memory: '1T' is not a size; write a whole number with K, M or G, such as 64K or 2M, or plain bytes",
    ],
    [{ memory: '4G' }, "memory: '4G' is out of range; 4K to 3G are allowed"],
    [{ jobs: 0 }, 'jobs must be a whole number from 1 to 64, it is 0'],
    [{ jobs: 65 }, 'jobs must be a whole number from 1 to 64, it is 65'],
    [{ jobs: 1.5 }, 'jobs must be a whole number from 1 to 64, it is 1.5'],
    [{ include: [] }, 'include must not be empty: without a glob there is no source'],
    [{ include: '' }, "include must not be empty, nor have a NUL, it is ''"],
    [{ include: '!asm/x.asm' }, "include must not begin with '!', it is '!asm/x.asm'"],
    [{ include: ['/asm/*.asm'] }, "include[0] must be relative to the project's folder, it is '/asm/*.asm'"],
    [{ include: '../asm/*.asm' }, "include must stay in the project's folder, it is '../asm/*.asm'"],
    [{ include: 'asm' }, "include must end in .asm, as sources do, it is 'asm'"],
    [{ include: 'asm/**/*.s' }, "include must end in .asm, as sources do, it is 'asm/**/*.s'"],
    [
      { include: '.guests/*.asm' },
      "include must use no names that begin with a dot, nor node_modules, it is '.guests/*.asm'",
    ],
    [
      { include: ['asm/**/*.asm', '**/.x/*.asm'] },
      "include[1] must use no names that begin with a dot, nor node_modules, it is '**/.x/*.asm'",
    ],
    [
      { include: 'node_modules/x/*.asm' },
      "include must use no names that begin with a dot, nor node_modules, it is 'node_modules/x/*.asm'",
    ],
    [{ exclude: ['!asm/x.asm'] }, "exclude[0] must not begin with '!', it is '!asm/x.asm'"],
    [{ exclude: './' }, "exclude must not be empty, nor have a NUL, it is './'"],
    [
      { golden: 'goldens/{name}' },
      "golden must have either {path}, or {dir} and {name}, once, it is 'goldens/{name}'",
    ],
    [
      { nasm: { flags: ['-f', 'elf'] } },
      "nasm.flags[0] must be a flag that NASM may have (guests are flat images without debug information), it is '-f'",
    ],
    [
      { nasm: { flags: ['-Ilib'] } },
      "nasm.flags[0] must be a flag that NASM may have (guestkit has to know where included files are searched), it is '-Ilib'",
    ],
    [{ nasm: { includePaths: [''] } }, "nasm.includePaths[0] must not be empty, nor have a NUL, it is ''"],
  ])('names file, key and value: %j', (value, problem) => {
    expect(problems(value)[0]).toBe(problem);
  });

  it.each([
    '-o',
    '-ox',
    '-felf',
    '-g',
    '-lx',
    '-MD',
    '-E',
    '-Pfile',
    '-pfile',
    '@file',
    'x.asm',
    '',
    '-',
    '-D',
    '-D X',
    '-D=',
    '-w',
    '-O',
    '-Xgnu',
    '-s',
    '-Zx',
    '-DX\0',
    '--before',
  ])('is a flag that would change what NASM makes or reads: %j', (flag) => {
    expect(problems({ nasm: { flags: [flag] } })).toHaveLength(1);
  });

  it('comes with what to do', () => {
    expect(failure({ include: 'asm' }).hint).toBe("For all sources in a folder write 'asm/**/*.asm'.");
    expect(failure({ include: 'asm/*.s' }).hint).toBe("For all sources in a folder write 'asm/**/*.asm'.");
    expect(failure({ include: '*.s' }).hint).toBe("For all sources in a folder write '**/*.asm'.");
    expect(failure({ include: '!x' }).hint).toContain('exclude');
    expect(failure({ nasm: { flags: ['-i lib'] } }).hint).toBe('Name the folder in includePaths.');
    expect(failure({ golden: '{name}' }).hint).toContain('goldens/{path}');
  });
});

describe('many problems', () => {
  it('are told at once', () => {
    expect(problems({ jobs: 0, tiemout: 1, nasm: { flags: [1, '-DX', 2] } })).toEqual([
      'jobs must be a whole number from 1 to 64, it is 0',
      'tiemout is not a setting (did you mean timeout?)',
      'nasm.flags[0] must be a string, it is a number',
      'nasm.flags[2] must be a string, it is a number',
    ]);
  });

  it('are not all told', () => {
    const value = Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`key${index}`, index]));
    expect(problems(value)).toHaveLength(10);
    expect(problems({ nasm: { flags: new Array(1000).fill(0) } })).toHaveLength(10);
  });
});

describe('a hostile value', () => {
  it('is a list without end', () => {
    const endless = new Array(2 ** 32 - 1);
    expect(problems({ exclude: endless })).toEqual([
      'exclude must have 1000 entries at the most, it has 4294967295',
    ]);
  });

  it('contains itself', () => {
    const knot: Record<string, unknown> = {};
    knot['nasm'] = knot;
    expect(problems(knot)).toEqual(['nasm.nasm is not a setting']);
  });

  it('throws when it is looked at', () => {
    const thrower = (): never => {
      throw new Error('no\nnot at all');
    };
    const withGetter = (key: string): object =>
      Object.defineProperty({}, key, { enumerable: true, get: thrower });
    const withTrap = (trap: string): object => new Proxy({ timeout: 1 }, { [trap]: thrower });
    const values = [
      withGetter('timeout'),
      withGetter('nasm'),
      { nasm: withGetter('flags') },
      { exclude: new Proxy([], { get: thrower }) },
      ...['ownKeys', 'get', 'getOwnPropertyDescriptor'].map(withTrap),
    ];
    for (const value of values) {
      expect(failure(value).message).toBe(`${FILE}: the settings cannot be read: no`);
    }
  });

  it('is a proxy that was revoked', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(failure(proxy).message).toContain('the settings cannot be read');
    expect(failure({ exclude: proxy }).message).toContain('the settings cannot be read');
  });

  it('is a text without end', () => {
    expect(failure({ golden: 'x'.repeat(1e6) }).message.length).toBeLessThan(200);
    expect(failure({ include: `${'*'.repeat(1e6)}/` }).message.length).toBeLessThan(200);
    expect(failure({ [`x${'y'.repeat(1e6)}`]: 1 }).message.length).toBeLessThan(200);
  });
});
