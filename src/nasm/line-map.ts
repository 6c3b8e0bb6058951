import type { Image } from './image.ts';
import {
  type Extent,
  type ImageLine,
  type ListingRow,
  measure,
  Origins,
  type Piece,
  readListing,
  readPiece,
  reservesOnly,
} from './listing.ts';

/** Bytes of an image that one source line made, with `times` one of its repetitions. */
export interface ImageUnit {
  start: number;
  length: number;
  line: ImageLine | undefined;
}

/** The parts of an {@link Image} that a {@link LineMap} reads; `map` is NASM's map with its sections. */
export type LineMapImage = Pick<Image, 'source' | 'bytes' | 'dependencies' | 'listing' | 'map'>;

/** Intel SDM volume 2, 2.3.11: a longer instruction is #UD. */
const MAX_INSTRUCTION_BYTES = 15;

/**
 * Finds the source lines of an image's bytes, from NASM's listing and map. Offsets count from the start of the
 * flat image, which is where it is loaded when that is at 0.
 *
 * Each row's bytes are compared with the image, and what does not match or could stand in two places has no
 * line. Neither has what `[list -]` hides, and what follows in a file included from there. The first question
 * reads the listing, in linear time; later ones search. Never throws.
 */
export class LineMap {
  readonly #image: LineMapImage;
  readonly #cwd: string;
  #built: readonly Span<ImageLine | undefined>[] | undefined;

  /** @param cwd the folder NASM ran in */
  constructor(image: LineMapImage, cwd: string = process.cwd()) {
    this.#image = image;
    this.#cwd = cwd;
  }

  /** The line that the byte at `offset` comes from. */
  lineAt(offset: number): ImageLine | undefined {
    return this.#spanOf(offset)?.origin;
  }

  /**
   * The instruction that begins at `offset`: bytes of one line, at most 15. The listing does not tell code from
   * data, and a call of a `.nolist` macro is one line however many instructions it makes: the caller decodes.
   */
  instructionAt(offset: number): ImageUnit | undefined {
    return this.#unit(offset, offset);
  }

  /** The instruction whose last byte is right before `offset`, as {@link instructionAt}. */
  instructionEndingAt(offset: number): ImageUnit | undefined {
    return this.#unit(offset - 1, offset);
  }

  /** The unit that holds the byte at `inside` and begins or ends at `edge`. */
  #unit(inside: number, edge: number): ImageUnit | undefined {
    const span = this.#spanOf(inside);
    if (span === undefined || span.unit === 0 || span.unit > MAX_INSTRUCTION_BYTES) return undefined;
    if ((edge - span.start) % span.unit !== 0) return undefined;
    return { start: edge > inside ? edge - span.unit : edge, length: span.unit, line: span.origin };
  }

  #spanOf(offset: number): Span<ImageLine | undefined> | undefined {
    const spans = this.#spans;
    let [low, high] = [0, spans.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((spans[middle]?.start ?? Number.POSITIVE_INFINITY) <= offset) low = middle + 1;
      else high = middle;
    }
    const span = spans[low - 1];
    return span !== undefined && offset < span.end ? span : undefined;
  }

  get #spans(): readonly Span<ImageLine | undefined>[] {
    this.#built ??= this.#read();
    return this.#built;
  }

  #read(): Span<ImageLine | undefined>[] {
    const { bytes, listing, map } = this.#image;
    const origins = new Origins(this.#image, this.#cwd);
    const placement = new Placement<ImageLine | undefined>(bytes, parseSections(map));
    for (const row of readListing(listing)) placement.enter(row, origins.enter(row));
    return placement.finish();
  }
}

const SECTION =
  /^ *[0-9A-F]+ +(?<start>[0-9A-F]+) +[0-9A-F]+ +(?<length>[0-9A-F]+) {2}(?<kind>progbits|nobits) +(?<name>\S+)$/;

/** The sections of a NASM map ("Sections (summary)"), placed by its "Program origin"; none without these. */
function parseSections(map: string): ImageSection[] {
  const origin = /^-- Program origin -+\n\n([0-9A-F]+)$/m.exec(map)?.[1];
  if (origin === undefined) return [];
  const sections: ImageSection[] = [];
  for (const line of map.split('\n')) {
    const { start, length = '', kind, name = '' } = SECTION.exec(line)?.groups ?? {};
    if (start === undefined) continue;
    const inImage = kind === 'progbits';
    // Addresses may be beyond what a number can say.
    const offset = inImage ? Number(BigInt(`0x${start}`) - BigInt(`0x${origin}`)) : 0;
    sections.push({ name, offset, length: inImage && offset >= 0 ? Number.parseInt(length, 16) : 0 });
  }
  return sections;
}

