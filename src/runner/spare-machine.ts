import type { Hypervisor } from '../hypervisor/hypervisor.ts';
import { Machine } from '../machine/machine.ts';
import { DEFAULT_MEMORY_BYTES } from '../machine/memory-map.ts';

/**
 * Keeps a machine ready for the next guest: making one takes a millisecond or more, and a watcher has the
 * time for it before a save, not after.
 */
export class SpareMachine implements Disposable {
  readonly #hypervisor: Hypervisor;
  #spare: { machine: Machine; memoryBytes: number } | undefined;

  constructor(hypervisor: Hypervisor) {
    this.#hypervisor = hypervisor;
  }

  /** A fresh machine with that memory, the caller's to close. */
  take(memoryBytes: number = DEFAULT_MEMORY_BYTES): Machine {
    const spare = this.#spare;
    if (spare?.memoryBytes !== memoryBytes) return new Machine(this.#hypervisor, { memoryBytes });
    this.#spare = undefined;
    return spare.machine;
  }

  /** Makes sure that a machine with that memory is ready. */
  prepare(memoryBytes: number = DEFAULT_MEMORY_BYTES): void {
    if (this.#spare?.memoryBytes === memoryBytes) return;
    this.#spare?.machine[Symbol.dispose]();
    this.#spare = undefined;
    this.#spare = { machine: new Machine(this.#hypervisor, { memoryBytes }), memoryBytes };
  }

  [Symbol.dispose](): void {
    this.#spare?.machine[Symbol.dispose]();
    this.#spare = undefined;
  }
}
