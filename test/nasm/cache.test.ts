import {
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assemble, readCached } from '../../src/nasm/assemble.ts';
import { type CacheBounds, sweep } from '../../src/nasm/cache.ts';
import { doPending } from '../../src/nasm/later.ts';
import { useSandbox } from './sandbox.ts';

const sandbox = useSandbox();

async function bytes(source = 'asm/x.asm', options = {}): Promise<number[]> {
  return [...(await assemble(source, options)).bytes];
}

/** A NASM that was found is not looked for again for a tenth of a second. */
function nasmLookedForAgain(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 150));
}

function onlyEntry(): string {
  const [name = ''] = readdirSync(sandbox.cacheDir);
  return join(sandbox.cacheDir, name);
}

describe('an unchanged source', () => {
  it('starts no NASM, and gives the same image, warnings, symbols and listing', async () => {
    sandbox.write('asm/x.asm', '%include "lib.inc"\nstart: db 300\nincbin "asm/b.bin"\n');
    sandbox.write('asm/lib.inc', '%warning careful\n');
    sandbox.write('asm/b.bin', 'b');
    expect(readCached('asm/x.asm')).toBeUndefined();
    const first = await assemble('asm/x.asm');
    const again = await assemble('asm/x.asm');
    const fast = readCached('asm/x.asm');
    expect(sandbox.nasmStarts()).toBe(1);
    expect([first.cached, again.cached, fast?.cached]).toEqual([false, true, true]);
    expect(first.warnings).toMatchObject([{ message: 'careful' }, { message: 'byte data exceeds bounds' }]);
    for (const image of [again, fast]) {
      expect(image?.bytes).toEqual(first.bytes);
      expect(image?.warnings).toEqual(first.warnings);
      expect(image?.symbols).toEqual(first.symbols);
      expect(image?.listing).toBe(first.listing);
      expect(image?.dependencies).toEqual(first.dependencies);
    }
  });

  it('gives bytes in memory of their own', async () => {
    sandbox.write('asm/x.asm', 'db 1, 2\n');
    await bytes();
    expect(readCached('asm/x.asm')?.bytes.buffer.byteLength).toBe(2);
  });
});

