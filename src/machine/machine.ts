import { now } from '../clock.ts';
import { DebugConsole, ExitPort, Uart16550 } from '../devices/index.ts';
import type { CpuState, Hypervisor, Vcpu, Vm } from '../hypervisor/hypervisor.ts';
import type { Registers, SystemRegisters } from '../x86/registers.ts';
import { flatRegisters, flatSystemRegisters } from './boot-state.ts';
import { Bus } from './bus.ts';
import { InputQueue, OutputBuffer } from './channels.ts';
import { GuestMemory } from './guest-memory.ts';
import { DEFAULT_MEMORY_BYTES } from './memory-map.ts';
import { endedByItself, type Outcome } from './outcome.ts';
import type { PortAccess } from './port-access.ts';
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
  /**
   * Bytes printed on the serial port, over all guests of the machine, after which they no longer leave the
   * guest one by one; 0: from the start. Without it they always do. See {@link COALESCING_PAYS_AFTER}. A guest
   * that is ended by the output limit has then gone on for some bytes, as its registers show.
   */
  coalesceSerialAfter?: number | undefined;
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

/**
 * After so many bytes of output it pays to coalesce them, if no more is known. Then a byte costs a tenth, but a
 * machine that is closed within 15 ms of the change waits for the rest of them (measured on Linux 6.18). A caller
 * that knows of some hundred guests to come does not have to wait.
 */
export const COALESCING_PAYS_AFTER = 1500;

/** The longest time that the host's thread is away in the guest: output is shown, keys are seen this often. */
const SLICE_MS = 10;

/** A computer for one guest at a time: memory, buses, devices and a CPU in the boot state. */
export class Machine implements Disposable {
  /** What the guest receives on the serial port; may be replaced before the guest runs. */
  input: InputQueue;
  readonly memory: GuestMemory;
  readonly ports: Bus = new Bus();
  readonly mmio: Bus = new Bus();
  readonly #vm: Vm;
  readonly #vcpu: Vcpu;
  readonly #uart: Uart16550;
  readonly #outputLimit: number;
  #serial: OutputBuffer;
  #debugConsole: OutputBuffer;
  #ending: Outcome | undefined;
  #reusable = true;
  #bootState: CpuState | undefined;
  /** When to coalesce; `undefined` once that is done, cannot be done, or is not wanted. */
  #coalesceAfter: number | undefined;
  /** Bytes that earlier guests printed on the serial port. */
  #printedBefore = 0;
  readonly #buses: Buses = {
    ports: this.ports,
    mmio: this.mmio,
    ending: () => this.#ending,
    onPortAccess: undefined,
  };

  constructor(hypervisor: Hypervisor, options: MachineOptions = {}) {
    this.input = options.input ?? new InputQueue();
    this.#outputLimit = options.outputLimit ?? DEFAULT_OUTPUT_LIMIT;
    this.#coalesceAfter = options.coalesceSerialAfter;
    this.#serial = this.#newOutput();
    this.#debugConsole = this.#newOutput();
    this.#uart = new Uart16550({
      output: (byte) => this.#serial.push(byte),
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

  /** What the guest printed on the serial port. */
  get serial(): OutputBuffer {
    return this.#serial;
  }

  /** What the guest wrote to the debug console. */
  get debugConsole(): OutputBuffer {
    return this.#debugConsole;
  }

  /**
   * Whether {@link reset} may make this machine new. Not while a guest runs; and of one that did not end by
   * itself, through the exit port or with HLT, nobody knows what it left in the CPU.
   */
  get reusable(): boolean {
    return this.#reusable;
  }

  /**
   * Makes this machine equal to a new one, with memory of zeros, no input and nothing printed: nothing of an
   * earlier guest is left for the next. What was read from the machine before stays what it is.
   * @throws GuestkitError `kvm` when the host fails; then the machine is good for nothing but closing.
   */
  reset(): void {
    if (!this.#reusable) throw new Error('a machine whose guest did not end by itself cannot be reset');
    this.#reusable = false;
    this.#bootState ??= this.#vcpu.prepareState(flatRegisters(), flatSystemRegisters());
    this.#vcpu.reset(this.#bootState);
    // After the vCPU: its pending I/O, and KVM's clock in guest memory, may still be written to by its reset.
    this.memory.clear();
    this.ports.reset();
    this.mmio.reset();
    this.#printedBefore += this.#serial.length;
    this.#serial = this.#newOutput();
    this.#debugConsole = this.#newOutput();
    this.input = new InputQueue();
    this.#ending = undefined;
    this.#buses.onPortAccess = undefined;
    this.#reusable = true;
  }

  /**
   * Runs the guest to its end. The thread is taken all that time.
   * A machine runs one guest: after this it can be looked at, and then closed or {@link reset}.
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

  /** Called behind every port access of the guest, from its next slice on. {@link reset} takes it away. */
  set onPortAccess(observer: ((access: PortAccess) => void) | undefined) {
    this.#buses.onPortAccess = observer;
  }

  /** Ends the guest as `stopped` behind the access that is being made; for those who watch its accesses. */
  stop(): void {
    this.#ending ??= { kind: 'stopped' };
  }

  /** Where the guest goes on, in the place of the boot state. Not while it runs. */
  setRegisters(registers: Registers, system: SystemRegisters): void {
    this.#vcpu.setSystemRegisters(system);
    this.#vcpu.setRegisters(registers);
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

  #newOutput(): OutputBuffer {
    const bytes = this.#outputLimit;
    return new OutputBuffer(bytes, () => {
      this.#ending ??= { kind: 'crashed', event: { kind: 'output-limit', bytes } };
    });
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
    const debugConsole = new DebugConsole({ output: (byte) => this.#debugConsole.push(byte) });
    this.ports.attach({ name: 'debug console', ...PORTS.debugConsole, width: 1, device: debugConsole });
  }

  #runSlice(deadline: number, timeoutMs: number): Outcome | undefined {
    this.#reusable = false;
    const remaining = deadline - now();
    if (remaining <= 0) return { kind: 'timeout', ms: timeoutMs };
    this.#coalesceIfItPays();
    this.#uart.poll();
    // Nothing takes it back: an interruption that comes to a later guest ends a slice of it early, no more.
    this.#vcpu.interruptAfter(Math.min(remaining, SLICE_MS));
    const outcome = runUntilInterrupted(this.#vcpu, this.#buses);
    this.#reusable = outcome !== undefined && endedByItself(outcome);
    return outcome;
  }

  #coalesceIfItPays(): void {
    if (this.#coalesceAfter === undefined) return;
    if (this.#printedBefore + this.#serial.length < this.#coalesceAfter) return;
    this.#coalesceAfter = undefined;
    this.#vm.coalesceWrites(PORTS.serial.base);
  }
}
