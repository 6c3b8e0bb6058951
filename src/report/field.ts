import { GuestkitError } from '../errors.ts';

/** A value in a JSON document from somewhere: read step by step, with errors that name file and place. */
export class Field {
  readonly #value: unknown;
  readonly #file: string;
  readonly #path: string;

  /** @param path the place in the document: `cases[3].attempts`; empty for the whole */
  constructor(value: unknown, file: string, path = '') {
    this.#value = value;
    this.#file = file;
    this.#path = path;
  }

  /** The member of an object; one that is missing is `undefined`, which is of no type. */
  get(key: string): Field {
    if (typeof this.#value !== 'object' || this.#value === null || Array.isArray(this.#value)) {
      this.refuse('an object');
    }
    const members = this.#value as Readonly<Record<string, unknown>>;
    const value = Object.hasOwn(members, key) ? members[key] : undefined;
    return new Field(value, this.#file, this.#path === '' ? key : `${this.#path}.${key}`);
  }

  /** The items of an array, each read by `read`. */
  list<T>(read: (item: Field) => T): T[] {
    if (!Array.isArray(this.#value)) this.refuse('a list');
    return this.#value.map((item: unknown, index) =>
      read(new Field(item, this.#file, `${this.#path}[${index}]`)),
    );
  }

  /** What `read` makes of it, or `undefined` for `null`. */
  optional<T>(read: (field: Field) => T): T | undefined {
    return this.#value === null ? undefined : read(this);
  }

  is(value: unknown): boolean {
    return this.#value === value;
  }

  string(): string {
    if (typeof this.#value !== 'string') this.refuse('text');
    return this.#value;
  }

  boolean(): boolean {
    if (typeof this.#value !== 'boolean') this.refuse('true or false');
    return this.#value;
  }

  /** A number from 0. */
  amount(): number {
    if (typeof this.#value !== 'number' || !(this.#value >= 0)) this.refuse('a number from 0');
    return this.#value;
  }

  /** A whole number from `least`. */
  whole(least = 0): number {
    if (!Number.isSafeInteger(this.#value) || (this.#value as number) < least) {
      this.refuse(`a whole number from ${least}`);
    }
    return this.#value as number;
  }

  /** A 64-bit value written as `0x1f`. */
  bigint(): bigint {
    if (typeof this.#value !== 'string' || !/^0x[0-9a-f]{1,16}$/.test(this.#value)) {
      this.refuse('a hexadecimal number');
    }
    return BigInt(this.#value);
  }

  base64(): Uint8Array {
    const text = this.string();
    const bytes = Buffer.from(text, 'base64');
    if (bytes.toString('base64') !== text) this.refuse('base64');
    return new Uint8Array(bytes);
  }

  /** One of a few words. */
  oneOf<T extends string>(words: readonly T[]): T {
    const word = words.find((known) => known === this.#value);
    return word ?? this.refuse(`one of ${words.join(', ')}`);
  }

  /** @throws GuestkitError `file` */
  refuse(wanted: string): never {
    const place = this.#path === '' ? 'the document' : this.#path;
    throw new GuestkitError('file', `cannot read ${this.#file}: ${place} is not ${wanted}`, {
      hint: 'Reports to be merged are those that guestkit test --reporter json=FILE writes.',
    });
  }
}
