import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileSignature } from '../../src/file-signature.ts';
import { lookOnce, Snapshot } from '../../src/watch/snapshot.ts';
import { sleep } from '../support/watching.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guestkit-test-'));
  writeFileSync(at('a'), 'one');
  writeFileSync(at('b'), 'two');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('Snapshot', () => {
  const moves: readonly [string, () => void][] = [
    ['is written in place, with the same length', () => writeFileSync(at('a'), 'ONE')],
    ['grows', () => appendFileSync(at('a'), '!')],
    ['is replaced', () => renameSync(at('b'), at('a'))],
    ['goes', () => rmSync(at('a'))],
    ['is touched', () => utimesSync(at('a'), 1, 1)],
    ['comes', () => writeFileSync(at('missing'), '')],
    ['comes as a folder', () => mkdirSync(at('missing'))],
    ['comes as a link', () => symlinkSync('b', at('missing'))],
  ];

  it.each(moves)('sees that a file %s', async (_name, move) => {
    await sleep(15);
    const snapshot = new Snapshot([at('a'), at('missing')]);
    expect(snapshot.moved()).toBe(false);
    move();
    expect(snapshot.moved()).toBe(true);
  });

  it('does not see others', () => {
    const snapshot = new Snapshot([at('a')]);
    writeFileSync(at('b'), 'three');
    writeFileSync(at('c'), '');
    expect(snapshot.moved()).toBe(false);
  });

  it('takes paths that can lead nowhere for missing files', () => {
    const odd = [at('a/below'), at('n'.repeat(300)), at('loop')];
    symlinkSync('loop', at('loop'));
    const snapshot = new Snapshot(odd);
    snapshot.include([at('a/other')]);
    expect(snapshot.moved()).toBe(false);
    rmSync(at('a'));
    mkdirSync(at('a'));
    writeFileSync(at('a/below'), '');
    expect(snapshot.moved()).toBe(true);
  });

  it('counts a file that it learns of later as moved when it was written since', async () => {
    await sleep(30);
    const snapshot = new Snapshot([at('a')]);
    snapshot.include([at('b'), at('missing')]);
    expect(snapshot.moved()).toBe(false);
    writeFileSync(at('c'), 'written after the snapshot');
    snapshot.include([at('c')]);
    expect(snapshot.moved()).toBe(true);
  });

  it('sees a second write that has the time and the size of the first', () => {
    const now = Date.now();
    // As a file system stamps it whose clock ticks every 4 or 10 ms.
    const look = (): FileSignature => [1, 3, now, now];
    const snapshot = new Snapshot([at('a')], look);
    expect(snapshot.moved(look)).toBe(false);
    writeFileSync(at('a'), 'ONE');
    expect(snapshot.moved(look)).toBe(true);
  });

  it('does not read what has been as it is for longer', async () => {
    const before = Date.now() - 1000;
    const look = (): FileSignature => [1, 3, before, before];
    const snapshot = new Snapshot([at('a')], look);
    writeFileSync(at('a'), 'ONE');
    expect(snapshot.moved(look)).toBe(false);
    const now = Date.now();
    const fresh = (): FileSignature => [1, 3, now, now];
    const settling = new Snapshot([at('a')], fresh);
    await sleep(30);
    expect(settling.moved(fresh)).toBe(false);
    writeFileSync(at('a'), 'one');
    expect(settling.moved(fresh)).toBe(false);
  });

  it('looks at a file once for many', () => {
    const look = lookOnce();
    const snapshots = [new Snapshot([at('a')], look), new Snapshot([at('a')], look)];
    writeFileSync(at('a'), 'longer than it was');
    const again = lookOnce();
    expect(snapshots.map((snapshot) => snapshot.moved(again))).toEqual([true, true]);
    writeFileSync(at('a'), 'one');
    expect(again(at('a'))?.[1]).toBe(18);
  });

  it('keeps what it knew of a file that is included again', async () => {
    await sleep(15);
    const snapshot = new Snapshot([at('a')]);
    writeFileSync(at('a'), 'new');
    snapshot.include([at('a')]);
    expect(snapshot.moved()).toBe(true);
  });
});
