import { renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FileSignature } from '../../src/file-signature.ts';
import type { SuiteSource } from '../../src/runner/guest.ts';
import { type PreparedGuest, prepareGuest } from '../../src/runner/prepare-guest.ts';
import { decodeGuest } from '../../src/runner/stored-guest.ts';
import { exit, guest, prints } from '../support/guests.ts';
import { seededRandom } from '../support/random.ts';
import { NASM, settle, sourceOf, useProject } from './project.ts';

const project = useProject();

/** A source with all that a record can hold, and an include. */
const EVERYTHING = guest(
  '; guestkit: timeout=2s memory=2M',
  '; case: one input="\\x00\\xff\\r" exit=3',
  '; expect: hello',
  '; expect-re: ^h.*o$',
  '; case: two skip="later"',
  '; test: add ax=1 bx=-2 [0x500]="a\\x80" cf=1 -> ax=-1 [buffer]="x" zf=0 serial="\\xfe"',
  '%include "asm/part.inc"',
  'add: ret',
  'buffer: db 0',
);
const GOLDENS = {
  '.one.golden': Uint8Array.from({ length: 256 }, (_, byte) => byte),
  '.one.debug.golden': '',
  '.one.regs.golden': 'ax=1\n',
  '.two.golden': 'two',
  '.in': 'input\0',
};

/** A guest that was made ready, with its record. */
type Recorded = Omit<PreparedGuest, 'record'> & { record: Buffer };

async function prepared(source: SuiteSource): Promise<Recorded> {
  await settle();
  const made = await prepareGuest(source, NASM, undefined);
  expect(made.error).toBeUndefined();
  const { record } = made;
  if (record === undefined) throw new Error(`no record of ${source.path}`);
  return { ...made, record: Buffer.from(record) };
}

function decode(record: Buffer, source: SuiteSource): ReturnType<typeof decodeGuest> {
  return decodeGuest(record, source, new Map());
}

async function everything(): Promise<Recorded & { source: SuiteSource }> {
  project.write('asm/part.inc', 'nop\n');
  project.guest('asm/all.asm', EVERYTHING, GOLDENS);
  const source = sourceOf('asm/all.asm');
  return { ...(await prepared(source)), source };
}

