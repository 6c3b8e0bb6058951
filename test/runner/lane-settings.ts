import type { NasmSettings } from '../../src/runner/guest.ts';
import type { LaneSettings } from '../../src/runner/lane.ts';

export const NASM: NasmSettings = { flags: [], includePaths: [] };

export const LANE: LaneSettings = {
  nasm: NASM,
  guestsToCome: 1,
  timeoutMs: undefined,
  memoryBytes: undefined,
  retries: 0,
  repetitions: 1,
  witness: false,
  name: undefined,
  only: undefined,
};

/** A signal that never comes. */
export const NEVER: AbortSignal = new AbortController().signal;
