import type { CaseRun } from './case-run.ts';
import { placeOfDifference, renderDiff } from './diff.ts';
import type { DiffLine } from './diff-line.ts';

/** How a golden and a run differ. */
export interface Comparison {
  /** `undefined`: what the golden says is so, and what it leaves open is known now. */
  failure: { diff: DiffLine[]; at: { offset: number; line: number; column: number } } | undefined;
  /** What accepting the run would make the golden; `undefined` where that changes nothing. */
  accepted: Uint8Array | undefined;
}

/**
 * Compares one channel of a run with its golden at `path`; `undefined` when they agree in everything.
 * Fails with a `GoldenError` when the golden itself is wrong.
 */
export type Compare = (golden: Uint8Array, path: string, run: CaseRun) => Comparison | undefined;

/** Compares byte for byte; `actual` may be a view of memory that is used again. */
export function compareBytes(golden: Uint8Array, actual: Uint8Array): Comparison | undefined {
  if (Buffer.compare(golden, actual) === 0) return undefined;
  return { failure: describeDifference(golden, actual), accepted: copyOf(actual) };
}

/** The diff of two outputs that are not equal, and where they part. */
export function describeDifference(
  expected: Uint8Array,
  actual: Uint8Array,
): NonNullable<Comparison['failure']> {
  return { diff: renderDiff(expected, actual), at: placeOfDifference(expected, actual) };
}

/** Bytes in memory of their own: `slice` of a Buffer is a view, and a view takes all it looks at along to another thread. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
