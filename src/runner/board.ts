/** Places in the shared array in front of those of the sources. */
const NEXT = 0;
const STOPPED = 1;
const HEAD = 2;

/** The most lanes a board serves; each has a place for the source it is at. */
export const MAX_LANES = 64;

const NOBODY = -1;
/** In the place of the lane that has claimed a source: it is being run, or was. */
const BEGUN = -2;

/**
 * Which lane has which source, in memory that all threads share: each lane takes the next source as soon as
 * it is free, without asking anyone, and when a worker dies it is known which source it was at. A source is
 * claimed first, to be made ready while another runs; until it is begun, a lane with nothing else to do may
 * take it over.
 */
export class Board {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #count: number;

  /** A board over a buffer that {@link Board.create} made, in any thread. */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer);
    this.#count = this.#cells.length - HEAD - MAX_LANES;
  }

  /** A board for `count` sources, all of them free. */
  static create(count: number): Board {
    const buffer = new SharedArrayBuffer((HEAD + MAX_LANES + count) * Int32Array.BYTES_PER_ELEMENT);
    new Int32Array(buffer).fill(NOBODY, HEAD);
    return new Board(buffer);
  }

  /** The number of the next free source, which is the lane's from now on; `undefined` when there is none. */
  claim(lane: number): number | undefined {
    if (this.stopped) return undefined;
    const number = Atomics.add(this.#cells, NEXT, 1);
    if (number >= this.#count) return undefined;
    Atomics.store(this.#cells, HEAD + MAX_LANES + number, lane);
    return number;
  }

  /** A source that another lane has claimed and not begun, which is this lane's from now on. */
  takeOver(lane: number): number | undefined {
    if (this.stopped) return undefined;
    for (let number = 0; number < this.#count; number += 1) {
      const place = HEAD + MAX_LANES + number;
      const owner = Atomics.load(this.#cells, place);
      if (owner < 0 || owner === lane) continue;
      if (Atomics.compareExchange(this.#cells, place, owner, lane) === owner) return number;
    }
    return undefined;
  }

  /** Whether a source that the lane has claimed is still its own; then it works on that now. */
  begin(lane: number, number: number): boolean {
    if (this.stopped) return false;
    const place = HEAD + MAX_LANES + number;
    if (Atomics.compareExchange(this.#cells, place, lane, BEGUN) !== lane) return false;
    Atomics.store(this.#cells, HEAD + lane, number);
    return true;
  }

  /** The source that a lane works on, or did last. */
  current(lane: number): number | undefined {
    const number = Atomics.load(this.#cells, HEAD + lane);
    return number === NOBODY ? undefined : number;
  }

  /** No source is claimed or begun any more. */
  stop(): void {
    Atomics.store(this.#cells, STOPPED, 1);
  }

  get stopped(): boolean {
    return Atomics.load(this.#cells, STOPPED) === 1;
  }
}
