/** One IN or OUT of a guest; a string instruction gives one for each element. */
export interface PortAccess {
  direction: 'in' | 'out';
  port: number;
  size: 1 | 2 | 4;
  /** Unsigned. */
  value: number;
}

/** The access that moved `data`, 1, 2 or 4 bytes, little-endian. */
export function portAccess(direction: 'in' | 'out', port: number, data: Uint8Array): PortAccess {
  const [low = 0, second = 0, third = 0, high = 0] = data;
  const size = data.length === 4 ? 4 : data.length === 2 ? 2 : 1;
  return { direction, port, size, value: (low | (second << 8) | (third << 16) | (high << 24)) >>> 0 };
}
