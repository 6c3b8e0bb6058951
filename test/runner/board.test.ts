import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Board } from '../../src/runner/board.ts';
import type { BoardTask } from './board-worker.ts';
import { type Bundle, bundle } from './bundle.ts';

describe('a board', () => {
  it('gives out every number once, in order', () => {
    const board = Board.create(3);
    const other = new Board(board.buffer);
    expect([board.claim(0), other.claim(1), board.claim(0)]).toEqual([0, 1, 2]);
    expect(board.claim(0)).toBeUndefined();
    expect(other.claim(1)).toBeUndefined();
  });

  it('may have nothing to give out', () => {
    const board = Board.create(0);
    expect(board.claim(0)).toBeUndefined();
    expect(board.takeOver(0)).toBeUndefined();
  });

  it('knows what each lane works on', () => {
    const board = Board.create(3);
    expect(board.current(0)).toBeUndefined();
    const [first, second] = [board.claim(0) ?? -1, board.claim(63) ?? -1];
    expect(board.begin(0, first)).toBe(true);
    expect(board.begin(63, second)).toBe(true);
    expect(board.current(0)).toBe(0);
    expect(board.current(63)).toBe(1);
    expect(board.current(1)).toBeUndefined();
  });

  it('lets a lane take over what another has claimed, until it is begun', () => {
    const board = Board.create(3);
    for (let number = 0; number < 3; number += 1) board.claim(0);
    expect(board.begin(0, 0)).toBe(true);
    expect(board.takeOver(0)).toBeUndefined();
    expect(board.takeOver(1)).toBe(1);
    expect(board.begin(0, 1)).toBe(false);
    expect(board.begin(1, 1)).toBe(true);
    expect(board.begin(1, 1)).toBe(false);
    expect(board.begin(0, 2)).toBe(true);
    expect(board.takeOver(1)).toBeUndefined();
    expect([board.current(0), board.current(1)]).toEqual([2, 1]);
  });

  it('gives out nothing after a stop, in any thread', () => {
    const board = Board.create(3);
    const other = new Board(board.buffer);
    const number = other.claim(1) ?? -1;
    board.stop();
    expect(other.stopped).toBe(true);
    expect(other.claim(1)).toBeUndefined();
    expect(board.takeOver(0)).toBeUndefined();
    expect(other.begin(1, number)).toBe(false);
  });
});

describe('a board that threads share', () => {
  let worker: Bundle;
  beforeAll(async () => {
    worker = await bundle(new URL('./board-worker.ts', import.meta.url));
  });
  afterAll(() => worker[Symbol.dispose]());

  function begunBy(task: BoardTask): Promise<number[]> {
    return new Promise((resolve, reject) => {
      const thread = new Worker(worker.path, { workerData: task });
      thread.on('message', resolve);
      thread.on('error', reject);
    });
  }

  it.each([1, 2, 7])('has each number begun exactly once when %i are claimed ahead', async (ahead) => {
    const count = 20_000;
    const { buffer } = Board.create(count);
    const tasks = [0, 1, 2, 3].map((lane) => begunBy({ buffer, lane, ahead }));
    const all = (await Promise.all(tasks)).flat();
    // What a thread takes over and then loses again is begun by who took it: nothing is lost on the way.
    expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, number) => number));
  });
});
