import { isAbsolute, relative, resolve } from 'node:path';
import type { Image } from './image.ts';
import { candidatePaths, searchPrefixes } from './search.ts';

/** A source line as a listing shows it, with all rows of what it put into the image. */
export interface ListingRow {
  /** Its line in the file it is from. A listing does not say which file that is. */
  number: number;
  /** How many include files, macro calls and `%rep` blocks it stands in. */
  depth: number;
  text: string;
  /** Where its bytes begin in their section; `undefined` when it has none. */
  offset: number | undefined;
  /** The bytes as the listing writes them; see {@link readPiece}. */
  data: string;
  /** It stands in the definition of a macro or a `%rep` block, so it does nothing here. */
  defining: boolean;
  /** It may be in an `%if` branch that is not taken: a listing shows those too. */
  conditional: boolean;
}

/** NASM's listing.c: the offset and the data column with the blanks behind them. */
const OFFSET_WIDTH = 8;
const DATA_START = OFFSET_WIDTH + 1;
const TEXT_START = DATA_START + 19;
/** Here a row without bytes has a blank, and a message in the listing its first `*` or `-`. */
const MESSAGE_START = 9;

const SPACE = 0x20;
const PARENTHESIS = 0x28;
const LESS_THAN = 0x3c;
const QUESTION_MARK = 0x3f;
const BRACKET = 0x5b;
const DEPTH = /^ ?<(\d{1,6})>/;
const BLOCK =
  /^\s*%(?:(?<define>[ir]*macro|rep)|(?<end>endm|endmacro|endrep)|(?<when>if\w*)|(?<endif>endif))\b/i;

/**
 * The rows of a listing (`nasm -l`, the format of NASM 2.15 and later) in their order, each with its
 * continuation rows. Messages are left out, and what is no row. Linear in the length of the text.
 */
export function* readListing(listing: string): Generator<ListingRow> {
  const blocks = new Blocks();
  let row: ListingRow | undefined;
  for (let start = 0; start < listing.length; ) {
    const newline = listing.indexOf('\n', start);
    const end = newline < 0 ? listing.length : newline;
    const line = readLine(listing.slice(start, end));
    start = end + 1;
    if (line === undefined) continue;
    if (line.text === undefined) {
      if (row !== undefined) row.data += line.data;
      continue;
    }
    if (row !== undefined) yield row;
    row = { ...line, text: line.text, ...blocks.enter(line.depth, line.text) };
  }
  if (row !== undefined) yield row;
}

type Line = Pick<ListingRow, 'number' | 'depth' | 'offset' | 'data'> & { text: string | undefined };

function readLine(line: string): Line | undefined {
  const number = Number.parseInt(line, 10);
  const base = line.indexOf(' ', line.search(/\d/)) + 1;
  if (Number.isNaN(number) || base === 0) return undefined;
  const hasData = line.charCodeAt(base) !== SPACE;
  const offset = hasData ? Number.parseInt(line.slice(base, base + OFFSET_WIDTH), 16) : undefined;
  if (Number.isNaN(offset)) return undefined;
  if (!hasData && (line.charCodeAt(base + MESSAGE_START) || SPACE) !== SPACE) return undefined;

  const rest = line.slice(base + TEXT_START);
  const [mark = '', depth = '0'] = DEPTH.exec(rest) ?? ['    '];
  return {
    number,
    depth: Number(depth),
    offset,
    data: hasData ? line.slice(base + DATA_START, base + TEXT_START).replace(/-? *$/, '') : '',
    // What was too long for one row goes on in rows that have no text, not even an empty one.
    text: rest.length > mark.length ? rest.slice(mark.length + 1).trimEnd() : undefined,
  };
}

/** Follows definitions and `%if` blocks through a listing. */
class Blocks {
  #definitions = 0;
  /** Open `%if` by depth: `%exitmacro` leaves some without an `%endif`, but not beyond its macro. */
  readonly #ifs: number[] = [];
  #openIfs = 0;

