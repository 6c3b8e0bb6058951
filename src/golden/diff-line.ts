/** One line of a diff, without a mark or colour: those are the printer's. */
export interface DiffLine {
  /** In both outputs; in the expected one only; in the actual one only; or a remark of guestkit's. */
  kind: 'same' | 'expected' | 'actual' | 'note';
  text: string;
}

/** How many lines a diff may have before no further difference is begun. */
export const LINE_LIMIT = 60;

/** How many equal lines are shown on either side of a difference. */
export const CONTEXT = 3;

/**
 * Appends a stretch of `count` equal lines: all of a short one, of a long one only those beside a
 * difference, with a remark in the place of the others. `show` gives the text of a line by its index.
 */
export function appendSame(
  lines: DiffLine[],
  count: number,
  beside: { before: boolean; after: boolean },
  show: (index: number) => string,
): void {
  const push = (from: number, to: number): void => {
    for (let index = from; index < to; index += 1) lines.push({ kind: 'same', text: show(index) });
  };
  const head = beside.before ? CONTEXT : 0;
  const tail = beside.after ? CONTEXT : 0;
  const hidden = count - head - tail;
  // A remark takes a line too: hiding a single one gains nothing.
  if (hidden <= 1) {
    push(0, count);
    return;
  }
  push(0, head);
  lines.push({ kind: 'note', text: `... ${hidden} equal lines` });
  push(count - tail, count);
}
