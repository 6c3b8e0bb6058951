import {
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
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
  path: string;
  key: string;
  cwd: string;
}

/** @param folder of the cache; made when something is stored */
export function cacheSlot(folder: string, key: string, cwd: string): CacheSlot {
  return { path: join(folder, `${digest(key)}.image`), key, cwd };
}

/**
 * The start of an entry; the blocks follow in this order, at the end the header and the image once more. Two
 * copies that are equal show an entry whole, by a memcmp that costs less than any checksum.
 */
interface Header {
  /** Another one each time, so that the two copies are of one and the same entry. */
  id: number;
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
const NEWLINE = 0x0a;
const ENTRY_NAME = /^[0-9a-f]{16}\.image$/;

/** What a sweep leaves. */
export interface CacheBounds {
  entries: number;
  bytes: number;
}

/** Enough for suites of ten thousand guests in a few folders. */
const BOUNDS: CacheBounds = { entries: 30_000, bytes: 2 ** 30 };
/** A sweep reads the whole folder: one is made each time that about this part of the bounds has been added. */
const SWEPT_PART = 0.1;

/**
 * The build kept in a slot, if every file it was made from still has the same bytes and no other has come
 * before one of them. A missing, torn or stale entry is `undefined`; never throws.
 */
export function readEntry(slot: CacheSlot): CachedBuild | undefined {
  try {
    const entry = readFileSync(slot.path);
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
 * Keeps a build, unless a file changed while it was made. A process that is killed meanwhile leaves an entry
 * that is not whole and counts as none. A cache that cannot be written costs speed only; never throws.
 */
export function storeEntry(slot: CacheSlot, build: CachedBuild): void {
  if (build.absent.some((path) => existsSync(openPath(slot.cwd, path)))) return;
  if (!build.inputs.every((input) => isUnchanged(input, slot.cwd))) return;
  const header: Header = {
    id: Math.random(),
    key: slot.key,
    image: build.image.length,
    inputs: build.inputs.map(({ path, bytes }) => ({ path, size: bytes.length })),
    listing: build.listing.length,
    map: build.map.length,
    absent: build.absent,
    warnings: build.warnings,
  };
  const start = [Buffer.from(`${JSON.stringify(header)}\n`), build.image];
  const entry = Buffer.concat([
    ...start,
    ...build.inputs.map(({ bytes }) => bytes),
    build.listing,
    build.map,
    ...start,
  ]);
  if (entry.length > MAX_ENTRY_BYTES) return;
  try {
    writeOver(slot.path, entry);
    const part = 1 / BOUNDS.entries + entry.length / BOUNDS.bytes;
    if (Math.random() * SWEPT_PART < part) sweep(dirname(slot.path));
  } catch {
    // As without a cache.
  }
}

/**
 * Writes over what is there: to replace a file costs a file system ten times as much, or a flush to the disk
 * (ext4(5), auto_da_alloc, which spares a file that is never empty). Cut short first: who reads meanwhile then
 * never finds old bytes behind new ones.
 */
function writeOver(path: string, entry: Buffer): void {
  const descriptor = openToWrite(path);
  try {
    ftruncateSync(descriptor, 1);
    writeFileSync(descriptor, entry);
  } finally {
    closeSync(descriptor);
  }
}

function openToWrite(path: string): number {
  const flags = constants.O_WRONLY | constants.O_CREAT;
  try {
    return openSync(path, flags, 0o600);
  } catch {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openSync(path, flags, 0o600);
  }
}

/** Deletes the oldest entries until the folder is within bounds. Other files stay. */
export function sweep(folder: string, bounds: CacheBounds = BOUNDS): void {
  const entries: { path: string; size: number; mtimeMs: number }[] = [];
  for (const name of readdirSync(folder)) {
    if (!ENTRY_NAME.test(name)) continue;
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile()) entries.push({ path, size: stat.size, mtimeMs: stat.mtimeMs });
  }
  entries.sort((a, b) => b.mtimeMs - a.mtimeMs);
  let bytes = 0;
  for (const [index, entry] of entries.entries()) {
    bytes += entry.size;
    if (index >= bounds.entries || bytes > bounds.bytes) rmSync(entry.path, { force: true });
  }
}

function isUnchanged(input: Input, cwd: string): boolean {
  return readInput(openPath(cwd, input.path), input.bytes.length)?.equals(input.bytes) === true;
}
