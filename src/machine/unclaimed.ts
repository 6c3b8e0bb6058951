/** Accesses of one kind to an address that no device claims. */
export interface UnclaimedAccess {
  direction: 'read' | 'write';
  address: number;
  /** Bytes of each access. */
  size: number;
  /** What was written last; for a read the all ones that the guest got. */
  value: bigint;
  /** How many there were. */
  count: number;
}

interface Entry {
  direction: 'read' | 'write';
  address: number;
  size: number;
  low: number;
  high: number;
  count: number;
}

/** A guest may touch every port there is; beyond this many kinds of access new ones are not kept. */
const MAX_ENTRIES = 256;

/** What the guest tried to reach and found nobody at: the first thing to look at when a guest misbehaves. */
export class UnclaimedLog {
  readonly #entries: Entry[] = [];
  /** The entries by kind of access (size and direction), then by address. */
  readonly #kinds: Map<number, Map<number, Entry>> = new Map();

  /** Notes an access; `data` holds the bytes written, or given for a read. */
  record(direction: 'read' | 'write', address: number, data: Uint8Array): void {
    const size = data.length;
    const entry = this.#entryFor(direction, address, size);
    if (entry === undefined) return;
    entry.count += 1;
    entry.low = littleEndian(data, 0);
    entry.high = size > 4 ? littleEndian(data, 4) : 0;
  }

  /** The accesses in the order of their first appearance. */
  list(): UnclaimedAccess[] {
    return this.#entries.map(({ low, high, ...access }) => ({
      ...access,
      value: (BigInt(high) << 32n) | BigInt(low),
    }));
  }

  /** The entry for accesses of this kind, made at the first of them; `undefined` when the log is full. */
  #entryFor(direction: 'read' | 'write', address: number, size: number): Entry | undefined {
    const kind = size * 2 + (direction === 'read' ? 0 : 1);
    const known = this.#kinds.get(kind);
    const entry = known?.get(address);
    if (entry !== undefined || this.#entries.length >= MAX_ENTRIES) return entry;
    const made: Entry = { direction, address, size, low: 0, high: 0, count: 0 };
    this.#entries.push(made);
    if (known === undefined) this.#kinds.set(kind, new Map([[address, made]]));
    else known.set(address, made);
    return made;
  }
}

function littleEndian(data: Uint8Array, from: number): number {
  let value = 0;
  for (let index = Math.min(data.length, from + 4) - 1; index >= from; index -= 1) {
    value = value * 256 + (data[index] ?? 0);
  }
  return value;
}
