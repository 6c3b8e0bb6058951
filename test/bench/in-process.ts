import { readFileSync } from 'node:fs';
import type { Hypervisor } from '../../src/hypervisor/hypervisor.ts';
import { Machine } from '../../src/machine/machine.ts';
import { alternate, median, pairedRatio, type Row, run } from './measure.ts';

const ROUNDS = 15;
const FRESH_GUESTS = 100;
const REUSED_GUESTS = 500;
const EXIT_RUNS = 3;
const TIMEOUT_ROUNDS = 10;
const TIMEOUT_RUNS = 20;
const TIMEOUT_MS = 10;

/** The run loop on an image of 20,000 port writes: nanoseconds an exit. */
export function exitLoop(kvm: Hypervisor, harness: string, image: string): Row {
  const bytes = readFileSync(image);
  const figures = alternate(ROUNDS, {
    guestkit: () => median(Array.from({ length: EXIT_RUNS }, () => timeRun(kvm, bytes) / 20_000)),
    c: () => harnessFigure(harness, 'exits', image, EXIT_RUNS),
  });
  const result = pairedRatio(figures.guestkit, figures.c);
  return {
    work: 'exit loop, 20,000 port writes',
    unit: 'ns an exit',
    guestkit: median(figures.guestkit),
    limit: 'C',
    limitFigure: median(figures.c),
    result,
    shown: `${result.toFixed(2)} x C`,
    target: '1.10 x C',
    met: result <= 1.1,
  };
}

/** Create a machine, run hello, close it: microseconds a guest. */
export function freshGuest(kvm: Hypervisor, harness: string, image: string): Row {
  const bytes = readFileSync(image);
  const once = (): number => {
    const start = performance.now();
    const machine = new Machine(kvm);
    machine.memory.load(bytes, 0);
    machine.run({ timeoutMs: 5000 });
    machine[Symbol.dispose]();
    return (performance.now() - start) * 1e3;
  };
  return againstC('fresh guest: create, run hello, destroy', 1.3, {
    guestkit: () => median(Array.from({ length: FRESH_GUESTS }, once)),
    c: () => harnessFigure(harness, 'fresh', image, FRESH_GUESTS),
  });
}

/** Reset a machine in full, run hello in it, compare what it printed: microseconds a guest. */
export function reusedGuest(kvm: Hypervisor, harness: string, image: string): Row {
  const bytes = readFileSync(image);
  using machine = new Machine(kvm, { coalesceSerialAfter: 0 });
  machine.memory.load(bytes, 0);
  machine.run({ timeoutMs: 5000 });
  const expected = machine.serial.bytes;
  const once = (): number => {
    const start = performance.now();
    machine.reset();
    machine.memory.load(bytes, 0);
    machine.run({ timeoutMs: 5000 });
    if (Buffer.compare(machine.serial.bytes, expected) !== 0) throw new Error('it printed something else');
    return (performance.now() - start) * 1e3;
  };
  return againstC('reused guest: full reset, run hello, compare', 1.35, {
    guestkit: () => median(Array.from({ length: REUSED_GUESTS }, once)),
    c: () => harnessFigure(harness, 'reuse', image, REUSED_GUESTS),
  });
}

/** Microseconds a guest on both sides, measured in turn, and the ratio that `most` bounds. */
function againstC(work: string, most: number, measurements: Record<'guestkit' | 'c', () => number>): Row {
  const figures = alternate(ROUNDS, measurements);
  const result = pairedRatio(figures.guestkit, figures.c);
  return {
    work,
    unit: 'us a guest',
    guestkit: median(figures.guestkit),
    limit: 'C',
    limitFigure: median(figures.c),
    result,
    shown: `${result.toFixed(2)} x C`,
    target: `${most.toFixed(2)} x C`,
    met: result <= most,
  };
}

/**
 * How long after its time limit `jmp $` is stopped: milliseconds, median and worst. The machine's own part in
 * the worst shows in a C loop that only looks at the clock, in turn with the guests.
 */
export function timeoutOvershoot(kvm: Hypervisor, harness: string): Row {
  const overshoots: number[] = [];
  const machines: number[] = [];
  for (let round = 0; round < TIMEOUT_ROUNDS; round += 1) {
    for (let run = 0; run < TIMEOUT_RUNS; run += 1) overshoots.push(overshoot(kvm));
    machines.push(
      Number(harnessLine([harness, 'late', String(TIMEOUT_MS), String(TIMEOUT_RUNS)])['worst']) / 1e3,
    );
  }
  const result = median(overshoots);
  const worst = Math.max(...overshoots);
  const machine = Math.max(...machines);
  return {
    work: 'timeout overshoot',
    unit: 'ms, worst',
    guestkit: worst,
    limit: 'a C loop',
    limitFigure: machine,
    result,
    shown: `${result.toFixed(2)} ms, worst ${worst.toFixed(2)} ms`,
    target: '1 ms median, 5 ms at most',
    met: result <= 1 && worst <= 5,
  };
}

function overshoot(kvm: Hypervisor): number {
  using machine = new Machine(kvm);
  machine.memory.load(Uint8Array.of(0xeb, 0xfe), 0);
  const start = performance.now();
  machine.run({ timeoutMs: TIMEOUT_MS });
  return performance.now() - start - TIMEOUT_MS;
}

/** Nanoseconds of the run loop alone, machine made and closed outside. */
function timeRun(kvm: Hypervisor, bytes: Uint8Array): number {
  using machine = new Machine(kvm);
  machine.memory.load(bytes, 0);
  const start = performance.now();
  machine.run({ timeoutMs: 60_000 });
  return (performance.now() - start) * 1e6;
}

/** The median that the C program prints, in its unit: ns or us. */
function harnessFigure(
  harness: string,
  mode: 'exits' | 'fresh' | 'reuse',
  image: string,
  count: number,
): number {
  const figures = harnessLine([harness, mode, image, String(count)])[mode === 'exits' ? 'ns' : 'us'];
  const figure = Array.isArray(figures) ? Number(figures[0]) : Number.NaN;
  if (Number.isNaN(figure)) throw new Error(`${harness} ${mode} printed no figure`);
  return figure;
}

/** The JSON line that the C program prints. */
function harnessLine(command: readonly string[]): Record<string, unknown> {
  return JSON.parse(run(command).stdout) as Record<string, unknown>;
}
