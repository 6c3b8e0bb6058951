/** How much of what is looked for is compared, in UTF-16 units. */
const LONGEST = 120;

/**
 * How many single letters separate `wanted` from the part of `text` that is most like it, in either case
 * (Sellers' algorithm: an edit distance whose match may begin and end anywhere); `undefined` when more than
 * a third of its letters would have to change.
 */
export function likeness(wanted: string, text: string): number | undefined {
  const pattern = wanted.slice(0, LONGEST).toLowerCase();
  const letters = text.toLowerCase();
  const most = Math.floor(pattern.length / 3);
  const wantedCodes = Uint16Array.from({ length: pattern.length }, (_, at) => pattern.charCodeAt(at));
  // At each letter of `text`: what the first `row` letters of the pattern cost when the match ends there.
  const costs = Uint16Array.from({ length: pattern.length + 1 }, (_, row) => row);
  let least = pattern.length;
  for (let column = 0; column < letters.length; column += 1) {
    const code = letters.charCodeAt(column);
    let before = 0;
    let below = 0;
    for (let row = 1; row <= pattern.length; row += 1) {
      const beside = costs[row] ?? 0;
      below = Math.min(before + (wantedCodes[row - 1] === code ? 0 : 1), beside + 1, below + 1);
      costs[row] = below;
      before = beside;
    }
    least = Math.min(least, below);
  }
  return least <= most ? least : undefined;
}
