import { type FileSignature, fileSignature, sameSignature } from '../file-signature.ts';
import { CHANNELS, type Channel, type Goldens } from '../golden/channels.ts';
import type { CasePlan, TestCase } from '../golden/plan.ts';
import type { Guest, GuestFiles, RunnableCase, SuiteSource } from './guest.ts';

/**
 * A guest as it is kept between runs: a JSON text, then the bytes of its image and goldens. What the files
 * looked like tells whether it still holds, as in git's index: a stat costs a tenth of reading and comparing.
 */
interface Header {
  source: string;
  /** Where its goldens are follows from the project's settings, which may have changed. */
  stem: string;
  companions: readonly string[];
  /** Where nothing says that it is a test case: whether it was named, which makes it one. */
  named?: boolean | undefined;
  files: readonly (readonly [path: string, signature: FileSignature])[];
  absent: readonly string[];
  image: number;
  cases: readonly {
    testCase: TestCase;
    plan: CasePlan;
    goldens: Readonly<Partial<Record<Channel, number>>>;
  }[];
}

/** In JSON, bytes inside a plan stand as base64 below this name. */
const BYTES = '$bytes';
/** In front of a record: the sum of what follows, the length of its JSON, and whether there are bytes in that. */
const PREFIX_SIZE = 12;
const SUM_AT = 0;
const LENGTH_AT = 4;
const BYTES_AT = 8;
/** A larger guest is not kept here; its image is in the cache of builds. */
const MAX_RECORD_BYTES = 2 ** 20;

/** A guest as a record; `undefined` when it is too large for one. */
export function encodeGuest(
  guest: Guest,
  made: Pick<Header, 'stem' | 'companions' | 'named' | 'absent'>,
  signatures: ReadonlyMap<string, FileSignature>,
): Uint8Array | undefined {
  const blobs: Uint8Array[] = [guest.bytes];
  const cases = guest.cases.map(({ testCase, plan, goldens }) => {
    const lengths: Partial<Record<Channel, number>> = {};
    for (const channel of CHANNELS) {
      const golden = goldens[channel];
      if (golden === undefined) continue;
      lengths[channel] = golden.length;
      blobs.push(golden);
    }
    return { testCase, plan, goldens: lengths };
  });
  const tail = Buffer.concat(blobs);
  if (tail.length > MAX_RECORD_BYTES) return undefined;
  const header: Header = {
    source: guest.source,
    ...made,
    files: [...signatures],
    image: guest.bytes.length,
    cases,
  };
  let hasBytes = false;
  // A Buffer turns itself into something else before it is handed over: so it is taken from its owner.
  const json = JSON.stringify(header, function (this: Record<string, unknown>, key, value: unknown) {
    const raw = this[key];
    if (!(raw instanceof Uint8Array)) return value;
    hasBytes = true;
    return { [BYTES]: Buffer.from(raw).toString('base64') };
  });
  const text = Buffer.from(json);
  // Not from a pool: a record that is sent to another thread would take all of the pool along.
  const record = Buffer.alloc(PREFIX_SIZE + text.length + tail.length);
  record.writeUInt32LE(text.length, LENGTH_AT);
  record.writeUInt32LE(hasBytes ? 1 : 0, BYTES_AT);
  record.set(text, PREFIX_SIZE);
  record.set(tail, PREFIX_SIZE + text.length);
  record.writeInt32LE(sumOf(record), SUM_AT);
  return record;
}

/**
 * The guest of a record, if all files are as they were; `undefined` for one that is stale or damaged.
 * @param seen signatures of files that were looked at already in this run, for includes that many share
 */
export function decodeGuest(
  record: Buffer,
  source: SuiteSource,
  seen: Map<string, FileSignature | undefined>,
): (GuestFiles & { guest: Guest }) | undefined {
  try {
    if (sumOf(record) !== record.readInt32LE(SUM_AT)) return undefined;
    const jsonEnd = PREFIX_SIZE + record.readUInt32LE(LENGTH_AT);
    const text = record.toString('utf8', PREFIX_SIZE, jsonEnd);
    const hasBytes = record.readUInt32LE(BYTES_AT) === 1;
    const header: Header = hasBytes ? JSON.parse(text, reviveBytes) : JSON.parse(text);
    if (header.source !== source.path || header.stem !== source.stem) return undefined;
    if (header.named !== undefined && header.named !== source.named) return undefined;
    if (!sameList(header.companions, source.companions) || !unmoved(header, seen)) return undefined;
    let at = jsonEnd;
    const take = (length: number): Uint8Array => {
      at += length;
      return record.subarray(at - length, at);
    };
    const bytes = take(header.image);
    const cases = header.cases.map(({ testCase, plan, goldens }): RunnableCase => {
      const contents: Partial<Record<Channel, Uint8Array>> = {};
      for (const channel of CHANNELS) {
        const length = goldens[channel];
        if (length !== undefined) contents[channel] = take(length);
      }
      return { testCase, plan, goldens: contents satisfies Goldens };
    });
    const files = header.files.map(([path]) => path);
    return { guest: { source: header.source, bytes, cases }, files, absent: header.absent };
  } catch {
    return undefined;
  }
}

function unmoved(header: Header, seen: Map<string, FileSignature | undefined>): boolean {
  // The source and its companions come first, and are no other's: they need not be remembered.
  const own = 1 + header.companions.length;
  for (const [index, [path, signature]] of header.files.entries()) {
    const now = index < own ? fileSignature(path) : look(path, seen);
    if (!sameSignature(now, signature)) return false;
  }
  for (const path of header.absent) {
    if (look(path, seen) !== undefined) return false;
  }
  return true;
}

function look(path: string, seen: Map<string, FileSignature | undefined>): FileSignature | undefined {
  if (seen.has(path)) return seen.get(path);
  const signature = fileSignature(path);
  seen.set(path, signature);
  return signature;
}

function reviveBytes(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(BYTES in value)) return value;
  return new Uint8Array(Buffer.from(String(value[BYTES]), 'base64'));
}

/** Tells a record that was torn or damaged from a whole one: no change of a single byte gives the same sum. */
function sumOf(record: Uint8Array): number {
  let sum = 1;
  for (let at = LENGTH_AT; at < record.length; at += 1) sum = (Math.imul(sum, 31) + (record[at] ?? 0)) | 0;
  return sum;
}

function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}
