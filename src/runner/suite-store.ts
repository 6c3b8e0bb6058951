import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defaultCacheDir } from '../cache-dir.ts';
import { digest } from '../nasm/digest.ts';

/** How a source did when it last ran. */
export interface History {
  /** All its cases together, building aside. */
  durationMs: number;
  /** The names of the cases that did not pass; the path of the source when it could not be prepared. */
  failed: readonly string[];
}

/** The first line of the file. */
interface Directory {
  key: string;
  /** Sorted. */
  sources: readonly string[];
  /** Bytes of each source's record; 0: it has none. */
  sizes: readonly number[];
  durations: readonly number[];
  failed: Readonly<Record<string, readonly string[]>>;
}

const NEWLINE = 0x0a;
const NONE = Buffer.alloc(0);
/** More records are not kept, only what is known of them: a suite that large spends its time elsewhere. */
const MAX_STORE_BYTES = 256 * 2 ** 20;

/**
 * What is known of a suite from its last run: each source's guest as a record, its duration and its failures.
 * One file for all of them: opening and reading a thousand small ones takes longer than running their guests.
 */
export class SuiteStore {
  readonly #path: string | undefined;
  readonly key: string;
  #bytes: SharedArrayBuffer;
  readonly #records: Map<string, Buffer> = new Map();
  readonly #history: Map<string, History> = new Map();
  #changed = false;
  #hasNewRecords = false;

  private constructor(path: string | undefined, key: string, bytes: SharedArrayBuffer) {
    this.#path = path;
    this.key = key;
    this.#bytes = bytes;
    this.#read();
  }

  /** The store of the project in the current folder; an empty one where none was kept, or for another `key`. */
  static open(key: string): SuiteStore {
    const folder = defaultCacheDir();
    const path = folder === undefined ? undefined : join(folder, 'suites', `${digest(key)}.suite`);
    return new SuiteStore(path, key, readShared(path));
  }

  /** The same store in another thread, for reading. */
  static share(key: string, bytes: SharedArrayBuffer): SuiteStore {
    return new SuiteStore(undefined, key, bytes);
  }

  /** All of it in memory that threads share, for {@link share} there. */
  bytes(): SharedArrayBuffer {
    if (this.#hasNewRecords) {
      this.#bytes = toShared(this.#pack());
      this.#hasNewRecords = false;
    }
    return this.#bytes;
  }

  record(source: string): Buffer | undefined {
    return this.#records.get(source);
  }

  history(source: string): History | undefined {
    return this.#history.get(source);
  }

  /** The sources that it knows. */
  sources(): Iterable<string> {
    return this.#history.keys();
  }

  keepRecord(source: string, record: Uint8Array): void {
    this.#records.set(source, Buffer.from(record.buffer, record.byteOffset, record.length));
    this.#changed = true;
    this.#hasNewRecords = true;
  }

  keepHistory(source: string, history: History): void {
    const before = this.#history.get(source);
    this.#changed ||= before === undefined || !sameFailures(before, history) || farApart(before, history);
    this.#history.set(source, history);
  }

  /** Forgets a source that is gone. */
  forget(source: string): void {
    this.#records.delete(source);
    if (this.#history.delete(source)) this.#changed = true;
  }

  /** Writes what changed. What cannot be written costs speed only; never throws. */
  save(): void {
    if (!this.#changed || this.#path === undefined) return;
    const part = `${this.#path}.${process.pid}.part`;
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      writeFileSync(part, this.#pack());
      renameSync(part, this.#path);
      this.#changed = false;
    } catch {
      removeQuietly(part);
    }
  }

  #pack(): Buffer {
    const sources = [...this.#history.keys()].sort();
    const all = sources.map((source) => this.#records.get(source) ?? NONE);
    const size = all.reduce((sum, { length }) => sum + length, 0);
    const records = size > MAX_STORE_BYTES ? all.map(() => NONE) : all;
    const failed: Record<string, readonly string[]> = {};
    for (const [source, history] of this.#history) {
      if (history.failed.length > 0) failed[source] = history.failed;
    }
    const directory: Directory = {
      key: this.key,
      sources,
      sizes: records.map((record) => record.length),
      durations: sources.map(
        (source) => Math.round((this.#history.get(source)?.durationMs ?? 0) * 1e3) / 1e3,
      ),
      failed,
    };
    return Buffer.concat([Buffer.from(`${JSON.stringify(directory)}\n`), ...records]);
  }

  #read(): void {
    const file = Buffer.from(this.#bytes);
    const end = file.indexOf(NEWLINE);
    if (end === -1) return;
    try {
      const { key, sources, sizes, durations, failed }: Directory = JSON.parse(file.toString('utf8', 0, end));
      if (key !== this.key) return;
      let at = end + 1;
      for (const [index, source] of sources.entries()) {
        const size = sizes[index];
        const durationMs = durations[index];
        const names = failed[source] ?? [];
        if (typeof source !== 'string' || !isAmount(size) || !isAmount(durationMs) || !areNames(names)) {
          throw new Error('this is no directory of a store');
        }
        if (size > 0) this.#records.set(source, file.subarray(at, at + size));
        this.#history.set(source, { durationMs, failed: names });
        at += size;
      }
    } catch {
      this.#records.clear();
      this.#history.clear();
    }
  }
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}

function areNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What cannot be removed could not be written either.
  }
}

function readShared(path: string | undefined): SharedArrayBuffer {
  try {
    if (path === undefined) return new SharedArrayBuffer(0);
    return toShared(readFileSync(path));
  } catch {
    return new SharedArrayBuffer(0);
  }
}

function toShared(bytes: Uint8Array): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}

function sameFailures(one: History, other: History): boolean {
  return one.failed.length === other.failed.length && one.failed.every((name) => other.failed.includes(name));
}

/** Durations differ a little each time; a shard's balance needs no more than their size. */
function farApart(one: History, other: History): boolean {
  const [low, high] = [
    Math.min(one.durationMs, other.durationMs),
    Math.max(one.durationMs, other.durationMs),
  ];
  return high - low > 20 && high > 2 * low;
}
