import { ByteFifo } from './byte-fifo.ts';
import type { ByteSource } from './device.ts';
import {
  FCR_ENABLE,
  FCR_RESET_RECEIVER,
  FCR_TRIGGER_LEVELS,
  FCR_TRIGGER_SHIFT,
  FIFO_SIZE,
  RBR_SIZE,
} from './uart16550-registers.ts';

/**
 * The receiving half of the UART: RBR and its FIFO, fed by the line or, in loopback, by the transmitter.
 *
 * The sender is flow-controlled, and a byte counts as taken from it when the guest reads it from RBR, not
 * before. What waits here from the line is a view of the sender's queue, one byte deep without FIFOs and as
 * deep as the trigger level with them. Therefore a guest that first looks at LSR and then initialises the
 * chip (FCR = 0xC7) or tests it in loopback finds all of its input afterwards: a FIFO reset discards
 * looped-back bytes only, and loopback hides the line until it ends.
 *
 * Deeper than the trigger level would be a line faster than the guest. As it is, each read of RBR leaves
 * fewer bytes than the trigger before the next one arrives, so the interrupt falls and rises at every byte:
 * a handler that reads one byte an interrupt also works on an edge-triggered controller.
 */
export class UartReceiver {
  readonly #input: ByteSource;
  /** Bytes fetched from the sender that the guest has not read. */
  readonly #line = new ByteFifo(FIFO_SIZE);
  readonly #looped = new ByteFifo(FIFO_SIZE);
  #loopback = false;
  #fifosEnabled = false;
  #triggerLevel: number = FCR_TRIGGER_LEVELS[0];
  #overrun = false;

  constructor(input: ByteSource) {
    this.#input = input;
  }

  /** FCR.0. */
  get fifosEnabled(): boolean {
    return this.#fifosEnabled;
  }

  /** LSR.1: a looped-back byte found no room. Stays until {@link clearOverrun}. */
  get overrun(): boolean {
    return this.#overrun;
  }

  clearOverrun(): void {
    this.#overrun = false;
  }

  /** MCR.4: whether the transmitter, and not the line, feeds the receiver. */
  setLoopback(loopback: boolean): void {
    this.#loopback = loopback;
  }

  /**
   * A write to FCR. Bit 0 enables the FIFOs, and its change clears them; a reset without it "will not be
   * programmed", and a trigger level without it means nothing.
   */
  controlFifos(value: number): void {
    const enable = (value & FCR_ENABLE) !== 0;
    if (enable !== this.#fifosEnabled || (enable && value & FCR_RESET_RECEIVER)) this.#looped.clear();
    this.#fifosEnabled = enable;
    this.#triggerLevel = FCR_TRIGGER_LEVELS[value >> FCR_TRIGGER_SHIFT] ?? RBR_SIZE;
  }

  /** A byte from the transmitter. When there is no room, a FIFO loses the new byte and RBR the old one. */
  loopBack(byte: number): void {
    if (this.#looped.length >= (this.#fifosEnabled ? FIFO_SIZE : RBR_SIZE)) {
      this.#overrun = true;
      if (!this.#fifosEnabled) this.#looped.clear();
    }
    this.#looped.push(byte);
  }

  /** Lets bytes of the line arrive, and counts those that the guest can read now: 0 to 16. */
  available(): number {
    const looped = this.#looped.length;
    if (this.#loopback) return looped;
    const room = Math.max(0, this.#depth() - looped);
    while (this.#line.length < room) {
      const byte = this.#input();
      if (byte === undefined) break;
      this.#line.push(byte);
    }
    return looped + Math.min(room, this.#line.length);
  }

  /** Whether as many bytes wait as raise the received-data interrupt; fewer are a character timeout. */
  reachesTrigger(): boolean {
    return this.available() >= this.#depth();
  }

  /** A read of RBR: the oldest byte, looped-back ones first, or `undefined` when none waits. */
  take(): number | undefined {
    if (this.available() === 0) return undefined;
    return this.#looped.shift() ?? this.#line.shift();
  }

  reset(): void {
    this.#line.clear();
    this.#looped.clear();
    this.#loopback = false;
    this.#fifosEnabled = false;
    this.#triggerLevel = FCR_TRIGGER_LEVELS[0];
    this.#overrun = false;
  }

  #depth(): number {
    return this.#fifosEnabled ? this.#triggerLevel : RBR_SIZE;
  }
}
