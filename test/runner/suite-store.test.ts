import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import { type History, SuiteStore } from '../../src/runner/suite-store.ts';
import { seededRandom } from '../support/random.ts';
import { useProject } from './project.ts';

const project = useProject();
const KEY = 'a project';

function history(durationMs: number, ...failed: string[]): History {
  return { durationMs, failed };
}

/** A store of three sources, of which one has no record and one has failures. */
function filled(): SuiteStore {
  const store = SuiteStore.open(KEY);
  store.keepRecord('asm/a.asm', Buffer.from('record a\n'));
  store.keepRecord('asm/c.asm', Buffer.from([10, 0, 255, 10]));
  store.keepHistory('asm/a.asm', history(1.5));
  store.keepHistory('asm/b.asm', history(20, 'asm/b', 'asm/b > two'));
  store.keepHistory('asm/c.asm', history(0.0004));
  return store;
}

function file(): string {
  const folder = join(project.cache, 'suites');
  const names = readdirSync(folder);
  expect(names).toHaveLength(1);
  return join(folder, names[0] ?? '');
}

function text(record: Buffer | undefined): string | undefined {
  return record?.toString('latin1');
}

describe('the store of a suite', () => {
  it('keeps records, durations and failures', () => {
    filled().save();
    const store = SuiteStore.open(KEY);
    expect([...store.sources()].sort()).toEqual(['asm/a.asm', 'asm/b.asm', 'asm/c.asm']);
    expect(text(store.record('asm/a.asm'))).toBe('record a\n');
    expect(store.record('asm/b.asm')).toBeUndefined();
    expect(text(store.record('asm/c.asm'))).toBe('\n\0\xff\n');
    expect(store.history('asm/a.asm')).toEqual(history(1.5));
    expect(store.history('asm/b.asm')).toEqual(history(20, 'asm/b', 'asm/b > two'));
    expect(store.history('asm/c.asm')).toEqual(history(0));
    expect(store.history('asm/d.asm')).toBeUndefined();
  });

  it('has nothing for another key, and nothing where nothing was kept', () => {
    expect([...SuiteStore.open(KEY).sources()]).toEqual([]);
    filled().save();
    expect([...SuiteStore.open('another').sources()]).toEqual([]);
    // Not even when two keys share a file.
    writeFileSync(file(), readFileSync(file(), 'utf8').replace(KEY, 'b project'));
    expect([...SuiteStore.open(KEY).sources()]).toEqual([]);
  });

  it('has no place without a home, and does not mind', () => {
    vi.stubEnv('GUESTKIT_CACHE_DIR', undefined);
    vi.stubEnv('XDG_CACHE_HOME', undefined);
    vi.stubEnv('HOME', undefined);
    const store = filled();
    store.save();
    expect(text(store.record('asm/a.asm'))).toBe('record a\n');
    expect([...SuiteStore.open(KEY).sources()]).toEqual([]);
  });

  it('is for its owner only', () => {
    filled().save();
    expect(statSync(join(project.cache, 'suites')).mode & 0o077).toBe(0);
  });

  it('is written when something is new, and not for durations that are about the same', () => {
    filled().save();
    const store = SuiteStore.open(KEY);
    const before = statSync(file()).ino;
    store.keepHistory('asm/a.asm', history(1.9));
    store.keepHistory('asm/b.asm', history(21, 'asm/b > two', 'asm/b'));
    store.save();
    expect(statSync(file()).ino).toBe(before);
    store.keepHistory('asm/a.asm', history(60));
    store.save();
    expect(statSync(file()).ino).not.toBe(before);
    expect(SuiteStore.open(KEY).history('asm/a.asm')).toEqual(history(60));
    store.keepHistory('asm/b.asm', history(21, 'asm/b'));
    store.save();
    expect(SuiteStore.open(KEY).history('asm/b.asm')?.failed).toEqual(['asm/b']);
    store.keepRecord('asm/b.asm', Buffer.from('b'));
    store.save();
    expect(text(SuiteStore.open(KEY).record('asm/b.asm'))).toBe('b');
  });

  it('forgets', () => {
    filled().save();
    const store = SuiteStore.open(KEY);
    store.forget('asm/a.asm');
    store.forget('asm/b.asm');
    store.forget('asm/none.asm');
    store.save();
    const again = SuiteStore.open(KEY);
    expect([...again.sources()]).toEqual(['asm/c.asm']);
    expect(again.record('asm/a.asm')).toBeUndefined();
    expect(text(again.record('asm/c.asm'))).toBe('\n\0\xff\n');
  });

  it('leaves nothing behind where it cannot be written, and goes on', () => {
    // A file where the folder would be, so that not even root gets by.
    writeFileSync(project.cache, '');
    const store = filled();
    store.save();
    expect(text(store.record('asm/a.asm'))).toBe('record a\n');
    rmSync(project.cache);
    store.save();
    expect(text(SuiteStore.open(KEY).record('asm/a.asm'))).toBe('record a\n');
  });

  it('keeps the old content, and no part of the new, when it cannot be replaced', () => {
    filled().save();
    const path = file();
    rmSync(path);
    mkdirSync(join(path, 'in the way'), { recursive: true });
    filled().save();
    expect(readdirSync(join(project.cache, 'suites'))).toHaveLength(1);
    expect([...SuiteStore.open(KEY).sources()]).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)('does not need to be readable', () => {
    filled().save();
    chmodSync(file(), 0);
    expect([...SuiteStore.open(KEY).sources()]).toEqual([]);
  });

  it('keeps what it knows of a suite that is too large for its records', () => {
    const store = filled();
    const mebibyte = Buffer.alloc(2 ** 20);
    for (let number = 0; number < 257; number += 1) {
      store.keepRecord(`asm/${number}.asm`, mebibyte);
      store.keepHistory(`asm/${number}.asm`, history(number, `asm/${number}`));
    }
    store.save();
    expect(statSync(file()).size).toBeLessThan(2 ** 20);
    const again = SuiteStore.open(KEY);
    expect(again.record('asm/256.asm')).toBeUndefined();
    expect(again.history('asm/256.asm')).toEqual(history(256, 'asm/256'));
    expect(again.history('asm/b.asm')?.failed).toHaveLength(2);
  });
});

describe('a damaged store', () => {
  /** Opens it, and looks at all there is. */
  function look(): void {
    const store = SuiteStore.open(KEY);
    for (const source of [...store.sources(), 'asm/a.asm', 'constructor', '__proto__']) {
      store.record(source)?.toString('latin1');
      const known = store.history(source);
      if (known !== undefined) expect([...known.failed].every((name) => typeof name === 'string')).toBe(true);
    }
    store.keepHistory('asm/new.asm', history(1));
    store.bytes();
  }

  it('cut anywhere gives no record that is not whole, and never throws', () => {
    filled().save();
    const path = file();
    for (let length = statSync(path).size - 1; length >= 0; length -= 1) {
      truncateSync(path, length);
      look();
    }
    expect([...SuiteStore.open(KEY).sources()]).toEqual([]);
  });

  it('with any byte changed never throws', () => {
    filled().save();
    const path = file();
    const whole = readFileSync(path);
    const random = seededRandom(0x5709e);
    for (let at = 0; at < whole.length; at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at] = random.below(256);
      writeFileSync(path, damaged);
      look();
    }
  });

  it.each([
    '',
    '\n',
    'null\n',
    '[]\n',
    '{"key":"a project"}\n',
    '{"key":"a project","sources":["x"],"sizes":[],"durations":[]}\n',
    '{"key":"a project","sources":["x"],"sizes":["1",-5],"durations":"no","failed":{"x":7}}\nabc',
    '{"key":"a project","sources":[1,null],"sizes":[1e300,2],"durations":[{}],"failed":{"1":[2]}}\nabc',
    '{"key":"a project","sources":{"entries":1},"sizes":[],"durations":[],"failed":{}}\n',
  ])('that is %j is as good as none', (content) => {
    filled().save();
    writeFileSync(file(), content);
    look();
  });

  it('is replaced by the next one', () => {
    filled().save();
    writeFileSync(file(), 'what is this\n');
    filled().save();
    expect(text(SuiteStore.open(KEY).record('asm/a.asm'))).toBe('record a\n');
  });
});