/** A part of a flat image that NASM knows by name. */
interface ImageSection {
  name: string;
  /** Where it begins in the image. */
  offset: number;
  /** Of its bytes in the image: 0 for `nobits` sections. */
  length: number;
}

/** Bytes of an image that one row made. */
interface Span<T> {
  start: number;
  end: number;
  /** The length of what `times` repeats, else of all; 0 where that cannot be told. */
  unit: number;
  origin: T;
}

/** A row's bytes before it is known where they are. */
interface Item<T> extends Extent {
  offset: number;
  data: string;
  origin: T;
  /** Rows that are not shown may come behind it. */
  hiding: boolean;
}

type Target = ImageSection & { cursor: number };

/** Where structures and `absolute` are: in no part of the image. */
const ELSEWHERE: Target = { name: '', offset: 0, length: 0, cursor: 0 };
/** With more, only the one that a directive names is tried for a row. */
const MAX_CANDIDATES = 16;
const DIRECTIVE =
  /^\s*(?<bracket>\[?)\s*(?:(?:section|segment)\s+(?<name>[^\s\]]+)|(?<absolute>absolute|struc)\b|(?<back>endstruc\b|__\??sect\??__)|(?<list>list)\b)/i;

/**
 * Finds the section and with it the place in the image of each row: from directives in the listing, offsets
 * that go on, and bytes that must be equal. Directives can hide in macros and `%if` branches; then a row
 * counts as placed only when its run of rows fits one section alone.
 */
class Placement<T> {
  readonly #bytes: Uint8Array;
  readonly #mapped: boolean;
  /** All sections are known, and few enough to compare each row with all of them. */
  #comparable: boolean;
  readonly #sections: Target[];
  readonly #byName: Map<string, Target>;
  readonly #spans: Span<T>[] = [];
  /** Rows that follow each other in one section, still to be placed. */
  #run: Item<T>[] = [];
  /** What the last directive since the run before says. */
  #hint: Target | 'uncertain' | undefined;
  /** The section that goes on; `undefined` when that is not known. */
  #current: Target | undefined;
  /** What `__SECT__` goes back to. */
  #primary: Target | undefined;

  /** @param sections from the map; without them only `.text` is placed, at the image's start */
  constructor(bytes: Uint8Array, sections: readonly ImageSection[]) {
    this.#bytes = bytes;
    this.#mapped = sections.length > 0;
    const known = this.#mapped ? sections : [{ name: '.text', offset: 0, length: bytes.length }];
    this.#comparable = known.length <= MAX_CANDIDATES;
    this.#sections = known.map((section) => ({ ...section, cursor: 0 }));
    this.#byName = new Map(this.#sections.map((section) => [section.name, section]));
    // NASM manual, 8.1.3: code before any directive is in .text.
    this.#current = this.#byName.get('.text');
    this.#primary = this.#current;
  }

  enter(row: ListingRow, origin: T): void {
    if (row.offset === undefined) {
      const groups = row.defining ? undefined : DIRECTIVE.exec(row.text)?.groups;
      if (groups !== undefined) this.#direct(groups, row.conditional);
      return;
    }
    const item = { offset: row.offset, data: row.data, origin, ...measure(row.data), hiding: false };
    const last = this.#run.at(-1);
    if (last !== undefined && !follows(item, last)) this.#place();
    this.#run.push(item);
  }

