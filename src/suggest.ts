/** Words longer than this are never a typing error of a name. */
const LONGEST_WORD = 32;

/**
 * How many single letters must be put in, left out, replaced or swapped with their neighbour to turn one
 * word into the other (the "optimal string alignment" distance).
 */
export function editDistance(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      let best = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        best = Math.min(best, (beforePrevious[column - 2] ?? 0) + 1);
      }
      current.push(best);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[to.length] ?? 0;
}

/** The name that was most likely meant by `word`, or `undefined` when none is near enough to be offered. */
export function suggest(word: string, names: Iterable<string>): string | undefined {
  const typed = word.toLowerCase();
  if (typed.length > LONGEST_WORD) return undefined;
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const abbreviated = typed.length >= 3 && name.startsWith(typed);
    const distance = abbreviated ? 0 : editDistance(typed, name);
    if (distance < least && distance <= Math.max(typed.length, name.length) / 3) {
      least = distance;
      nearest = name;
    }
  }
  return nearest;
}
