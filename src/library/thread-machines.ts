import { isMainThread } from 'node:worker_threads';
import { Kvm } from '../hypervisor/kvm/system.ts';
import { Machine } from '../machine/machine.ts';
import { DEFAULT_MEMORY_BYTES } from '../machine/memory-map.ts';
import { ReusedMachines } from '../runner/reused-machines.ts';

/** Machines with more memory are closed behind their guest, so that none lies idle with all of it. */
const MOST_KEPT_BYTES = 16 * 2 ** 20;

/** This thread's KVM; opened by the first guest. */
let kvm: Kvm | undefined;
/** Machines that no guest is in, for the next one. Guests that run side by side have one each. */
const idle: ReusedMachines[] = [];
/** No guest waits for one of these: few tests run several at a time. */
const MOST_IDLE = 2;
/** Guests that run on this thread now. */
let running = 0;
let closing = false;

/**
 * This thread's KVM.
 * @throws GuestkitError `host` where no guest can run
 */
export function threadKvm(): Kvm {
  if (kvm === undefined) {
    kvm = Kvm.open();
    // What a process leaves open ends with it, what a thread leaves open does not.
    if (!isMainThread) process.once('exit', closeMachines);
  }
  return kvm;
}

/**
 * Runs a guest on this thread's KVM, in a machine that is as new, and the guest's alone until it has ended.
 * @throws GuestkitError `host` where no guest can run, `kvm`, `usage` for a memory size that cannot be
 */
export async function withMachine<T>(
  memoryBytes: number = DEFAULT_MEMORY_BYTES,
  use: (machine: Machine) => Promise<T>,
): Promise<T> {
  const hypervisor = threadKvm();
  running += 1;
  try {
    if (memoryBytes > MOST_KEPT_BYTES) {
      using machine = new Machine(hypervisor, { memoryBytes });
      return await use(machine);
    }
    const machines = idle.pop() ?? new ReusedMachines(hypervisor);
    try {
      return await use(machines.take(memoryBytes));
    } finally {
      if (idle.length < MOST_IDLE) idle.push(machines);
      else machines[Symbol.dispose]();
    }
  } finally {
    running -= 1;
    if (closing) closeMachines();
  }
}

/** Closes this thread's machines and KVM, as soon as no guest runs there. The next guest opens them again. */
export function closeMachines(): void {
  closing = running > 0;
  if (closing) return;
  for (const machines of idle.splice(0)) machines[Symbol.dispose]();
  kvm?.[Symbol.dispose]();
  kvm = undefined;
  process.off('exit', closeMachines);
}