  #direct(groups: Record<string, string | undefined>, conditional: boolean): void {
    const last = this.#run.at(-1);
    if (groups['list'] !== undefined) {
      if (last !== undefined) last.hiding = true;
      return;
    }
    this.#place();
    let target: Target | undefined = ELSEWHERE;
    if (groups['back'] !== undefined) target = this.#primary;
    else if (groups['name'] !== undefined) {
      target = this.#byName.get(groups['name']) ?? (this.#mapped ? undefined : ELSEWHERE);
      if (target === ELSEWHERE) this.#comparable = false;
    }
    const known = conditional ? undefined : target;
    const setsPrimary = groups['bracket'] === '' && !/^struc/i.test(groups['absolute'] ?? '');
    if (groups['back'] === undefined && setsPrimary) this.#primary = known;
    this.#hint = known ?? 'uncertain';
  }

  /** Places the rows of the run that is over. */
  #place(): void {
    const run = this.#run;
    const [first] = run;
    if (first === undefined) return;
    const hint = this.#hint;
    const expected = hint === 'uncertain' ? undefined : (hint ?? this.#current);
    this.#run = [];
    this.#hint = undefined;
    this.#current = expected;
    let from = 0;
    // A directive that a `.nolist` macro hides could be before rows that nothing but their offset speaks for.
    const goesOn = first.offset === expected?.cursor && /^[0-9A-F]/.test(first.data);
    if (expected !== undefined && (hint === expected || goesOn)) {
      from = this.#accept(run, 0, this.#matchEnd(run, 0, expected), expected);
    }
    if (run.every(({ data }) => reservesOnly(data))) return;
    while (from < run.length) {
      const { section, end } = this.#onlyFit(run, from, expected);
      this.#current = section;
      from = section === undefined ? Math.max(end, from + 1) : this.#accept(run, from, end, section);
    }
  }

  /** The section where more of the run's rows fit than anywhere else, and where that ends. */
  #onlyFit(
    run: readonly Item<T>[],
    from: number,
    expected: Target | undefined,
  ): { section: Target | undefined; end: number } {
    const named = expected === undefined ? [] : [expected];
    const candidates = this.#comparable ? this.#sections : named;
    let section: Target | undefined;
    let end = from;
    for (const candidate of candidates) {
      const matched = this.#matchEnd(run, from, candidate);
      if (matched > end) [section, end] = [candidate, matched];
      else if (matched === end) section = undefined;
    }
    return { section, end };
  }

  /** The first row of the run from `from` on that cannot be in the section. */
  #matchEnd(run: readonly Item<T>[], from: number, section: Target): number {
    let end = from;
    if ((run[from]?.offset ?? 0) < section.cursor) return end;
    for (let item = run[end]; item !== undefined; item = run[++end]) {
      if (item.offset + item.head > section.length) break;
      if (!this.#matches(item, section.offset + item.offset)) break;
    }
    return end;
  }

  /** Whether the image has the row's bytes there, up to the first that repeat or have no known size. */
  #matches({ data, head }: Item<T>, start: number): boolean {
    const piece: Piece = { kind: 'byte', size: 1, value: 0 };
    for (let at = 0, place = start; place < start + head; place += piece.size) {
      at = readPiece(data, at, piece);
      if (piece.kind === 'byte' && this.#bytes[place] !== piece.value) return false;
      if (piece.kind === 'zero' && this.#bytes.subarray(place, place + piece.size).some(Boolean))
        return false;
    }
    return true;
  }

  #accept(run: readonly Item<T>[], from: number, to: number, section: Target): number {
    for (let index = from; index < to; index++) {
      const [item, next] = [run[index], index + 1 < to ? run[index + 1] : undefined];
      if (item === undefined) break;
      const start = section.offset + item.offset;
      const room = (next?.offset ?? Number.POSITIVE_INFINITY) - item.offset;
      const known =
        !item.open && item.size <= room && (item.size === item.head || this.#repeats(start, item));
      const length = known ? item.size : next === undefined || item.hiding ? item.head : room;
      section.cursor = item.offset + length;
      if (length === 0) continue;
      this.#spans.push({ start, end: start + length, unit: known ? item.unit : 0, origin: item.origin });
    }
    this.#current = section;
    return to;
  }

  /** Whether the image has all the repetitions that the row stands for, if `times` repeats all of it. */
  #repeats(start: number, item: Item<T>): boolean {
    if (start + item.size > this.#bytes.length) return false;
    for (let at = item.unit; at < item.size; at += item.unit)
      if (!this.#matches(item, start + at)) return false;
    return true;
  }

  /** All that has a place, in the image's order; nothing where two rows claim the same bytes. */
  finish(): Span<T>[] {
    this.#place();
    this.#spans.sort((a, b) => a.start - b.start);
    const kept: Span<T>[] = [];
    let disputed = 0;
    for (const span of this.#spans) {
      const before = kept.at(-1);
      if (before !== undefined && span.start < before.end) {
        disputed = before.end;
        kept.pop();
      }
      if (span.start < disputed) disputed = Math.max(disputed, span.end);
      else kept.push(span);
    }
    return kept;
  }
}

/** Whether an item stands right behind another, as far as that one's size is known. */
function follows(item: Item<unknown>, last: Item<unknown>): boolean {
  if (last.open || last.size > last.head) return item.offset > last.offset;
  return item.offset === last.offset + last.size;
}
