/** Repeatable random numbers. */
export interface Random {
  /** An integer from 0 to 2^32 - 1. */
  u32(): number;
  /** An integer from 0 to `bound` - 1. */
  below(bound: number): number;
  pick<T>(values: readonly [T, ...T[]]): T;
  fill(bytes: Uint8Array): Uint8Array;
}

/** xorshift32 (Marsaglia, "Xorshift RNGs", 2003): the same `seed`, other than 0, gives the same numbers. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const u32 = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  const below = (bound: number): number => u32() % bound;
  return {
    u32,
    below,
    pick: (values) => values[below(values.length)] ?? values[0],
    fill(bytes) {
      for (let i = 0; i < bytes.length; i += 1) bytes[i] = u32() >>> 13;
      return bytes;
    },
  };
}
