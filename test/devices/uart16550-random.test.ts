import { expect, it } from 'vitest';
import { uartRig } from './uart-rig.ts';

/** A linear congruential generator with the constants of Numerical Recipes; its high bits are the good ones. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

it.each([1, 2, 3])('keeps its invariants under 20,000 random accesses (seed %i)', (seed) => {
  const random = generator(seed);
  const rig = uartRig();
  const broken: string[] = [];
  const check = (holds: boolean, what: string, step: number): void => {
    if (!holds) broken.push(`${what} at step ${step}`);
  };
  let reads = 0;

  for (let step = 0; step < 20_000; step += 1) {
    if (random(4) === 0) rig.waiting.push(random(256));
    const offset = random(8);
    if (random(2) === 0) {
      const value = rig.read(offset);
      reads += 1;
      check(Number.isInteger(value) && value >= 0 && value <= 0xff, `read ${value} of ${offset}`, step);
    } else {
      rig.write(offset, random(256));
    }

    if (random(8) === 0) {
      rig.uart.poll();
      const asserted = rig.levels.at(-1) ?? false;
      const gateOpen = (rig.read(4) & 0x18) === 0x08;
      const iir = rig.read(2);
      check(asserted === (gateOpen && (iir & 0x01) === 0), `line ${asserted}, IIR ${iir}`, step);
      check([0x01, 0x06, 0x04, 0x0c, 0x02, 0x00].includes(iir & 0x3f), `IIR ${iir}`, step);
      check((rig.read(5) & ~0x03) === 0x60, 'LSR', step);
    }
  }
  expect(broken).toEqual([]);
  // Driven on changes only: up, down, up ...
  expect(rig.levels.length).toBeGreaterThan(100);
  expect(rig.levels.every((level, i) => level === (i % 2 === 0))).toBe(true);
  expect(reads).toBeGreaterThan(9_000);
});

it.each([4, 5, 6])('loses and reorders no input, whatever the guest does in between (seed %i)', (seed) => {
  const random = generator(seed);
  const rig = uartRig();
  const typed: number[] = [];
  const got: number[] = [];
  let fetched = 0;

  for (let step = 0; step < 20_000; step += 1) {
    if (random(3) === 0) {
      const byte = random(256);
      typed.push(byte);
      rig.waiting.push(byte);
    }
    const dlab = rig.read(3) & 0x80;
    const loopback = rig.read(4) & 0x10;
    const offset = random(8);
    if (random(2) === 0) {
      // LSR first: RBR gives 0 when nothing waits.
      if (offset === 0 && !dlab) {
        if (rig.read(5) & 0x01) got.push(rig.read(0));
      } else {
        rig.read(offset);
      }
    } else if (!(offset === 0 && !dlab && loopback)) {
      // Looped-back bytes are not the sender's, so none are made here.
      rig.write(offset, random(256));
    }
    fetched = Math.max(fetched, typed.length - rig.waiting.length - got.length);
  }
  rig.write(4, 0x00);
  rig.write(3, 0x03);
  while (rig.read(5) & 0x01) got.push(rig.read(0));
  expect(got).toEqual(typed);
  expect(fetched).toBeGreaterThan(1);
  expect(fetched).toBeLessThanOrEqual(16);
});

it.each([7, 8])('never holds more than 16 bytes in its FIFO (seed %i)', (seed) => {
  const random = generator(seed);
  const rig = uartRig(Array.from({ length: 5000 }, () => random(256)));
  for (let round = 0; round < 500; round += 1) {
    for (let i = 0; i < 40; i += 1) {
      const offset = [0, 2, 4, 5][random(4)] ?? 0;
      if (random(4) === 0) rig.read(offset);
      else rig.write(offset, random(256));
    }
    rig.write(4, 0x10); // loopback: from here on only what the chip holds
    let held = 0;
    while (rig.read(5) & 0x01 && held <= 17) {
      rig.read(0);
      held += 1;
    }
    expect(held).toBeLessThanOrEqual(16);
  }
});
