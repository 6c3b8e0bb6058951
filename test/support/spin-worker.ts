import { parentPort, workerData } from 'node:worker_threads';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { Machine } from '../../src/machine/machine.ts';

/** What a worker is asked to do. */
export interface SpinTask {
  image: Uint8Array;
  rounds: number;
  timeoutMs: number;
}

// Runs a guest that never ends so many times, and reports how each round ended.
const { image, rounds, timeoutMs }: SpinTask = workerData;
using kvm = Kvm.open();
const outcomes: string[] = [];
for (let round = 0; round < rounds; round += 1) {
  using machine = new Machine(kvm);
  machine.memory.load(image, 0);
  outcomes.push(machine.run({ timeoutMs }).kind);
}
parentPort?.postMessage(outcomes);