describe('NASM runs again', () => {
  it('when the source, an include or an incbin changes, also to the same size', async () => {
    sandbox.write('asm/x.asm', 'db 1\n%include "asm/a.inc"\n');
    sandbox.write('asm/a.inc', '%include "asm/b.inc"\n');
    sandbox.write('asm/b.inc', 'incbin "asm/c.bin"\n');
    sandbox.write('asm/c.bin', 'c');
    expect(await bytes()).toEqual([1, 0x63]);
    sandbox.write('asm/c.bin', 'd');
    expect(await bytes()).toEqual([1, 0x64]);
    sandbox.write('asm/b.inc', 'db 0x65\n');
    expect(await bytes()).toEqual([1, 0x65]);
    sandbox.write('asm/x.asm', 'db 2\n%include "asm/a.inc"\n');
    expect(await bytes()).toEqual([2, 0x65]);
    expect(sandbox.nasmStarts()).toBe(4);
  });

  it('when a new file comes before an include in the search order', async () => {
    sandbox.write('asm/x.asm', '%include "lib.inc"\n');
    sandbox.write('inc/lib.inc', 'db 3\n');
    const options = { includePaths: ['inc'] };
    expect(await bytes('asm/x.asm', options)).toEqual([3]);
    sandbox.write('asm/lib.inc', 'db 2\n');
    expect(await bytes('asm/x.asm', options)).toEqual([2]);
    sandbox.write('lib.inc', 'db 1\n');
    expect(await bytes('asm/x.asm', options)).toEqual([1]);
    rmSync('lib.inc');
    expect(await bytes('asm/x.asm', options)).toEqual([2]);
  });

  it('when a file that %if left out appears', async () => {
    sandbox.write('asm/x.asm', '%ifdef MORE\n%include "more.inc"\n%endif\ndb 1\n');
    await bytes();
    expect(readCached('asm/x.asm')).toBeDefined();
    sandbox.write('more.inc', 'db 2\n');
    expect(readCached('asm/x.asm')).toBeUndefined();
  });

  it('when an include is deleted', async () => {
    sandbox.write('asm/x.asm', '%include "lib.inc"\n');
    const lib = sandbox.write('lib.inc', 'db 3\n');
    await bytes();
    rmSync(lib);
    await expect(assemble('asm/x.asm')).rejects.toMatchObject({ code: 'assembly' });
  });

  it('when a symbolic link leads elsewhere', async () => {
    sandbox.write('v1.inc', 'db 1\n');
    sandbox.write('v2.inc', 'db 2\n');
    sandbox.write('asm/x.asm', '%include "lib.inc"\n');
    symlinkSync('v1.inc', 'lib.inc');
    expect(await bytes()).toEqual([1]);
    rmSync('lib.inc');
    symlinkSync('v2.inc', 'lib.inc');
    expect(await bytes()).toEqual([2]);
  });

  it('when NASM, NASMENV, the include paths or the current folder change', async () => {
    const source = sandbox.write('asm/x.asm', '%ifdef A\ndb 1\n%else\ndb 0\n%endif\n');
    expect(await bytes(source)).toEqual([0]);
    sandbox.env('NASMENV', '-dA');
    expect(await bytes(source)).toEqual([1]);
    sandbox.env('NASMENV', undefined);
    expect(await bytes(source)).toEqual([0]);
    expect(sandbox.nasmStarts()).toBe(2);
    await bytes(source, { includePaths: ['inc'] });
    expect(sandbox.nasmStarts()).toBe(3);
    process.chdir('asm');
    await bytes(source);
    expect(sandbox.nasmStarts()).toBe(4);
    utimesSync(join(sandbox.folder, 'counting-nasm'), 1, 1);
    await nasmLookedForAgain();
    await bytes(source);
    expect(sandbox.nasmStarts()).toBe(5);
    await bytes(source, { flags: ['-DA'] });
    await bytes(source, { flags: ['-DB'] });
    expect(sandbox.nasmStarts()).toBe(7);
  });

  it.each([
    'dd __POSIX_TIME__',
    'db __DATE__',
    'db __?UTC_TIME?__',
    'dd __?DATE_NUM?__',
    '%defstr H %!HOME\ndb H',
    "%defstr H %!'HOME'\ndb H",
    '%ifenv HOME\ndb 1\n%endif',
    '%deftok D "__DATE__"\ndb D',
    '%define I inc\nI%+bin "x.inc"',
    '%pathsearch P "x"\ndb P',
    '%define L "x.inc"\n%include L',
  ])('each time for %j', async (text) => {
    sandbox.write('x.inc', '');
    sandbox.write('asm/x.asm', `${text}\n`);
    await bytes();
    expect(readCached('asm/x.asm')).toBeUndefined();
  });

  it('but not for comments and strings that mention such things', async () => {
    sandbox.write('asm/x.asm', 'db ";100%! __TIME__" ; not __DATE__, nor %!HOME, nor %include "x"\n');
    await bytes();
    expect(readCached('asm/x.asm')).toBeDefined();
  });

  it.each(['-I/tmp/', '-Pp.inc', '-DX=__DATE__', '-DX=%!HOME'])(
    'each time for NASMENV=%s',
    async (nasmEnv) => {
      sandbox.env('NASMENV', nasmEnv);
      sandbox.write('p.inc', '');
      sandbox.write('asm/x.asm', 'db 1\n');
      await bytes();
      expect(readCached('asm/x.asm')).toBeUndefined();
    },
  );

  it.each(['-DX=__?POSIX_TIME?__', '-DX=%!HOME'])('each time for the flag %s', async (flag) => {
    sandbox.write('asm/x.asm', 'db 1\n');
    await bytes('asm/x.asm', { flags: [flag] });
    expect(readCached('asm/x.asm', { flags: [flag] })).toBeUndefined();
  });
});

describe('an entry', () => {
  it('that is cut short anywhere, or has a wrong byte, never gives another image', async () => {
    sandbox.write('asm/x.asm', 'db 300\n%include "lib.inc"\n');
    sandbox.write('lib.inc', 'db "text"\n');
    const image = await assemble('asm/x.asm');
    doPending();
    const path = onlyEntry();
    const whole = readFileSync(path);
    const file = openSync(path, 'r+');
    for (let length = whole.length - 1; length >= 0; length--) {
      ftruncateSync(file, length);
      expect(readCached('asm/x.asm')).toBeUndefined();
    }
    writeSync(file, whole, 0, whole.length, 0);
    for (let at = 0; at < whole.length; at++) {
      writeSync(file, Uint8Array.of((whole[at] ?? 0) ^ 0x41), 0, 1, at);
      const read = readCached('asm/x.asm');
      writeSync(file, whole, at, 1, at);
      if (read === undefined) continue;
      expect(read.bytes).toEqual(image.bytes);
      expect(read.warnings).toEqual(image.warnings);
    }
    closeSync(file);
    expect(readCached('asm/x.asm')).toBeDefined();
    writeFileSync(path, Buffer.alloc(whole.length));
    expect([...(await assemble('asm/x.asm')).bytes]).toEqual([...image.bytes]);
    expect(readCached('asm/x.asm')).toBeDefined();
  });

  it('that is half of another one counts for nothing', async () => {
    sandbox.write('asm/x.asm', 'db 1\n');
    let path = '';
    const stored = async (): Promise<Buffer> => {
      await bytes();
      doPending();
      path = onlyEntry();
      const entry = readFileSync(path);
      rmSync(path);
      return entry;
    };
    const [one, other] = [await stored(), await stored()];
    writeFileSync(path, other);
    const file = openSync(path, 'r+');
    for (let at = 0; at < one.length; at++) {
      writeSync(file, one, at, 1, at);
      const mixed = Buffer.concat([one.subarray(0, at + 1), other.subarray(at + 1)]);
      if (mixed.equals(one) || mixed.equals(other)) continue;
      expect(readCached('asm/x.asm')).toBeUndefined();
    }
    closeSync(file);
  });

  it('is not made when a file changes while NASM runs', async () => {
    sandbox.write('asm/x.asm', '%include "lib.inc"\n');
    sandbox.write('lib.inc', 'db 1\n');
    const nasm = join(sandbox.folder, 'counting-nasm');
    const script = readFileSync(nasm, 'utf8');
    writeFileSync(nasm, script.replace('exec ', "echo 'db 2' > lib.inc\nexec "));
    expect(await bytes()).toEqual([2]);
    expect(readCached('asm/x.asm')).toBeUndefined();
  });

  it('may be stored by many at once', async () => {
    sandbox.write('asm/x.asm', 'db 1\n');
    sandbox.write('asm/y.asm', 'db 2\n');
    const sources = ['asm/x.asm', 'asm/y.asm', 'asm/x.asm', 'asm/y.asm', 'asm/x.asm', 'asm/y.asm'];
    const images = await Promise.all(sources.map((source) => assemble(source)));
    expect(images.map((image) => image.bytes[0])).toEqual([1, 2, 1, 2, 1, 2]);
    expect(readCached('asm/x.asm')?.bytes[0]).toBe(1);
    expect(readCached('asm/y.asm')?.bytes[0]).toBe(2);
    expect(readdirSync(sandbox.cacheDir)).toHaveLength(2);
  });
});

