const NEWLINE = 0x0a;

/** One line of an output: a window onto its bytes. */
export interface Line {
  /** Without the newline. */
  text: Uint8Array;
  /** Whether a newline ends it; only the last line of an output may have none. */
  ended: boolean;
  /** The offset behind the line, its newline included. */
  end: number;
}

/** Where the line that holds the byte at `at` begins. */
export function lineStartAt(bytes: Uint8Array, at: number): number {
  return at === 0 ? 0 : bytes.lastIndexOf(NEWLINE, at - 1) + 1;
}

/** How many newlines stand from `start` to before `end`. */
export function countNewlines(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += 1) {
    if (bytes[at] === NEWLINE) count += 1;
  }
  return count;
}

/** How many lines the whole lines from `start` to before `end` are; the last may lack its newline. */
export function countLines(bytes: Uint8Array, start: number, end: number): number {
  const unended = end > start && bytes[end - 1] !== NEWLINE ? 1 : 0;
  return countNewlines(bytes, start, end) + unended;
}

/** The first lines, `limit` at most, of those from `start` to before `end`. */
export function splitLines(bytes: Uint8Array, start: number, end: number, limit: number): Line[] {
  const lines: Line[] = [];
  for (let from = start; from < end && lines.length < limit; ) {
    const newline = bytes.indexOf(NEWLINE, from);
    const ended = newline !== -1 && newline < end;
    const next = ended ? newline + 1 : end;
    lines.push({ text: bytes.subarray(from, ended ? newline : end), ended, end: next });
    from = next;
  }
  return lines;
}

/** The last lines, `limit` at most, of those before `end`, where a line begins. */
export function lastLines(bytes: Uint8Array, end: number, limit: number): Line[] {
  let start = end;
  for (let count = 0; count < limit && start > 0; count += 1) start = lineStartAt(bytes, start - 1);
  return splitLines(bytes, start, end, limit);
}
