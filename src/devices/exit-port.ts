import type { Device } from './device.ts';

/** What an exit port tells. */
export interface ExitPortWiring {
  /** Called once, with the guest's exit code (0 to 255). Must not throw. */
  onExit: (code: number) => void;
}

/**
 * A port one byte wide on which a guest ends itself: the byte written is its exit code, unchanged (QEMU's
 * `isa-debug-exit` makes it (code << 1) | 1 instead). The first write wins; later ones are ignored until
 * `reset()`, so a guest that runs on for a moment cannot change its verdict. Reads give 0xFF, as from a
 * port where nothing is.
 */
export class ExitPort implements Device {
  readonly #onExit: (code: number) => void;
  #exited = false;

  constructor({ onExit }: ExitPortWiring) {
    this.#onExit = onExit;
  }

  read(_offset: number, data: Uint8Array): void {
    data.fill(0xff);
  }

  write(offset: number, data: Uint8Array): void {
    const code = data[0];
    if (offset !== 0 || code === undefined || this.#exited) return;
    this.#exited = true;
    this.#onExit(code);
  }

  reset(): void {
    this.#exited = false;
  }
}
