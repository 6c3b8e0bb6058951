import { describe, expect, it } from 'vitest';
import { InputQueue, OutputBuffer } from '../../src/machine/channels.ts';

function pushAll(output: OutputBuffer, bytes: readonly number[]): void {
  for (const byte of bytes) output.push(byte);
}

describe('output', () => {
  it.each([0, 1, 2, 255, 256, 257, 1023, 1024, 1025, 5000])('keeps %i bytes and no more', (limit) => {
    let dropped = 0;
    const output = new OutputBuffer(limit, () => {
      dropped += 1;
    });
    const bytes = Array.from({ length: limit + 10 }, (_, i) => (i * 7) & 0xff);
    pushAll(output, bytes);
    expect([...output.bytes]).toEqual(bytes.slice(0, limit));
    expect(dropped).toBe(10);
  });

  it('gives a window that later bytes do not change, even when it grew', () => {
    const output = new OutputBuffer(10_000, () => expect.unreachable());
    pushAll(output, [1, 2, 3]);
    const early = output.bytes;
    pushAll(output, Array(5000).fill(9));
    expect([...early]).toEqual([1, 2, 3]);
    expect(output.bytes).toHaveLength(5003);
  });

  it('hands on what is new, once', () => {
    const output = new OutputBuffer(10_000, () => expect.unreachable());
    expect(output.takeNew()).toHaveLength(0);
    pushAll(output, [1, 2]);
    const first = output.takeNew();
    pushAll(output, Array(3000).fill(5));
    expect([...first]).toEqual([1, 2]);
    expect([...output.takeNew()]).toEqual(Array(3000).fill(5));
    expect(output.takeNew()).toHaveLength(0);
    expect(output.bytes).toHaveLength(3002);
  });
});

describe('input', () => {
  it('comes in order, across the pieces it was given in', () => {
    const input = new InputQueue();
    for (const piece of [[1, 2, 3], [], [4], [5, 6]]) input.push(Uint8Array.from(piece));
    expect(input.length).toBe(6);
    expect(Array.from({ length: 8 }, () => input.next())).toEqual([1, 2, 3, 4, 5, 6, undefined, undefined]);
    expect(input.length).toBe(0);
  });

  it('can run dry and go on', () => {
    const input = new InputQueue();
    expect(input.next()).toBeUndefined();
    input.push(Uint8Array.of(0));
    expect(input.next()).toBe(0);
    expect(input.next()).toBeUndefined();
    input.push(Uint8Array.of(7, 8));
    expect([input.next(), input.length]).toEqual([7, 1]);
  });
});