describe('a stored guest', () => {
  it('comes back as it was, bytes in its plans and goldens included', async () => {
    const { guest: made, files, absent, record, source } = await everything();
    expect(made?.cases.map(({ testCase }) => testCase.name)).toHaveLength(3);
    const back = decode(record, source);
    expect(back?.files).toEqual(files);
    expect(back?.absent).toEqual(absent);
    expect(Buffer.from(back?.guest.bytes ?? [])).toEqual(Buffer.from(made?.bytes ?? [0]));
    const plain = (cases: unknown): unknown =>
      JSON.parse(
        JSON.stringify(cases, function (this: Record<string, unknown>, key, value) {
          const raw = this[key];
          return raw instanceof Uint8Array ? Buffer.from(raw).toString('hex') : value;
        }),
      );
    expect(plain(back?.guest.cases)).toEqual(plain(made?.cases));
    const [one, , routine] = back?.guest.cases ?? [];
    expect(one?.plan.settings.input).toBeInstanceOf(Uint8Array);
    expect([...(one?.plan.settings.input ?? [])]).toEqual([0, 0xff, 13]);
    expect([...(one?.goldens.serial ?? [])]).toEqual([...GOLDENS['.one.golden']]);
    expect(one?.goldens.debug).toHaveLength(0);
    expect(one?.goldens.exits).toBeUndefined();
    expect([...(routine?.plan.call?.prints ?? [])]).toEqual([0xfe]);
  });

  it('is a source without test cases, too', async () => {
    project.guest('asm/part.asm', 'nop\n');
    const source = sourceOf('asm/part.asm');
    const { record } = await prepared(source);
    expect(decode(record, source)?.guest).toMatchObject({ cases: [] });
  });

  it.each([
    ['its source', 'asm/all.asm'],
    ['an include', 'asm/part.inc'],
    ['a golden', 'asm/all.two.golden'],
    ['an input', 'asm/all.in'],
  ])('is stale when %s changes, though size and time stay', async (_what, path) => {
    const { record, source } = await everything();
    expect(decode(record, source)).toBeDefined();
    const { atime, mtime, size } = statSync(path);
    writeFileSync(path, ' '.repeat(size));
    utimesSync(path, atime, mtime);
    expect(decode(record, source)).toBeUndefined();
  });

  it('is stale when a file is replaced or gone', async () => {
    const { record, source } = await everything();
    project.write('asm/other.inc', 'nop\n');
    renameSync('asm/other.inc', 'asm/part.inc');
    expect(decode(record, source)).toBeUndefined();
    rmSync('asm/part.inc');
    expect(decode(record, source)).toBeUndefined();
  });

  it('is stale when a golden or an input comes or goes', async () => {
    const { record } = await everything();
    project.write('asm/all.one.exits.golden', 'out 0x01 0x00\n');
    expect(decode(record, sourceOf('asm/all.asm'))).toBeUndefined();
    rmSync('asm/all.one.exits.golden');
    expect(decode(record, sourceOf('asm/all.asm'))).toBeDefined();
    rmSync('asm/all.two.golden');
    expect(decode(record, sourceOf('asm/all.asm'))).toBeUndefined();
  });

  it('is stale when a file comes before one that was included', async () => {
    project.write('asm/part.inc', 'nop\n');
    project.guest('asm/x.asm', prints('x').replace('org 0', 'org 0\n%include "part.inc"'), {
      '.golden': 'x',
    });
    const source = sourceOf('asm/x.asm');
    const { record } = await prepared(source);
    expect(decode(record, source)).toBeDefined();
    project.write('part.inc', 'hlt\n');
    expect(decode(record, source)).toBeUndefined();
  });

  it('holds for a source without expectations only while it is named, or not', async () => {
    project.guest('asm/x.asm', prints('x'));
    const [named, unnamed] = [sourceOf('asm/x.asm', true), sourceOf('asm/x.asm')];
    const { record } = await prepared(named);
    expect(decode(record, named)?.guest.cases).toHaveLength(1);
    expect(decode(record, unnamed)).toBeUndefined();
    const { record: other } = await prepared(unnamed);
    expect(decode(other, unnamed)?.guest.cases).toEqual([]);
    expect(decode(other, named)).toBeUndefined();
  });

  it('holds for a source with expectations whether it is named or not', async () => {
    project.guest('asm/x.asm', prints('x'), { '.golden': 'x' });
    const { record } = await prepared(sourceOf('asm/x.asm', true));
    expect(decode(record, sourceOf('asm/x.asm'))).toBeDefined();
  });

  it('is of no other source, and of none whose goldens are elsewhere', async () => {
    project.guest('asm/x.asm', guest('; expect: x', exit(0)));
    const source = sourceOf('asm/x.asm');
    const { record } = await prepared(source);
    expect(decode(record, { ...source, path: 'asm/y.asm' })).toBeUndefined();
    expect(decode(record, { ...source, stem: 'goldens/asm/x' })).toBeUndefined();
  });

  it('looks at a file once in a run', async () => {
    const { record, source } = await everything();
    const seen = new Map<string, FileSignature | undefined>();
    expect(decodeGuest(record, source, seen)).toBeDefined();
    rmSync('asm/part.inc');
    expect(decodeGuest(record, source, seen)).toBeDefined();
    expect(decode(record, source)).toBeUndefined();
  });

  it('is not kept of files that were just written', async () => {
    project.guest('asm/x.asm', prints('x'), { '.golden': 'x' });
    expect((await prepareGuest(sourceOf('asm/x.asm'), NASM, undefined)).record).toBeUndefined();
    await settle();
    project.write('asm/x.golden', 'y');
    expect((await prepareGuest(sourceOf('asm/x.asm'), NASM, undefined)).record).toBeUndefined();
    await settle();
    expect((await prepareGuest(sourceOf('asm/x.asm'), NASM, undefined)).record).toBeDefined();
  });

  it('is not kept of what another time or environment would make another', async () => {
    project.guest('asm/x.asm', `db __?TIME?__\n${prints('x')}`, { '.golden': 'x' });
    project.guest('asm/y.asm', `db %!HOME\n${prints('y')}`, { '.golden': 'y' });
    await settle();
    for (const path of ['asm/x.asm', 'asm/y.asm']) {
      expect((await prepareGuest(sourceOf(path), NASM, undefined)).record, path).toBeUndefined();
    }
  });

  it('is not kept when it is large', async () => {
    project.guest('asm/x.asm', `; guestkit: memory=4M\ntimes ${2 ** 19} db 1\n`, {
      '.golden': new Uint8Array(2 ** 19),
    });
    await settle();
    const made = await prepareGuest(sourceOf('asm/x.asm'), NASM, undefined);
    expect(made).toMatchObject({ error: undefined, record: expect.anything() });
    project.write('asm/x.golden', new Uint8Array(2 ** 19 + 1));
    await settle();
    expect((await prepareGuest(sourceOf('asm/x.asm'), NASM, undefined)).record).toBeUndefined();
  });

  it('is in memory of its own: another thread gets nothing else with it', async () => {
    const { record } = await prepareGuest((await everything()).source, NASM, undefined);
    expect(record?.buffer.byteLength).toBe(record?.byteLength);
  });
});

describe('a damaged record', () => {
  it('with any byte changed is none', async () => {
    const { record, source } = await everything();
    const random = seededRandom(0xdead);
    for (let at = 0; at < record.length; at += 1) {
      const damaged = Buffer.from(record);
      damaged[at] = (damaged[at] ?? 0) ^ (1 + random.below(255));
      expect(decode(damaged, source), `byte ${at} of ${record.length}`).toBeUndefined();
    }
  });

  it('cut anywhere, or with more behind it, is none', async () => {
    const { record, source } = await everything();
    for (let length = 0; length < record.length; length += 1) {
      expect(decode(record.subarray(0, length), source), `${length} bytes`).toBeUndefined();
    }
    expect(decode(Buffer.concat([record, Buffer.from([0])]), source)).toBeUndefined();
  });

  it('of anything at all is none', () => {
    const random = seededRandom(0xbeef);
    const source = { path: 'asm/x.asm', stem: 'asm/x', companions: [], named: false };
    for (let round = 0; round < 500; round += 1) {
      const bytes = Buffer.from(random.fill(new Uint8Array(random.below(200))));
      expect(decode(bytes, source)).toBeUndefined();
    }
  });
});
