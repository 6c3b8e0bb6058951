import type { Hypervisor } from '../hypervisor/hypervisor.ts';
import { Machine } from '../machine/machine.ts';
import { DEFAULT_MEMORY_BYTES } from '../machine/memory-map.ts';

/**
 * Machines for one guest after the other, made before and closed after the time that counts: either takes a
 * millisecond or more, and a watcher has that before a save and after a verdict, not between them.
 */
export class SpareMachine implements Disposable {
  readonly #hypervisor: Hypervisor;
  #spare: Machine | undefined;
  #spareBytes: number = DEFAULT_MEMORY_BYTES;
  #used: Machine | undefined;

  constructor(hypervisor: Hypervisor) {
    this.#hypervisor = hypervisor;
  }

  /** A fresh machine with that memory. It is closed with the next call of this or of {@link renew}. */
  take(memoryBytes: number = DEFAULT_MEMORY_BYTES): Machine {
    this.#closeUsed();
    if (memoryBytes !== this.#spareBytes) this.#closeSpare();
    this.#used = this.#spare ?? new Machine(this.#hypervisor, { memoryBytes });
    this.#spare = undefined;
    this.#spareBytes = memoryBytes;
    return this.#used;
  }

  /** Closes the machine that was taken, and makes one like it for the next time. */
  renew(): void {
    this.#closeUsed();
    try {
      this.#spare ??= new Machine(this.#hypervisor, { memoryBytes: this.#spareBytes });
    } catch {
      // The next `take` tries again, and tells its caller why it cannot.
    }
  }

  [Symbol.dispose](): void {
    this.#closeUsed();
    this.#closeSpare();
  }

  #closeUsed(): void {
    this.#used?.[Symbol.dispose]();
    this.#used = undefined;
  }

  #closeSpare(): void {
    this.#spare?.[Symbol.dispose]();
    this.#spare = undefined;
  }
}
