import type { Registers, SystemRegisters } from '../x86/registers.ts';
import type { ExitEvent } from './exit-event.ts';

/** A source of virtual machines. Everything made from it must be used on the thread that opened it. */
export interface Hypervisor extends Disposable {
  createVm(): Vm;
}

/** A virtual machine: memory and CPUs, with nothing else around them. */
export interface Vm extends Disposable {
  /**
   * Backs guest-physical addresses `[address, address + size)` with zeroed memory, shared with the host.
   * Both are multiples of 4096. The region lives until the VM is closed.
   */
  mapMemory(address: number, size: number): MemoryRegion;
  createVcpu(id: number): Vcpu;
  /**
   * From now on the guest's one-byte writes to `port` are collected, without an exit for each; see
   * {@link Vcpu.takeWrites}. False where this hypervisor cannot do that: then they exit as ever.
   */
  coalesceWrites(port: number): boolean;
}

/** Where collected writes go. */
export interface WriteSink {
  /** The guest wrote `data` to `port`; the buffer is reused. Must not throw. */
  write(port: number, data: Uint8Array): void;
}

/** A stretch of guest-physical memory. */
export interface MemoryRegion {
  readonly address: number;
  readonly size: number;
  /** The memory itself: what is written here the guest sees. Throws after the VM was closed. */
  readonly bytes: Uint8Array;
  /** Zeroes all of it. */
  clear(): void;
}

/** Where a guest starts, in the hypervisor's own form: made once by {@link Vcpu.prepareState}, used many times. */
export type CpuState = Uint8Array;

/** One virtual CPU. */
export interface Vcpu {
  /** Runs the guest until it needs the host. Never throws for anything that the guest did. */
  run(): ExitEvent;
  /**
   * Hands over the writes that {@link Vm.coalesceWrites} collected, in their order, and says whether there were
   * any. They came before the exit that `run` returned, so they have to be taken before it is dealt with.
   */
  takeWrites(sink: WriteSink): boolean;
  /**
   * Makes {@link run} return `interrupted`, however busy the guest is, when `ms` milliseconds have passed at the
   * latest: one time, in this call of `run` or a later one. It may do so sooner, for what was asked before on
   * this thread.
   */
  interruptAfter(ms: number): void;
  /** The registers behind the last instruction that was finished; an `in` or `out` that exited counts as such. */
  getRegisters(): Registers;
  getSystemRegisters(): SystemRegisters;
  setRegisters(registers: Registers): void;
  setSystemRegisters(system: SystemRegisters): void;
  prepareState(registers: Registers, system: SystemRegisters): CpuState;
  /**
   * Makes it what a new vCPU is that was given these registers: nothing that a guest left in it stays. Pending
   * I/O is finished first, which may write to memory. Not for a vCPU that ended in a shutdown, an internal error
   * or a failure of the host.
   * @throws GuestkitError `kvm` when the host refuses; then the vCPU is no use any more.
   */
  reset(state: CpuState): void;
}
