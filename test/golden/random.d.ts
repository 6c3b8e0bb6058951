/** A repeatable source of numbers from 0 to below 1 (mulberry32), so that a failing case can be run again. */
export declare function randomFrom(seed: number): () => number;
export declare function randomBytes(random: () => number, length: number, alphabet?: string): Uint8Array;