describe('a store that threads share', () => {
  it('shows what was kept, with what is new since', () => {
    filled().save();
    const store = SuiteStore.open(KEY);
    const share = (): SuiteStore => {
      const { port1, port2 } = new MessageChannel();
      port1.postMessage(store.bytes());
      const bytes: SharedArrayBuffer = receiveMessageOnPort(port2)?.message;
      port1.close();
      return SuiteStore.share(KEY, bytes);
    };
    expect(text(share().record('asm/a.asm'))).toBe('record a\n');
    expect(store.bytes()).toBe(store.bytes());
    store.keepRecord('asm/b.asm', Buffer.from('b'));
    store.keepRecord('asm/a.asm', Buffer.from('a'));
    const other = share();
    expect(text(other.record('asm/b.asm'))).toBe('b');
    expect(text(other.record('asm/a.asm'))).toBe('a');
    expect(text(other.record('asm/c.asm'))).toBe('\n\0\xff\n');
  });

  it('is of one key only, and is not saved there', () => {
    const store = filled();
    expect([...SuiteStore.share('another', store.bytes()).sources()]).toEqual([]);
    SuiteStore.share(KEY, store.bytes()).save();
    expect(existsSync(join(project.cache, 'suites'))).toBe(false);
  });

  it('may be empty', () => {
    expect([...SuiteStore.share(KEY, SuiteStore.open(KEY).bytes()).sources()]).toEqual([]);
  });
});
