import { now } from '../clock.ts';
import type { Board } from './board.ts';
import type { SuiteSource } from './guest.ts';
import type { Lane, SourceReport } from './lane.ts';
import type { PreparedGuest } from './prepare-guest.ts';

/** The sources of a run, in the order in which they are taken. */
export interface Batch {
  sources: readonly SuiteSource[];
  board: Board;
}

/** While one guest runs the next is assembled. */
const AHEAD = 2;
/** The event loop turns this often: reports go out, a person's Ctrl+C is seen. */
const BREATH_MS = 5;

/**
 * Takes sources from the board and runs them until none is left, or until `signal` aborts.
 * @param slot the lane's number on the board
 */
export async function workOff(
  lane: Lane,
  slot: number,
  { sources, board }: Batch,
  deliver: (number: number, report: SourceReport) => void,
  signal: AbortSignal,
): Promise<void> {
  const queue: { number: number; source: SuiteSource; prepared: PreparedGuest | Promise<PreparedGuest> }[] =
    [];
  let breath = now();
  for (;;) {
    while (queue.length < AHEAD) {
      const number = board.claim(slot) ?? (queue.length === 0 ? board.takeOver(slot) : undefined);
      const source = number === undefined ? undefined : sources[number];
      if (number === undefined || source === undefined) break;
      queue.push({ number, source, prepared: lane.prepare(source, signal) });
    }
    const next = queue.shift();
    if (next === undefined) return;
    const isMine = board.begin(slot, next.number);
    const prepared = next.prepared instanceof Promise ? await next.prepared : next.prepared;
    if (!isMine) continue;
    const report = await lane.run(next.source, prepared, signal);
    if (signal.aborted) break;
    deliver(next.number, report);
    if (now() - breath > BREATH_MS) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      breath = now();
    }
  }
  // An assembler that still works has files to clear away.
  await Promise.all(queue.map(({ prepared }) => prepared));
}
