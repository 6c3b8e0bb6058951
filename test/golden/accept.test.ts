import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acceptPending } from '../../src/golden/accept.ts';
import type { NewVerdict, PendingGolden } from '../../src/golden/verdict.ts';
import { testCase } from './case-run.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'guestkit-accept-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const at = (path: string): string => join(root, path);
const pendingOf = (path: string, actual: Uint8Array | string = 'hello\n'): PendingGolden => ({
  channel: 'serial',
  path: at(path),
  expected: undefined,
  actual: Buffer.from(actual),
});
const verdictOf = (pending: PendingGolden[], refusal?: NewVerdict['refusal']): NewVerdict => ({
  status: 'new',
  case: testCase,
  outcome: { kind: 'halted' },
  durationMs: 1,
  attempts: 1,
  pending,
  refusal,
});

it('writes the bytes as they are, and leaves no other file', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  writeFileSync(at('y.golden'), 'old');
  expect(acceptPending(verdictOf([pendingOf('x.golden', bytes), pendingOf('y.golden', '')]))).toEqual([
    at('x.golden'),
    at('y.golden'),
  ]);
  expect(Buffer.compare(readFileSync(at('x.golden')), bytes)).toBe(0);
  expect(readFileSync(at('y.golden'))).toHaveLength(0);
  expect(readdirSync(root)).toEqual(['x.golden', 'y.golden']);
});

it('writes nothing where goldens are not the reason', () => {
  expect(acceptPending(verdictOf([]))).toEqual([]);
});

it('makes the folders that the naming of goldens asks for', () => {
  expect(acceptPending(verdictOf([pendingOf('goldens/uart/x.golden')]))).toEqual([
    at('goldens/uart/x.golden'),
  ]);
  expect(readFileSync(at('goldens/uart/x.golden'), 'utf8')).toBe('hello\n');
});

it('keeps the mode, and a link a link', () => {
  writeFileSync(at('real.golden'), 'old');
  chmodSync(at('real.golden'), 0o640);
  symlinkSync('real.golden', at('x.golden'));
  acceptPending(verdictOf([pendingOf('x.golden')]));
  expect(readlinkSync(at('x.golden'))).toBe('real.golden');
  expect(readFileSync(at('real.golden'), 'utf8')).toBe('hello\n');
  expect(statSync(at('real.golden')).mode & 0o777).toBe(0o640);
  expect(readdirSync(root)).toEqual(['real.golden', 'x.golden']);
});

it('writes nothing when the verdict refuses', () => {
  writeFileSync(at('x.golden'), 'old');
  const refusal = { message: 'x.golden was not written: the guest halted', hint: 'Mend the guest.' };
  expect(() => acceptPending(verdictOf([pendingOf('x.golden')], refusal))).toThrow(
    expect.objectContaining({ code: 'file', ...refusal }),
  );
  expect(readFileSync(at('x.golden'), 'utf8')).toBe('old');
  expect(readdirSync(root)).toEqual(['x.golden']);
});

describe('what cannot be written', () => {
  const refusal = (message: string): unknown => expect.objectContaining({ code: 'file', message });

  it('is a folder', () => {
    mkdirSync(at('x.golden'));
    expect(() => acceptPending(verdictOf([pendingOf('x.golden')]))).toThrow(
      refusal(`cannot write ${at('x.golden')}: EISDIR: illegal operation on a directory`),
    );
    expect(readdirSync(root)).toEqual(['x.golden']);
  });

  it('is a pipe, which stays one', () => {
    execFileSync('mkfifo', [at('pipe')]);
    symlinkSync('pipe', at('x.golden'));
    expect(() => acceptPending(verdictOf([pendingOf('x.golden')]))).toThrow(
      refusal(`cannot write ${at('x.golden')}: it is not a regular file`),
    );
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
    expect(readdirSync(root)).toEqual(['pipe', 'x.golden']);
  });

  it('lies below a file', () => {
    writeFileSync(at('goldens'), '');
    expect(() => acceptPending(verdictOf([pendingOf('goldens/uart/x.golden')]))).toThrow(
      refusal(`cannot make the folder ${at('goldens/uart')}: ENOTDIR: not a directory`),
    );
  });
});

describe('when no more can be written', () => {
  const LIMIT = 64 * 1024;
  const tooMuch = Buffer.alloc(LIMIT + 1, 'new\n');

  /** No file of this process may grow beyond the limit (RLIMIT_FSIZE): `write` fails in its middle. */
  function withFileLimit(body: () => void): void {
    const prlimit = (soft: number | 'unlimited'): void => {
      execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${soft}:`]);
    };
    prlimit(LIMIT);
    try {
      body();
    } finally {
      prlimit('unlimited');
    }
  }

  it('the old golden is intact, no part is left behind, and what was written before stays', () => {
    writeFileSync(at('x.golden'), 'old');
    const pending = [pendingOf('before.golden'), pendingOf('x.golden', tooMuch), pendingOf('after.golden')];
    withFileLimit(() => {
      expect(() => acceptPending(verdictOf(pending))).toThrow(
        expect.objectContaining({
          code: 'file',
          message: `cannot write ${at('x.golden')}: EFBIG: file too large`,
        }),
      );
    });
    expect(readFileSync(at('x.golden'), 'utf8')).toBe('old');
    expect(readdirSync(root)).toEqual(['before.golden', 'x.golden']);
    expect(acceptPending(verdictOf([pendingOf('x.golden', tooMuch)]))).toHaveLength(1);
    expect(statSync(at('x.golden')).size).toBe(tooMuch.length);
  });

  it('a golden that was not there is still not there', () => {
    withFileLimit(() => {
      expect(() => acceptPending(verdictOf([pendingOf('x.golden', tooMuch)]))).toThrow('EFBIG');
    });
    expect(existsSync(at('x.golden'))).toBe(false);
    expect(readdirSync(root)).toEqual([]);
  });
});