  enter(depth: number, text: string): Pick<ListingRow, 'defining' | 'conditional'> {
    while (this.#ifs.length > depth + 1) this.#openIfs -= this.#ifs.pop() ?? 0;
    while (this.#ifs.length <= depth) this.#ifs.push(0);
    const groups = BLOCK.exec(text)?.groups;
    if (groups?.['define'] !== undefined) this.#definitions++;
    const defining = this.#definitions > 0;
    if (groups?.['end'] !== undefined) this.#definitions = Math.max(0, this.#definitions - 1);
    if (!defining && groups?.['when'] !== undefined) this.#count(depth, 1);
    const conditional = this.#openIfs > 0;
    if (!defining && groups?.['endif'] !== undefined && this.#ifs[depth] !== 0) this.#count(depth, -1);
    return { defining, conditional };
  }

  #count(depth: number, change: 1 | -1): void {
    this.#ifs[depth] = (this.#ifs[depth] ?? 0) + change;
    this.#openIfs += change;
  }
}

/** A piece of a data column. */
export interface Piece {
  /**
   * - `byte`: one byte, `value`
   * - `any`: bytes that the listing does not tell: an address before it is relocated, a file of `incbin`
   * - `zero`: reserved bytes, which are zero in a flat image
   * - `times`: all that `times` repeats stands before it; `size` is how often it is there
   * - `unknown`: no size can be told
   */
  kind: 'byte' | 'any' | 'zero' | 'times' | 'unknown';
  size: number;
  value: number;
}

const SIZED = /<(\w+) ([0-9A-F]+)(h?)>/y;

/**
 * Reads the piece at `at` of a data column into `piece` and returns where the next one begins. There are
 * `B8`, `[5000]` (absolute) and `(2100)` (relative) addresses, `????`, and `<bin 34h>`, `<res Ch>`,
 * `<zero 20h>`, `<rep 3h>`, whose numbers are decimal without the `h` (`nasm -Ld`).
 */
export function readPiece(data: string, at: number, piece: Piece): number {
  const char = data.charCodeAt(at);
  piece.size = 1;
  if (char === BRACKET || char === PARENTHESIS) {
    let end = at + 1;
    while (end < data.length && !'])'.includes(data.charAt(end))) end++;
    piece.kind = 'any';
    piece.size = (end - at - 1) / 2;
    return end + 1;
  }
  if (char === QUESTION_MARK) {
    piece.kind = 'zero';
    return at + 2;
  }
  if (char === LESS_THAN) {
    SIZED.lastIndex = at;
    const [whole = '', name = '', digits = '', hex] = SIZED.exec(data) ?? [];
    piece.kind = SIZED_KINDS.get(name) ?? 'unknown';
    piece.size = Number.parseInt(digits, hex === 'h' ? 16 : 10) || 0;
    return whole === '' ? data.length : at + whole.length;
  }
  piece.value = Number.parseInt(data.slice(at, at + 2), 16);
  piece.kind = Number.isNaN(piece.value) ? 'unknown' : 'byte';
  return at + 2;
}

const SIZED_KINDS: ReadonlyMap<string, Piece['kind']> = new Map([
  ['rep', 'times'],
  ['bin', 'any'],
  ['res', 'zero'],
  ['zero', 'zero'],
]);

/** How long what a data column shows is. */
export interface Extent {
  /** Bytes up to the first that repeat or have no known size. */
  head: number;
  /** All bytes, if `times` repeats everything that stands before it. */
  size: number;
  /** The length of what repeats, else `size`; 0 when that is not known. */
  unit: number;
  /** There may be more than `size`. */
  open: boolean;
}

export function measure(data: string): Extent {
  const piece: Piece = { kind: 'byte', size: 1, value: 0 };
  let head = 0;
  let reserves: boolean | undefined;
  for (let at = 0; at < data.length; ) {
    at = readPiece(data, at, piece);
    if (piece.kind === 'times' && at === data.length) {
      return { head, size: head * piece.size, unit: head, open: false };
    }
    // One line reserves or writes; where it does both it is a macro, and what it reserves may be a structure.
    const mixed = reserves !== undefined && reserves !== (piece.kind === 'zero');
    if (piece.kind === 'times' || piece.kind === 'unknown' || mixed) {
      return { head, size: head, unit: 0, open: true };
    }
    reserves = piece.kind === 'zero';
    head += piece.size;
  }
  return { head, size: head, unit: head, open: false };
}

/** Whether all of it is reserved bytes, which may be in the image or not. */
export function reservesOnly(data: string): boolean {
  return /^(?:\?|<(?:res|zero|rep) \w+>)*$/.test(data);
}

/** A line of a source. */
export interface SourceLine {
  /** As NASM's diagnostics name it, relative to the folder NASM ran in. */
  file: string;
  /** Counted from 1, as NASM counts: `%line` directives are followed. */
  line: number;
  /** The line as the listing shows it: lines joined by `\` are one, very long ones are cut. */
  text: string;
}

/** The source line that put a byte into an image. */
export interface ImageLine extends SourceLine {
  /**
   * Where the byte comes from a macro, the line above is the call in the file, and this is the line of the
   * macro's body, if its definition is in the listing.
   */
  body: SourceLine | undefined;
}

/** What the rows of one depth are part of. */
interface Frame {
  /** The file that their numbers count in; `undefined` for a macro's body. */
  file: string | undefined;
  /** Where a macro's body was called; `undefined` when that is not known. */
  call: SourceLine | undefined;
  /** A definition in it changes the file with `%line`: a `%rep` block is then lines of several files. */
  mixed?: boolean;
}

const UNKNOWN: Frame = { file: undefined, call: undefined };
const INCLUDE = /^\s*%(?:include|require)\s*(?:"([^"]*)"|'([^']*)'|`([^`\\]*)`)\s*(?:;.*)?$/i;
const END_OF_REP = /^\s*%endrep\b/i;
const LIST_SWITCH = /^\s*\[\s*list\b/i;
/** `%line 7+1 gen.c`, or the form of C preprocessors, `# 7 "gen.c"`. */
const LINE_MARKER =
  /^\s*(?:%line\s+(?<line>\d+)(?:\s*\+\s*(?<step>\d+))?(?:\s+(?<name>\S.*))?|#(?:line)?\s*(?<cLine>\d+)\s+"(?<cName>[^"]*)".*)$/i;

/** Follows a listing through include files, macros and `%rep` blocks and tells where each row is from. */
export class Origins {
  readonly #cwd: string;
  readonly #dependencies: readonly string[];
  readonly #known: ReadonlySet<string>;
  readonly #prefixes: readonly string[];
  /** By depth, up to that of the last row. */
  readonly #frames: Frame[];
  /** By number and text, the file of a line in a macro's definition; '' when there are several. */
  readonly #definitions = new Map<string, string>();
  #last: { row: ListingRow; place: SourceLine | undefined } | undefined;
  #marker: { row: ListingRow; next: readonly number[]; file: string | undefined } | undefined;

  constructor(image: Pick<Image, 'source' | 'dependencies'>, cwd: string) {
    this.#cwd = cwd;
    this.#dependencies = image.dependencies;
    this.#known = new Set(image.dependencies);
    this.#prefixes = searchPrefixes(image.source, []);
    this.#frames = [{ file: image.source, call: undefined }];
  }

  enter(row: ListingRow): ImageLine | undefined {
    this.#open(row);
    this.#passMarker(row);
    const { file, call } = this.#frames[row.depth] ?? UNKNOWN;
    const own = { line: row.number, text: row.text };
    const place = file === undefined ? call : { file, ...own };
    this.#last = { row, place };
    if (file !== undefined) {
      if (row.offset === undefined) this.#note(row, file);
      return { file, ...own, body: undefined };
    }
    if (call === undefined || row.offset === undefined) return undefined;
    const definition = this.#definitions.get(definitionKey(row));
    return { ...call, body: definition ? { file: definition, ...own } : undefined };
  }

  /** Brings the frames to the depth of a row. */
  #open(row: ListingRow): void {
    const frames = this.#frames;
    const parent = frames.at(-1) ?? UNKNOWN;
    if (row.depth < frames.length) frames.length = row.depth + 1;
    while (frames.length <= row.depth) {
      const direct = frames.length === row.depth;
      frames.push(this.#inner(parent, direct && row.number === 1));
    }
    // What came meanwhile was not shown: these may be lines of another file or macro.
    if (this.#last !== undefined && LIST_SWITCH.test(this.#last.row.text)) frames.fill(UNKNOWN, 1);
  }

  /** The frame that the last row opens. */
  #inner(parent: Frame, fromFirstLine: boolean): Frame {
    if (this.#last === undefined) return UNKNOWN;
    const { row, place } = this.#last;
    if (END_OF_REP.test(row.text) && parent.mixed !== true) return parent;
    const [, double, single, back] = INCLUDE.exec(row.text) ?? [];
    const name = double ?? single ?? back;
    const file = name !== undefined && fromFirstLine ? this.#resolve(name) : undefined;
    return { file, call: place };
  }

  /** The file that NASM opens for a name, as it names it; `undefined` when several could be it. */
  #resolve(name: string): string | undefined {
    const isKnown = (path: string): boolean => this.#known.has(resolve(this.#cwd, path));
    const found = candidatePaths(name, this.#prefixes).find(isKnown);
    if (found !== undefined || isAbsolute(name) || name.split('/').includes('..')) return found;
    // It is in another folder of the search path then.
    const ending = resolve('/', name);
    const [path, ...others] = this.#dependencies.filter((dependency) => dependency.endsWith(ending));
    if (path === undefined || others.length > 0) return undefined;
    const near = relative(this.#cwd, path);
    return near.startsWith('..') ? path : near;
  }

  /** Keeps what later rows need of one without bytes. */
  #note(row: ListingRow, file: string): void {
    if (row.defining) {
      const key = definitionKey(row);
      const before = this.#definitions.get(key);
      this.#definitions.set(key, before === undefined || before === file ? file : '');
    }
    const { line, step = '1', name, cLine, cName } = LINE_MARKER.exec(row.text)?.groups ?? {};
    const number = line ?? cLine;
    if (number === undefined) return;
    const first = Number(number);
    const next = [first, first + Number(step)];
    this.#marker = { row, next, file: (name ?? cName)?.replace(/^(["'`])(.*)\1$/, '$2') };
  }

  /** Carries out the `%line` before a row, if NASM did. */
  #passMarker(row: ListingRow): void {
    const marker = this.#marker;
    this.#marker = undefined;
    const frame = this.#frames[row.depth];
    if (marker === undefined || frame === undefined || row.depth !== marker.row.depth) return;
    if (marker.next.includes(row.number)) {
      const mixed = marker.row.defining || frame.mixed === true;
      this.#frames[row.depth] = { ...frame, file: marker.file ?? frame.file, mixed };
    } else if (row.number !== marker.row.number + 1) {
      this.#frames[row.depth] = UNKNOWN;
    }
  }
}

/** NASM shows a macro's line in a call without comments and with single blanks. */
function definitionKey({ number, text }: ListingRow): string {
  return `${number} ${text.replace(/;.*/, '').replace(/\s+/g, ' ').trim()}`;
}
