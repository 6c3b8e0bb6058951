import { DebugConsole, ExitPort, Uart16550 } from '../devices/index.ts';
import type { Hypervisor, Vcpu, Vm } from '../hypervisor/hypervisor.ts';
import type { Registers, SystemRegisters } from '../x86/registers.ts';
import { flatRegisters, flatSystemRegisters } from './boot-state.ts';
import { Bus } from './bus.ts';
import { InputQueue, OutputBuffer } from './channels.ts';
import { now } from './clock.ts';
import { GuestMemory } from './guest-memory.ts';
import { DEFAULT_MEMORY_BYTES } from './memory-map.ts';
import type { Outcome } from './outcome.ts';
import { DEFAULT_EXIT_PORTS, PORTS } from './ports.ts';
import { type Buses, runUntilInterrupted } from './run-loop.ts';

/** Why a machine is built one way and not another; every field has the default of an ordinary guest. */
export interface MachineOptions {
  /** Bytes of memory, in whole pages; see `memoryRanges`. */
  memoryBytes?: number | undefined;
  /** Bytes that each output channel may carry before the guest is stopped. */
  outputLimit?: number | undefined;
  /** What the guest receives on the serial port; more may be pushed while it runs. */
  input?: InputQueue | undefined;
  /** Ports that end the guest with the byte written. */
  exitPorts?: readonly number[] | undefined;
}

/** How long and how a guest runs. */
export interface RunOptions {
  timeoutMs: number;
  /** Stops the guest from outside. Only {@link Machine.runInSlices} can see it. */
  signal?: AbortSignal | undefined;
  /** Called at least every {@link SLICE_MS} while the guest runs: the time to show what it printed. */
  onSlice?: (() => void) | undefined;
}

/** A guest that prints for ever is stopped after this much. */
export const DEFAULT_OUTPUT_LIMIT: number = 16 * 2 ** 20;

/** The longest time that the host's thread is away in the guest: output is shown, keys are seen this often. */
const SLICE_MS = 10;

/** A computer for one guest: memory, buses, devices and a CPU in the boot state. */
export class Machine implements Disposable {
  /** What the guest printed on the serial port. */
  readonly serial: OutputBuffer;
  /** What the guest wrote to the debug console. */
  readonly debugConsole: OutputBuffer;
  /** What the guest receives on the serial port; may be replaced before the guest runs. */
  input: InputQueue;
  readonly memory: GuestMemory;
  readonly ports: Bus = new Bus();
  readonly mmio: Bus = new Bus();
  readonly #vm: Vm;
  readonly #vcpu: Vcpu;
  readonly #uart: Uart16550;
  #ending: Outcome | undefined;
  readonly #buses: Buses = { ports: this.ports, mmio: this.mmio, ending: () => this.#ending };

  constructor(hypervisor: Hypervisor, options: MachineOptions = {}) {
    this.input = options.input ?? new InputQueue();
    const limit = options.outputLimit ?? DEFAULT_OUTPUT_LIMIT;
    const overflow = (): void => {
      this.#ending ??= { kind: 'crashed', event: { kind: 'output-limit', bytes: limit } };
    };
    this.serial = new OutputBuffer(limit, overflow);
    this.debugConsole = new OutputBuffer(limit, overflow);
    this.#uart = new Uart16550({
      output: (byte) => this.serial.push(byte),
      input: () => this.input.next(),
      // Nothing to interrupt yet: the machine has no interrupt controller.
      interrupt: { set: () => undefined },
    });
    this.#attachDevices(options.exitPorts ?? DEFAULT_EXIT_PORTS);
    this.#vm = hypervisor.createVm();
    try {
      this.memory = new GuestMemory(this.#vm, options.memoryBytes ?? DEFAULT_MEMORY_BYTES);
      this.#vcpu = this.#vm.createVcpu(0);
      this.#vcpu.setSystemRegisters(flatSystemRegisters());
      this.#vcpu.setRegisters(flatRegisters());
    } catch (error) {
      this.#vm[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Runs the guest to its end. The thread is taken all that time.
   * A machine runs one guest: after this it can be looked at and closed.
   */
  run({ timeoutMs, onSlice }: RunOptions): Outcome {
    const deadline = now() + timeoutMs;
    for (;;) {
      const outcome = this.#runSlice(deadline, timeoutMs);
      if (outcome !== undefined) return outcome;
      onSlice?.();
    }
  }

  /** As {@link run}, but lets the event loop turn between slices: for keys, signals, input and file changes. */
  async runInSlices({ timeoutMs, signal, onSlice }: RunOptions): Promise<Outcome> {
    const deadline = now() + timeoutMs;
    for (;;) {
      if (signal?.aborted === true) return { kind: 'stopped' };
      const outcome = this.#runSlice(deadline, timeoutMs);
      if (outcome !== undefined) return outcome;
      onSlice?.();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  getRegisters(): Registers {
    return this.#vcpu.getRegisters();
  }

  getSystemRegisters(): SystemRegisters {
    return this.#vcpu.getSystemRegisters();
  }

  [Symbol.dispose](): void {
    this.#vm[Symbol.dispose]();
  }

  #attachDevices(exitPorts: readonly number[]): void {
    const exitPort = new ExitPort({
      onExit: (code) => {
        this.#ending ??= { kind: 'exited', code };
      },
    });
    for (const base of exitPorts)
      this.ports.attach({ name: 'exit port', base, length: 1, width: 1, device: exitPort });
    this.ports.attach({ name: 'serial port', ...PORTS.serial, width: 1, device: this.#uart });
    const debugConsole = new DebugConsole({ output: (byte) => this.debugConsole.push(byte) });
    this.ports.attach({ name: 'debug console', ...PORTS.debugConsole, width: 1, device: debugConsole });
  }

  #runSlice(deadline: number, timeoutMs: number): Outcome | undefined {
    const remaining = deadline - now();
    if (remaining <= 0) return { kind: 'timeout', ms: timeoutMs };
    this.#uart.poll();
    this.#vcpu.interruptAfter(Math.min(remaining, SLICE_MS));
    try {
      return runUntilInterrupted(this.#vcpu, this.#buses);
    } finally {
      this.#vcpu.cancelInterrupt();
    }
  }
}
