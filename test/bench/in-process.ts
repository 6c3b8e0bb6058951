import { readFileSync } from 'node:fs';
import type { Hypervisor } from '../../src/hypervisor/hypervisor.ts';
import { Machine } from '../../src/machine/machine.ts';
import { alternate, median, pairedRatio, type Row, run } from './measure.ts';

const ROUNDS = 15;
const FRESH_GUESTS = 100;
const EXIT_RUNS = 3;
const TIMEOUT_RUNS = 200;
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
  const figures = alternate(ROUNDS, {
    guestkit: () => median(Array.from({ length: FRESH_GUESTS }, once)),
    c: () => harnessFigure(harness, 'fresh', image, FRESH_GUESTS),
  });
  const result = pairedRatio(figures.guestkit, figures.c);
  return {
    work: 'fresh guest: create, run hello, destroy',
    unit: 'us a guest',
    guestkit: median(figures.guestkit),
    limit: 'C',
    limitFigure: median(figures.c),
    result,
    shown: `${result.toFixed(2)} x C`,
    target: '1.30 x C',
    met: result <= 1.3,
  };
}

/** How long after its time limit `jmp $` is stopped: milliseconds, median and worst. */
export function timeoutOvershoot(kvm: Hypervisor): Row {
  const overshoots = Array.from({ length: TIMEOUT_RUNS }, () => {
    using machine = new Machine(kvm);
    machine.memory.load(Uint8Array.of(0xeb, 0xfe), 0);
    const start = performance.now();
    machine.run({ timeoutMs: TIMEOUT_MS });
    return performance.now() - start - TIMEOUT_MS;
  });
  const result = median(overshoots);
  const worst = Math.max(...overshoots);
  return {
    work: 'timeout overshoot',
    unit: 'ms',
    guestkit: result,
    limit: 'worst',
    limitFigure: worst,
    result,
    shown: `${result.toFixed(2)} ms, worst ${worst.toFixed(2)} ms`,
    target: '1 ms median, 5 ms at most',
    met: result <= 1 && worst <= 5,
  };
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
function harnessFigure(harness: string, mode: 'exits' | 'fresh', image: string, count: number): number {
  const line: unknown = JSON.parse(run([harness, mode, image, String(count)]).stdout);
  const unit = mode === 'exits' ? 'ns' : 'us';
  const figures =
    typeof line === 'object' && line !== null && unit in line ? (line as Record<string, unknown>)[unit] : [];
  const figure = Array.isArray(figures) ? Number(figures[0]) : Number.NaN;
  if (Number.isNaN(figure)) throw new Error(`${harness} ${mode} printed no figure`);
  return figure;
}
