/** Room that a buffer begins with at its first byte. */
const FIRST_ROOM = 256;

/** Bytes a guest prints: kept up to a limit, and handed on as they come. */
export class OutputBuffer {
  readonly limit: number;
  readonly #onOverflow: () => void;
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;
  #taken = 0;

  /** @param onOverflow called for each byte beyond `limit`, which is dropped */
  constructor(limit: number, onOverflow: () => void) {
    this.limit = limit;
    this.#onOverflow = onOverflow;
  }

  push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      if (this.#length >= this.limit) {
        this.#onOverflow();
        return;
      }
      const grown = new Uint8Array(Math.min(Math.max(FIRST_ROOM, this.#bytes.length * 4), this.limit));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  /** How many bytes there are so far. */
  get length(): number {
    return this.#length;
  }

  /** Everything so far; a window that later bytes do not change. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** What came since the last call. */
  takeNew(): Uint8Array {
    const fresh = this.#bytes.subarray(this.#taken, this.#length);
    this.#taken = this.#length;
    return fresh;
  }
}

/** Bytes on their way to a guest, in order. */
export class InputQueue {
  #chunks: Uint8Array[] = [];
  #position = 0;
  #length = 0;

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#length += bytes.length;
  }

  /** Bytes still waiting. */
  get length(): number {
    return this.#length;
  }

  /** The next byte, or `undefined` while none is waiting. */
  next(): number | undefined {
    const chunk = this.#chunks[0];
    if (chunk === undefined) return undefined;
    const byte = chunk[this.#position];
    this.#position += 1;
    this.#length -= 1;
    if (this.#position >= chunk.length) {
      this.#chunks.shift();
      this.#position = 0;
    }
    return byte;
  }
}
