import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTestCases, readDirectives, readGolden, testCaseOf } from '../../src/golden/test-case.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'guestkit-cases-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, content: string | Uint8Array = ''): string {
  const target = join(root, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, content);
  return target;
}

const names = (): string[] => findTestCases(root).map((each) => each.name);

describe('findTestCases', () => {
  it('finds every source with a golden beside it, at any depth', () => {
    for (const path of ['hello.asm', 'hello.golden', 'uart/echo.asm', 'uart/echo.golden'])
      write(`asm/${path}`);
    for (const path of ['no-golden.asm', 'no-source.golden', 'notes.txt', 'x.asm.golden'])
      write(`asm/${path}`);
    write('elsewhere/a.asm');
    write('elsewhere/a.golden');
    expect(findTestCases(root)).toEqual([
      { name: 'asm/hello', source: join(root, 'asm/hello.asm'), golden: join(root, 'asm/hello.golden') },
      {
        name: 'asm/uart/echo',
        source: join(root, 'asm/uart/echo.asm'),
        golden: join(root, 'asm/uart/echo.golden'),
      },
    ]);
  });

  it('sorts by code units, not by the customs of a country', () => {
    const stems = ['b', 'B', 'a', 'ä', 'a-b', 'a/z', 'a b', 'z', '10', '9', 'Z'];
    for (const stem of stems) {
      write(`asm/${stem}.asm`);
      write(`asm/${stem}.golden`);
    }
    expect(names()).toEqual(stems.map((stem) => `asm/${stem}`).sort());
  });

  it('has nothing to find where there is no asm folder', () => {
    expect(names()).toEqual([]);
    mkdirSync(join(root, 'asm'));
    expect(names()).toEqual([]);
  });

  it('refuses an asm that is no folder', () => {
    write('asm');
    expect(names).toThrow(
      expect.objectContaining({ code: 'file', message: expect.stringContaining('ENOTDIR') }),
    );
  });

  it('leaves hidden files and folders alone', () => {
    for (const stem of ['.#x', '.git/x', '']) {
      write(`asm/${stem}.asm`);
      write(`asm/${stem}.golden`);
    }
    expect(names()).toEqual([]);
  });

  it('follows links to files, not to folders, so that a loop ends', () => {
    write('asm/a/real.asm');
    write('asm/a/real.golden');
    symlinkSync('..', join(root, 'asm/a/up'));
    symlinkSync('.', join(root, 'asm/a/here'));
    symlinkSync('/', join(root, 'asm/everything'));
    symlinkSync('a', join(root, 'asm/folder.asm'));
    write('asm/folder.golden');
    symlinkSync('a/real.asm', join(root, 'asm/link.asm'));
    write('asm/link.golden');
    expect(names()).toEqual(['asm/a/real', 'asm/link']);
  });

  it('keeps a case whose source is a link to nowhere or to itself, so that it fails by name', () => {
    symlinkSync(
      'gone.asm',
      join(
        root,
        write('asm/dead.golden')
          .slice(root.length + 1, -7)
          .concat('.asm'),
      ),
    );
    symlinkSync('loop.asm', join(root, 'asm/loop.asm'));
    write('asm/loop.golden');
    expect(names()).toEqual(['asm/dead', 'asm/loop']);
  });

  it('keeps a case whose golden is a folder, and walks a folder named like a source', () => {
    write('asm/a.asm');
    mkdirSync(join(root, 'asm/a.golden'));
    write('asm/b.asm/c.asm');
    write('asm/b.asm/c.golden');
    write('asm/b.golden');
    expect(names()).toEqual(['asm/a', 'asm/b.asm/c']);
  });
});

it('names the case of a source that has no golden yet', () => {
  const source = join(root, 'asm/x y/ü.asm');
  expect(testCaseOf(root, source)).toEqual({
    name: 'asm/x y/ü',
    source,
    golden: join(root, 'asm/x y/ü.golden'),
  });
  expect(testCaseOf('', 'asm/x.asm')).toEqual({ name: 'asm/x', source: 'asm/x.asm', golden: 'asm/x.golden' });
});

describe('readGolden', () => {
  it('gives the raw bytes', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    expect(Buffer.compare(readGolden(write('x.golden', bytes)) ?? Buffer.of(), bytes)).toBe(0);
    expect(readGolden(write('empty.golden'))).toHaveLength(0);
  });

  it('gives nothing where nothing is', () => {
    expect(readGolden(join(root, 'x.golden'))).toBeUndefined();
    symlinkSync('gone', join(root, 'dead.golden'));
    expect(readGolden(join(root, 'dead.golden'))).toBeUndefined();
  });

  const refusal = (path: string, reason: string): unknown =>
    expect.objectContaining({ code: 'file', message: `cannot read ${path}: ${reason}` });

  it('refuses a folder', () => {
    expect(() => readGolden(root)).toThrow(refusal(root, 'it is a folder'));
  });

  it('refuses devices and pipes without waiting for them', () => {
    expect(() => readGolden('/dev/zero')).toThrow(refusal('/dev/zero', 'it is not a regular file'));
    const pipe = join(root, 'pipe.golden');
    execFileSync('mkfifo', [pipe]);
    expect(() => readGolden(pipe)).toThrow(refusal(pipe, 'it is not a regular file'));
  });

  it('refuses what is larger than 64 MiB', () => {
    const path = write('x.golden');
    truncateSync(path, 64 * 2 ** 20 + 1);
    expect(() => readGolden(path)).toThrow(
      refusal(path, 'it has 67108865 bytes, and at most 67108864 are read'),
    );
  });

  it('says why it could not be read', () => {
    const loop = join(root, 'loop.golden');
    symlinkSync('loop.golden', loop);
    expect(() => readGolden(loop)).toThrow(refusal(loop, 'ELOOP: too many symbolic links encountered'));
    const below = join(write('file'), 'x.golden');
    expect(() => readGolden(below)).toThrow(refusal(below, 'ENOTDIR: not a directory'));
  });
});

describe('readDirectives', () => {
  it('reads a source, whatever its encoding', () => {
    const source = write(
      'x.asm',
      Buffer.from('; caf\xe9\n; guestkit: exit=3 input="\u00c3\u00a9"\n', 'latin1'),
    );
    expect(readDirectives(source)).toEqual({ exit: 3, input: Buffer.from('é') });
  });

  it('refuses input that is not UTF-8 rather than sending something else', () => {
    const source = write('x.asm', Buffer.from('; guestkit: input="a\xe9"', 'latin1'));
    expect(() => readDirectives(source, 'asm/x.asm')).toThrow(
      'asm/x.asm:1:21: input: the text is not UTF-8 here; write such a byte as \\xNN',
    );
  });

  it('names a source that is missing or no file', () => {
    const gone = join(root, 'gone.asm');
    expect(() => readDirectives(gone)).toThrow(`cannot read ${gone}: there is no such file`);
    expect(() => readDirectives(root)).toThrow(`cannot read ${root}: it is a folder`);
  });
});
