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
}

/** A stretch of guest-physical memory. */
export interface MemoryRegion {
  readonly address: number;
  readonly size: number;
  /** The memory itself: what is written here the guest sees. Throws after the VM was closed. */
  readonly bytes: Uint8Array;
}

/** One virtual CPU. */
export interface Vcpu {
  /** Runs the guest until it needs the host. Never throws for anything that the guest did. */
  run(): ExitEvent;
  /**
   * Makes {@link run} return `interrupted` once `ms` milliseconds have passed, however busy the guest is:
   * one time, in this call of `run` or a later one. A new call replaces the one before it.
   */
  interruptAfter(ms: number): void;
  /** Takes back {@link interruptAfter}. */
  cancelInterrupt(): void;
  /** The registers behind the last instruction that was finished; an `in` or `out` that exited counts as such. */
  getRegisters(): Registers;
  getSystemRegisters(): SystemRegisters;
  setRegisters(registers: Registers): void;
  setSystemRegisters(system: SystemRegisters): void;
}
