import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
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

/** What is known of a source, small: there may be ten thousand. */
interface Entry extends History {
  /** Where its record is in the file; of no length: it has none. */
  start: number;
  size: number;
  /** A record that is not in the file yet. */
  fresh: Buffer | undefined;
}

const NEWLINE = 0x0a;
const NONE = Buffer.alloc(0);
const NO_NAMES: readonly string[] = [];
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
  /** {@link bytes} as bytes. */
  #file: Buffer;
  readonly #entries: Map<string, Entry> = new Map();
  #changed = false;
  #hasNewRecords = false;

  private constructor(path: string | undefined, key: string, bytes: SharedArrayBuffer) {
    this.#path = path;
    this.key = key;
    this.#bytes = bytes;
    this.#file = Buffer.from(bytes);
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
      this.#file = Buffer.from(this.#bytes);
      this.#read();
    }
    return this.#bytes;
  }

  record(source: string): Buffer | undefined {
    const entry = this.#entries.get(source);
    if (entry?.fresh !== undefined) return entry.fresh;
    return entry === undefined || entry.size === 0
      ? undefined
      : this.#file.subarray(entry.start, entry.start + entry.size);
  }

  history(source: string): History | undefined {
    const entry = this.#entries.get(source);
    return entry && { durationMs: entry.durationMs, failed: entry.failed };
  }

  /** The sources that it knows. */
  sources(): Iterable<string> {
    return this.#entries.keys();
  }

  keepRecord(source: string, record: Uint8Array): void {
    this.#entryOf(source).fresh = Buffer.from(record.buffer, record.byteOffset, record.length);
    this.#changed = true;
    this.#hasNewRecords = true;
  }

  keepHistory(source: string, history: History): void {
    const isNew = !this.#entries.has(source);
    const entry = this.#entryOf(source);
    this.#changed ||= isNew || !sameFailures(entry, history) || farApart(entry, history);
    entry.durationMs = history.durationMs;
    entry.failed = history.failed;
  }

  /** Forgets a source that is gone. */
  forget(source: string): void {
    if (this.#entries.delete(source)) this.#changed = true;
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

  #entryOf(source: string): Entry {
    const known = this.#entries.get(source);
    if (known !== undefined) return known;
    const entry: Entry = { durationMs: 0, failed: NO_NAMES, start: 0, size: 0, fresh: undefined };
    this.#entries.set(source, entry);
    return entry;
  }

  #pack(): Buffer {
    const sources = [...this.#entries.keys()].sort();
    const all = sources.map((source) => this.record(source) ?? NONE);
    const size = all.reduce((sum, { length }) => sum + length, 0);
    const records = size > MAX_STORE_BYTES ? all.map(() => NONE) : all;
    const failed: Record<string, readonly string[]> = {};
    for (const [source, entry] of this.#entries) {
      if (entry.failed.length > 0) failed[source] = entry.failed;
    }
    const directory: Directory = {
      key: this.key,
      sources,
      sizes: records.map((record) => record.length),
      durations: sources.map(
        (source) => Math.round((this.#entries.get(source)?.durationMs ?? 0) * 1e3) / 1e3,
      ),
      failed,
    };
    return Buffer.concat([Buffer.from(`${JSON.stringify(directory)}\n`), ...records]);
  }

  #read(): void {
    const file = this.#file;
    const end = file.indexOf(NEWLINE);
    if (end === -1) return;
    try {
      const { key, sources, sizes, durations, failed }: Directory = JSON.parse(file.toString('utf8', 0, end));
      if (key !== this.key) return;
      let at = end + 1;
      for (const [index, source] of sources.entries()) {
        const size = sizes[index];
        const durationMs = durations[index];
        const names = failed[source] ?? NO_NAMES;
        if (typeof source !== 'string' || !isAmount(size) || !isAmount(durationMs) || !areNames(names)) {
          throw new Error('this is no directory of a store');
        }
        const end = at + size;
        const start = end > file.length ? 0 : at;
        this.#entries.set(source, {
          durationMs,
          failed: names,
          start,
          size: start === 0 ? 0 : size,
          fresh: undefined,
        });
        at += size;
      }
    } catch {
      this.#entries.clear();
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

/** Read into its place: a copy of ten thousand guests would stay for a while. */
function readShared(path: string | undefined): SharedArrayBuffer {
  let descriptor: number | undefined;
  try {
    if (path === undefined) return new SharedArrayBuffer(0);
    descriptor = openSync(path, 'r');
    const bytes = new Uint8Array(new SharedArrayBuffer(fstatSync(descriptor).size));
    for (let at = 0; at < bytes.length; ) {
      const count = readSync(descriptor, bytes, at, bytes.length - at, at);
      if (count === 0) break;
      at += count;
    }
    return bytes.buffer;
  } catch {
    return new SharedArrayBuffer(0);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
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
