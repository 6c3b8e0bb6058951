import type { Hypervisor } from '../hypervisor/hypervisor.ts';
import { COALESCING_PAYS_AFTER, Machine } from '../machine/machine.ts';
import { DEFAULT_MEMORY_BYTES } from '../machine/memory-map.ts';

/** Sizes of memory for which a machine is kept; suites have one or two. */
const MAX_MACHINES = 3;

/**
 * Machines for one guest after the other. A reset takes a fifth of what making and closing one does; after an
 * ending that a machine cannot be reset from, it is closed and the next one is new.
 */
export class ReusedMachines implements Disposable {
  readonly #hypervisor: Hypervisor;
  /** By the bytes of their memory, the one used last at the end. */
  readonly #machines: Map<number, { machine: Machine; used: boolean }> = new Map();
  /** After how many bytes of serial output new machines coalesce it; 0 where many guests are to come. */
  coalesceSerialAfter: number = COALESCING_PAYS_AFTER;

  constructor(hypervisor: Hypervisor) {
    this.#hypervisor = hypervisor;
  }

  /** A machine with that memory, like a new one. It is the caller's until the next call with the same size. */
  take(memoryBytes: number = DEFAULT_MEMORY_BYTES): Machine {
    const held = this.#machines.get(memoryBytes);
    this.#machines.delete(memoryBytes);
    const machine = this.#renewed(held) ?? this.#make(memoryBytes);
    this.#machines.set(memoryBytes, { machine, used: true });
    return machine;
  }

  /**
   * Makes the machine that was used last ready for the next guest now: a watcher has the time after a verdict,
   * not between a save and the next one.
   */
  renew(): void {
    const [memoryBytes, held] = [...this.#machines].at(-1) ?? [DEFAULT_MEMORY_BYTES, undefined];
    this.#machines.delete(memoryBytes);
    try {
      const machine = this.#renewed(held) ?? this.#make(memoryBytes);
      this.#machines.set(memoryBytes, { machine, used: false });
    } catch {
      // The next `take` tries again, and tells its caller why it cannot.
    }
  }

  [Symbol.dispose](): void {
    for (const { machine } of this.#machines.values()) machine[Symbol.dispose]();
    this.#machines.clear();
  }

  #renewed(held: { machine: Machine; used: boolean } | undefined): Machine | undefined {
    if (held === undefined || !held.used) return held?.machine;
    if (held.machine.reusable) {
      try {
        held.machine.reset();
        return held.machine;
      } catch {
        // What cannot be reset is replaced.
      }
    }
    held.machine[Symbol.dispose]();
    return undefined;
  }

  #make(memoryBytes: number): Machine {
    if (this.#machines.size >= MAX_MACHINES) {
      const [oldest] = this.#machines.keys();
      if (oldest !== undefined) {
        this.#machines.get(oldest)?.machine[Symbol.dispose]();
        this.#machines.delete(oldest);
      }
    }
    const { coalesceSerialAfter } = this;
    return new Machine(this.#hypervisor, { memoryBytes, coalesceSerialAfter });
  }
}
