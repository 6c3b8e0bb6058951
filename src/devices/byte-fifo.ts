/** A first-in, first-out queue of bytes with a fixed size, as chips have; it never allocates after its making. */
export class ByteFifo {
  readonly #bytes: Uint8Array;
  #head = 0;
  #length = 0;

  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
  }

  /** Bytes waiting. */
  get length(): number {
    return this.#length;
  }

  /** Appends a byte; one that finds the queue full is dropped. */
  push(byte: number): void {
    const size = this.#bytes.length;
    if (this.#length === size) return;
    this.#bytes[(this.#head + this.#length) % size] = byte;
    this.#length += 1;
  }

  /** Takes the oldest byte, or `undefined` from an empty queue. */
  shift(): number | undefined {
    if (this.#length === 0) return undefined;
    const byte = this.#bytes[this.#head];
    this.#head = (this.#head + 1) % this.#bytes.length;
    this.#length -= 1;
    return byte;
  }

  clear(): void {
    this.#length = 0;
  }
}
