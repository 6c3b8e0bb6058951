import type { Diagnostic } from './diagnostics.ts';
import { type ImageSymbol, parseSymbols } from './symbols.ts';

/** The largest flat binary that is loaded. */
export const IMAGE_LIMIT_BYTES: number = 16 * 2 ** 20;

/** A guest as NASM made it. */
export interface Image {
  /** The source as it was named. */
  readonly source: string;
  /** The flat binary, in memory of its own. */
  readonly bytes: Uint8Array;
  /** Absolute paths of the files that went in, the source first; those in `%if` branches not taken too. */
  readonly dependencies: readonly string[];
  /** Absolute paths where there is nothing now: a file there would be included in the place of another. */
  readonly absent: readonly string[];
  /** What NASM warned about, from a cached build too. */
  readonly warnings: readonly Diagnostic[];
  /** By address; read when asked for. Empty where the source sends its `[map]` to a file of its own. */
  readonly symbols: readonly ImageSymbol[];
  /** NASM's listing as it is; decoded when asked for. */
  readonly listing: string;
  /** NASM's map as it is, its sections and symbols; decoded when asked for. */
  readonly map: string;
  /** The same files make the same image again: it depends on neither time nor environment. */
  readonly repeatable: boolean;
  /** NASM was not started. */
  readonly cached: boolean;
}

/** What {@link BuiltImage} is made of. */
export interface ImageParts {
  source: string;
  image: Uint8Array;
  dependencies: readonly string[];
  absent: readonly string[];
  warnings: readonly Diagnostic[];
  listing: Uint8Array;
  map: Uint8Array;
  repeatable: boolean;
  cached: boolean;
}

/** The listing and the symbols stay bytes until someone asks: running a guest needs neither. */
export class BuiltImage implements Image {
  readonly source: string;
  readonly bytes: Uint8Array;
  readonly dependencies: readonly string[];
  readonly absent: readonly string[];
  readonly warnings: readonly Diagnostic[];
  readonly repeatable: boolean;
  readonly cached: boolean;
  readonly #listing: Uint8Array;
  readonly #map: Uint8Array;
  #symbols: readonly ImageSymbol[] | undefined;

  constructor(parts: ImageParts) {
    this.source = parts.source;
    // A view of a whole cache entry would carry all of it along to a worker.
    this.bytes = new Uint8Array(parts.image);
    this.dependencies = parts.dependencies;
    this.absent = parts.absent;
    this.warnings = parts.warnings;
    this.repeatable = parts.repeatable;
    this.cached = parts.cached;
    this.#listing = parts.listing;
    this.#map = parts.map;
  }

  get symbols(): readonly ImageSymbol[] {
    this.#symbols ??= parseSymbols(this.map);
    return this.#symbols;
  }

  get map(): string {
    return new TextDecoder().decode(this.#map);
  }

  get listing(): string {
    return new TextDecoder().decode(this.#listing);
  }
}
