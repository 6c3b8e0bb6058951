import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHANNELS, goldenPath } from '../../src/golden/channels.ts';
import { readGoldens } from '../../src/golden/read-goldens.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'guestkit-goldens-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});
const stem = (): string => join(root, 'x');
const all = (): boolean => true;

it('reads those that are there', () => {
  expect(readGoldens(stem(), all)).toEqual({});
  for (const channel of CHANNELS)
    writeFileSync(goldenPath(stem(), channel), Uint8Array.of(0xff, CHANNELS.indexOf(channel)));
  const goldens = readGoldens(stem(), existsSync);
  expect(Object.entries(goldens).map(([channel, bytes]) => [channel, ...bytes])).toEqual([
    ['serial', 0xff, 0],
    ['debug', 0xff, 1],
    ['regs', 0xff, 2],
    ['mem', 0xff, 3],
    ['exits', 0xff, 4],
  ]);
});

it('does not look for what is known not to be there', () => {
  writeFileSync(`${stem()}.golden`, '');
  mkdirSync(`${stem()}.regs.golden`);
  expect(readGoldens(stem(), (path) => path === `${stem()}.golden`)).toEqual({ serial: Buffer.of() });
});

describe('a golden that cannot be read', () => {
  const refusal = (path: string, reason: string): unknown =>
    expect.objectContaining({ code: 'file', message: `cannot read ${path}: ${reason}` });

  it('is a folder', () => {
    mkdirSync(`${stem()}.mem.golden`);
    expect(() => readGoldens(stem(), all)).toThrow(refusal(`${stem()}.mem.golden`, 'it is a folder'));
  });

  it('is 1 GB', () => {
    const path = `${stem()}.golden`;
    writeFileSync(path, '');
    truncateSync(path, 2 ** 30);
    expect(statSync(path).size).toBe(2 ** 30);
    expect(() => readGoldens(stem(), all)).toThrow(
      refusal(path, 'it has 1073741824 bytes, and at most 67108864 are read'),
    );
  });

  it.each([
    ['debug', 64],
    ['regs', 1],
    ['mem', 1],
    ['exits', 4],
  ] as const)('for %s has more than %i MiB', (channel, mib) => {
    const path = goldenPath(stem(), channel);
    const most = mib * 2 ** 20;
    writeFileSync(path, '');
    truncateSync(path, most);
    expect(readGoldens(stem(), existsSync)[channel]).toHaveLength(most);
    truncateSync(path, most + 1);
    expect(() => readGoldens(stem(), existsSync)).toThrow(
      refusal(path, `it has ${most + 1} bytes, and at most ${most} are read`),
    );
  });

  it('may not be read', () => {
    const path = `${stem()}.golden`;
    writeFileSync(path, 'x');
    chmodSync(path, 0);
    chmodSync(root, 0o755);
    asNobody(() => {
      expect(() => readGoldens(stem(), all)).toThrow(refusal(path, 'EACCES: permission denied'));
    });
  });

  it('is a link to itself, or lies below a file', () => {
    symlinkSync('x.golden', `${stem()}.golden`);
    expect(() => readGoldens(stem(), all)).toThrow(
      refusal(`${stem()}.golden`, 'ELOOP: too many symbolic links encountered'),
    );
    writeFileSync(join(root, 'file'), '');
    expect(() => readGoldens(join(root, 'file/x'), all)).toThrow('ENOTDIR: not a directory');
  });
});

/** Permissions mean nothing to root. */
function asNobody(body: () => void): void {
  const isRoot = process.geteuid?.() === 0;
  try {
    if (isRoot) process.seteuid?.(65534);
    body();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}
