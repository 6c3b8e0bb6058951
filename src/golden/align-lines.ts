import type { Line } from './lines.ts';

/** A stretch of lines that both sides have, or what stands on either side in the same place. */
export type Piece = { kind: 'same'; lines: Line[] } | { kind: 'change'; expected: Line[]; actual: Line[] };

/**
 * Aligns two lists of lines along a longest common subsequence, so that as few lines as possible differ.
 * Takes time and memory in proportion to the product of the two lengths: bound them.
 */
export function alignLines(expected: readonly Line[], actual: readonly Line[]): Piece[] {
  const numbers = new Map<string, number>();
  const wanted = expected.map((line) => numberOf(line, numbers));
  const found = actual.map((line) => numberOf(line, numbers));
  const width = actual.length + 1;
  const common = commonLengths(wanted, found);

  const pieces: Piece[] = [];
  let row = 0;
  let column = 0;
  while (row < expected.length || column < actual.length) {
    const expectedLine = expected[row];
    const actualLine = actual[column];
    if (expectedLine !== undefined && actualLine !== undefined && wanted[row] === found[column]) {
      openSame(pieces).push(expectedLine);
      row += 1;
      column += 1;
      continue;
    }
    const below = common[(row + 1) * width + column] ?? -1;
    const beside = common[row * width + column + 1] ?? -1;
    const change = openChange(pieces);
    if (expectedLine !== undefined && (actualLine === undefined || below >= beside)) {
      change.expected.push(expectedLine);
      row += 1;
    } else if (actualLine !== undefined) {
      change.actual.push(actualLine);
      column += 1;
    }
  }
  return pieces;
}

/** Equal lines get equal numbers; the newline counts. */
function numberOf(line: Line, numbers: Map<string, number>): number {
  const { buffer, byteOffset, length } = line.text;
  const key = `${line.ended ? '\n' : ''}${Buffer.from(buffer, byteOffset, length).toString('latin1')}`;
  const number = numbers.get(key) ?? numbers.size;
  numbers.set(key, number);
  return number;
}

/** At `row * (found.length + 1) + column`: the common length of what follows there on both sides. */
function commonLengths(wanted: readonly number[], found: readonly number[]): Uint16Array {
  const width = found.length + 1;
  const common = new Uint16Array((wanted.length + 1) * width);
  for (let row = wanted.length - 1; row >= 0; row -= 1) {
    for (let column = found.length - 1; column >= 0; column -= 1) {
      const below = common[(row + 1) * width + column] ?? 0;
      const beside = common[row * width + column + 1] ?? 0;
      const diagonal = common[(row + 1) * width + column + 1] ?? 0;
      const same = wanted[row] === found[column];
      common[row * width + column] = same ? diagonal + 1 : Math.max(below, beside);
    }
  }
  return common;
}

function openSame(pieces: Piece[]): Line[] {
  const last = pieces.at(-1);
  if (last?.kind === 'same') return last.lines;
  const lines: Line[] = [];
  pieces.push({ kind: 'same', lines });
  return lines;
}

function openChange(pieces: Piece[]): { expected: Line[]; actual: Line[] } {
  const last = pieces.at(-1);
  if (last?.kind === 'change') return last;
  const change: Piece = { kind: 'change', expected: [], actual: [] };
  pieces.push(change);
  return change;
}
