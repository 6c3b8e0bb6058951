/** A repeatable source of numbers from 0 to below 1 (mulberry32), so that a failing case can be run again. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function randomBytes(random: () => number, length: number, alphabet?: string): Uint8Array {
  return Uint8Array.from({ length }, () => {
    if (alphabet === undefined) return Math.floor(random() * 256);
    return alphabet.charCodeAt(Math.floor(random() * alphabet.length));
  });
}
