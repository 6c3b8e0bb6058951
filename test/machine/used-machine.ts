import type { Machine, MachineOptions } from '../../src/machine/machine.ts';
import type { Outcome } from '../../src/machine/outcome.ts';
import { assemble } from '../support/nasm.ts';

/** Extended memory so large that it is given back to the kernel, and not filled with zeros. */
export const OPTIONS: MachineOptions = { memoryBytes: 0x400000 };

/** What of the machine's memory is there. */
const RAM = [
  { address: 0, size: 0xa0000 },
  { address: 0xb8000, size: 0x8000 },
  { address: 0xf0000, size: 0x10000 },
  { address: 0x100000, size: 0x300000 },
];
const ZEROS = new Uint8Array(Math.max(...RAM.map(({ size }) => size)));
const INPUT = Buffer.from('some input');

/** Runs a guest that gets input and much time. */
export function run(machine: Machine, source: string): Outcome {
  machine.input.push(INPUT);
  machine.memory.load(assemble(source), 0);
  return machine.run({ timeoutMs: 20_000 });
}

/** All that can be seen of a machine after a guest. */
export function observe(machine: Machine, outcome: Outcome): Record<string, unknown> {
  return {
    outcome,
    serial: Buffer.from(machine.serial.bytes).toString('hex'),
    debugConsole: Buffer.from(machine.debugConsole.bytes).toString('hex'),
    ports: machine.ports.unclaimed.list(),
    mmio: machine.mmio.unclaimed.list(),
    inputLeft: machine.input.length,
    registers: machine.getRegisters(),
    system: machine.getSystemRegisters(),
  };
}

/** Whether all of memory is zero, as the host sees it. */
export function isZeroed(machine: Machine): boolean {
  return RAM.every(({ address, size }) => {
    const bytes = machine.memory.read(address, size);
    return bytes !== undefined && Buffer.compare(bytes, ZEROS.subarray(0, size)) === 0;
  });
}
