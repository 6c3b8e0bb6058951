import { GuestkitError } from '../errors.ts';
import { quote } from '../golden/visible.ts';

/** More than these are not worth reading at once. */
const MOST_SHOWN = 10;

/** A failure that the project's settings bring about. */
export function configError(
  message: string,
  details: { hint?: string | undefined; cause?: unknown } = {},
): GuestkitError {
  return new GuestkitError('config', message, details);
}

/** What is wrong with a text: "be relative to the project's folder", to follow "must", and what to do about it. */
export interface Complaint {
  must: string;
  hint?: string | undefined;
}

/** What is wrong with one file's settings, collected so that a person can correct all of it at once. */
export class Problems {
  readonly #file: string;
  readonly #lines: string[] = [];
  #hint: string | undefined;

  /** @param file the name for messages */
  constructor(file: string) {
    this.#file = file;
  }

  /** Whether there are so many that looking for more is of no use. */
  get enough(): boolean {
    return this.#lines.length >= MOST_SHOWN;
  }

  /** Notes "must be a string, it is a number" of the value at a key. The first hint is the one that is shown. */
  add(key: string, problem: string, hint?: string): void {
    this.#hint ??= hint;
    if (!this.enough) this.#lines.push(`${this.#file}: ${key} ${problem}`);
  }

  /** Throws when there are any, with a line for each. */
  throwIfAny(): void {
    if (this.#lines.length > 0) throw configError(this.#lines.join('\n'), { hint: this.#hint });
  }
}

/** What a value is, for "must be a string, it is a number". */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'object':
      return value instanceof Promise ? 'a promise' : 'an object';
    case 'undefined':
      return 'undefined';
    default:
      return `a ${typeof value}`;
  }
}

/** The first line of somebody's text, without what a terminal would obey. */
export function oneLine(text: string): string {
  const [line = ''] = text.split('\n', 1);
  const shown = line.slice(0, 300).replace(/\p{C}/gu, '\uFFFD').trim();
  return line.length > 300 ? `${shown}...` : shown;
}