describe('the cache folder', () => {
  it.each(['a file', 'a device'])('costs only speed when it is %s', async (kind) => {
    sandbox.write('asm/x.asm', 'db 1\n');
    const cacheDir = kind === 'a device' ? '/dev/null/cache' : sandbox.write('cache', 'not a folder');
    expect(await bytes('asm/x.asm', { cacheDir })).toEqual([1]);
    expect(await bytes('asm/x.asm', { cacheDir })).toEqual([1]);
    expect(sandbox.nasmStarts()).toBe(2);
  });

  it('is $GUESTKIT_CACHE_DIR, else in an absolute $XDG_CACHE_HOME, else in ~/.cache', async () => {
    sandbox.write('asm/x.asm', 'db 1\n');
    sandbox.env('HOME', join(sandbox.folder, 'home'));
    sandbox.env('XDG_CACHE_HOME', join(sandbox.folder, 'xdg'));
    await bytes();
    doPending();
    expect(readdirSync(sandbox.cacheDir)).toHaveLength(1);
    sandbox.env('GUESTKIT_CACHE_DIR', undefined);
    await bytes();
    doPending();
    expect(readdirSync('xdg/guestkit')).toHaveLength(1);
    sandbox.env('XDG_CACHE_HOME', 'relative');
    await bytes();
    doPending();
    expect(readdirSync('home/.cache/guestkit')).toHaveLength(1);
    sandbox.env('XDG_CACHE_HOME', '');
    sandbox.env('HOME', '');
    await bytes();
    expect(sandbox.nasmStarts()).toBe(4);
  });

  it('is swept of the oldest entries, and of nothing else', () => {
    mkdirSync(sandbox.cacheDir);
    const put = (name: string, age: number): void => {
      const path = join(sandbox.cacheDir, name);
      writeFileSync(path, '12345678');
      const time = Date.now() / 1000 - age;
      utimesSync(path, time, time);
    };
    const entry = (digit: number): string => `${String(digit).repeat(16)}.image`;
    for (let digit = 0; digit < 6; digit++) put(entry(digit), digit * 10);
    put('notes.txt', 100_000);
    mkdirSync(join(sandbox.cacheDir, entry(9)));
    const kept = ['notes.txt', entry(9)];
    const sweepTo = (bounds: CacheBounds): string[] => {
      sweep(sandbox.cacheDir, bounds);
      return readdirSync(sandbox.cacheDir).sort();
    };
    expect(sweepTo({ entries: 4, bytes: 1000 })).toEqual([...[0, 1, 2, 3].map(entry), ...kept].sort());
    expect(sweepTo({ entries: 4, bytes: 16 })).toEqual([...[0, 1].map(entry), ...kept].sort());
  });

  it('keeps the builds of a suite of ten thousand guests', () => {
    mkdirSync(sandbox.cacheDir);
    const entry = sandbox.write('entry', '');
    for (let index = 0; index < 10_000; index++) {
      linkSync(entry, join(sandbox.cacheDir, `${String(index).padStart(16, '0')}.image`));
    }
    sweep(sandbox.cacheDir);
    expect(readdirSync(sandbox.cacheDir)).toHaveLength(10_000);
  });
});
