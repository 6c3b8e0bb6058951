import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from './diagnostics.ts';
import { digest } from './digest.ts';
import { type Input, readInput } from './input.ts';
import { openPath } from './search.ts';

/** Everything of one build that is kept. */
export interface CachedBuild {
  image: Uint8Array;
  listing: Uint8Array;
  map: Uint8Array;
  /** The source first. */
  inputs: Input[];
  /** Where nothing may be for the entry to hold. */
  absent: string[];
  warnings: Diagnostic[];
}

/** Where one build's entry is, and what it was made from beside files: an entry holds only for this text. */
export interface CacheSlot {
  folder: string;
  key: string;
  cwd: string;
}

/**
 * The start of an entry; the blocks follow in this order, at the end the header and the image once more. Two
 * copies that are equal show an entry whole, by a memcmp that costs less than any checksum.
 */
interface Header {
  key: string;
  image: number;
  inputs: { path: string; size: number }[];
  listing: number;
  map: number;
  absent: string[];
  warnings: Diagnostic[];
}

/** A larger entry is not kept: NASM took its time for it anyway. */
const MAX_ENTRY_BYTES = 8 * 2 ** 20;
const ENTRY_NAME = /^[0-9a-f]{16}\.image$/;
const PART_NAME = /^[0-9a-f]{16}\.\d+\.[0-9a-z]+\.part$/;
const NEWLINE = 0x0a;

/** What a sweep leaves. */
export interface CacheBounds {
  entries: number;
  bytes: number;
  /** Age in ms at which an unfinished file is what a killed process left behind. */
  partAge: number;
}

const BOUNDS: CacheBounds = { entries: 2048, bytes: 256 * 2 ** 20, partAge: 3_600_000 };
/** One store in this many sweeps. */
const SWEEP_EVERY = 16;

/**
 * The build kept in a slot, if every file it was made from still has the same bytes and no other has come
 * before one of them. A missing, torn or stale entry is `undefined`; never throws.
 */
export function readEntry(slot: CacheSlot): CachedBuild | undefined {
  try {
    const entry = readFileSync(entryPath(slot));
    const headerEnd = entry.indexOf(NEWLINE) + 1;
    const header: Header = JSON.parse(entry.toString('utf8', 0, headerEnd));
    if (header.key !== slot.key) return undefined;

    const imageEnd = headerEnd + header.image;
    const secondCopy = entry.length - imageEnd;
    let at = imageEnd;
    const take = (length: number): Buffer => {
      at += length;
      return entry.subarray(at - length, at);
    };
    const inputs = header.inputs.map(({ path, size }): Input => ({ path, bytes: take(size) }));
    const listing = take(header.listing);
    const map = take(header.map);
    if (at !== secondCopy || entry.compare(entry, 0, imageEnd, secondCopy) !== 0) return undefined;

    if (header.absent.some((path) => existsSync(openPath(slot.cwd, path)))) return undefined;
    if (!inputs.every((input) => isUnchanged(input, slot.cwd))) return undefined;
    const image = entry.subarray(headerEnd, imageEnd);
    return { image, listing, map, inputs, absent: header.absent, warnings: header.warnings };
  } catch {
    return undefined;
  }
}

/**
 * Keeps a build, unless a file changed while it was made. Written under a name of its own and renamed, so
 * another process sees the whole entry or none. A cache that cannot be written costs speed only; never throws.
 */
export function storeEntry(slot: CacheSlot, build: CachedBuild): void {
  if (build.absent.some((path) => existsSync(openPath(slot.cwd, path)))) return;
  if (!build.inputs.every((input) => isUnchanged(input, slot.cwd))) return;
  const header: Header = {
    key: slot.key,
    image: build.image.length,
    inputs: build.inputs.map(({ path, bytes }) => ({ path, size: bytes.length })),
    listing: build.listing.length,
    map: build.map.length,
    absent: build.absent,
    warnings: build.warnings,
  };
  const start = [Buffer.from(`${JSON.stringify(header)}\n`), build.image];
  const blocks = [...start, ...build.inputs.map(({ bytes }) => bytes), build.listing, build.map, ...start];
  if (blocks.reduce((sum, block) => sum + block.length, 0) > MAX_ENTRY_BYTES) return;

  const path = entryPath(slot);
  const unique = `${process.pid}.${Math.random().toString(36).slice(2) || '0'}`;
  const part = path.replace(/image$/, `${unique}.part`);
  try {
    mkdirSync(slot.folder, { recursive: true, mode: 0o700 });
    writeFileSync(part, Buffer.concat(blocks), { flag: 'wx' });
    renameSync(part, path);
    if (Math.random() * SWEEP_EVERY < 1) sweep(slot.folder);
  } catch {
    removeQuietly(part);
  }
}

/** Deletes the oldest entries until the folder is within bounds, and parts left behind. Other files stay. */
export function sweep(folder: string, bounds: CacheBounds = BOUNDS): void {
  const entries: { path: string; size: number; mtimeMs: number }[] = [];
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined || !stat.isFile()) continue;
    if (ENTRY_NAME.test(name)) entries.push({ path, size: stat.size, mtimeMs: stat.mtimeMs });
    else if (PART_NAME.test(name) && Date.now() - stat.mtimeMs > bounds.partAge)
      rmSync(path, { force: true });
  }
  entries.sort((a, b) => b.mtimeMs - a.mtimeMs);
  let bytes = 0;
  for (const [index, entry] of entries.entries()) {
    bytes += entry.size;
    if (index >= bounds.entries || bytes > bounds.bytes) rmSync(entry.path, { force: true });
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What cannot be removed could not be written either.
  }
}

function entryPath(slot: CacheSlot): string {
  return join(slot.folder, `${digest(slot.key)}.image`);
}

function isUnchanged(input: Input, cwd: string): boolean {
  return readInput(openPath(cwd, input.path), input.bytes.length)?.equals(input.bytes) === true;
}
