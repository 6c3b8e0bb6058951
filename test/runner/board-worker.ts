import { parentPort, workerData } from 'node:worker_threads';
import { Board } from '../../src/runner/board.ts';

/** What a thread is to do with a board. */
export interface BoardTask {
  buffer: SharedArrayBuffer;
  lane: number;
  /** How many it claims before it begins the first of them. */
  ahead: number;
}

// Claims, begins and takes over until nothing is left, and reports the numbers that it began.
const { buffer, lane, ahead }: BoardTask = workerData;
const board = new Board(buffer);
const claimed: number[] = [];
const begun: number[] = [];
for (;;) {
  while (claimed.length < ahead) {
    const number = board.claim(lane) ?? (claimed.length === 0 ? board.takeOver(lane) : undefined);
    if (number === undefined) break;
    claimed.push(number);
  }
  const next = claimed.shift();
  if (next === undefined) break;
  if (board.begin(lane, next)) begun.push(next);
}
parentPort?.postMessage(begun);
