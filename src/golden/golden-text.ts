import { type Comparison, copyOf, describeDifference } from './comparison.ts';
import type { DiffLine } from './diff-line.ts';
import { GoldenError } from './golden-error.ts';

/** A line of a golden that people write and read: registers, memory, port accesses. */
export interface GoldenLine {
  /** From 1. */
  line: number;
  /** Where it begins in the text. */
  start: number;
  /** Without what ends it. Each byte is one character, so that columns count bytes and nothing is lost. */
  text: string;
}

/** Reports what is wrong at a character of a line. */
export type Fail = (line: GoldenLine, at: number, problem: string, hint?: string) => never;

/** The lines of a golden; LF or CR LF ends them. */
export function* goldenLines(text: string): Generator<GoldenLine> {
  let line = 1;
  for (let start = 0; start < text.length; line += 1) {
    const newline = text.indexOf('\n', start);
    const next = newline === -1 ? text.length : newline + 1;
    yield { line, start, text: text.slice(start, next).replace(/\r?\n$/, '') };
    start = next;
  }
}

/** Errors of the golden at `path`. */
export function failAt(path: string): Fail {
  return ({ line }, at, problem, hint) => {
    throw new GoldenError(path, line, at + 1, problem, hint);
  };
}

/**
 * Where the comment of a line begins, else its length: at a semicolon, or at a `#` that begins a word;
 * between double quotes at neither.
 */
export function commentStart(text: string): number {
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (letter === '"') quoted = !quoted;
    else if (quoted && letter === '\\') at += 1;
    else if (!quoted && letter === ';') return at;
    else if (!quoted && letter === '#' && /^$|\s/.test(text.charAt(at - 1))) return at;
  }
  return text.length;
}

/** Text in which each character is a byte, as text. */
export function asUtf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

/**
 * A golden in which values are replaced and all else stays: comments, order, blanks. Two versions come of
 * it: as the diff shows it, where what was left open stays open, and as accepting writes it.
 */
export class GoldenLayout {
  /** Each character is a byte. */
  readonly text: string;
  readonly #golden: Uint8Array;
  readonly #shown: string[] = [];
  readonly #accepted: string[] = [];
  readonly #notes: DiffLine[] = [];
  #copiedTo = 0;

  constructor(golden: Uint8Array) {
    this.#golden = golden;
    this.text = Buffer.from(golden).toString('latin1');
  }

  /** Replaces the characters from `from` to before `to`; call it in the order of the text. */
  replace(from: number, to: number, { shown, accepted }: { shown: string; accepted: string }): void {
    const between = this.text.slice(this.#copiedTo, from);
    this.#shown.push(between, shown);
    this.#accepted.push(between, accepted);
    this.#copiedTo = to;
  }

  /** A remark at the end of the diff. */
  note(text: string): void {
    this.#notes.push({ kind: 'note', text });
  }

  /** `undefined` when nothing was replaced by anything else. */
  compare(): Comparison | undefined {
    const rest = this.text.slice(this.#copiedTo);
    const shown = Buffer.from(this.#shown.join('') + rest, 'latin1');
    const accepted = Buffer.from(this.#accepted.join('') + rest, 'latin1');
    const isMet = shown.equals(this.#golden);
    const isComplete = accepted.equals(this.#golden);
    if (isMet && isComplete) return undefined;
    const failure = isMet ? undefined : describeDifference(this.#golden, shown);
    if (failure !== undefined) failure.diff = [...failure.diff.map(asInFile), ...this.#notes];
    return { failure, accepted: isComplete ? undefined : copyOf(accepted) };
  }
}

/** A diff doubles each backslash, so that every byte has its own picture; here the file's own text is meant. */
function asInFile({ kind, text }: DiffLine): DiffLine {
  return { kind, text: kind === 'note' ? text : text.replaceAll('\\\\', '\\') };
}
