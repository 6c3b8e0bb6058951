import { GuestkitError } from '../../errors.ts';
import type { Registers, SystemRegisters } from '../../x86/registers.ts';
import type { ExitEvent } from '../exit-event.ts';
import type { CpuState, Vcpu, WriteSink } from '../hypervisor.ts';
import { CoalescedRing } from './coalesced-ring.ts';
import { cpuidTable } from './cpuid.ts';
import { ExitParser } from './exit.ts';
import type { KvmFile } from './file.ts';
import type { KvmHost } from './host.ts';
import { IOCTL } from './ioctls.ts';
import { StructView } from './layout.ts';
import { EINTR, errnoName } from './libc.ts';
import { Mapping } from './mapping.ts';
import { readRegisters, readSystemRegisters, writeRegisters, writeSystemRegisters } from './marshal.ts';
import {
  KVM_REGS,
  KVM_RUN,
  KVM_RUN_SYNC,
  KVM_SIGNAL_MASK,
  KVM_SREGS,
  KVM_SYNC_X86_EVENTS,
  KVM_SYNC_X86_REGS,
  KVM_SYNC_X86_SREGS,
  KVM_VCPU_EVENTS,
} from './structs.ts';

/** One instruction can need several exits to finish (an MMIO access over a page's end), never more than this. */
const MAX_PENDING_EXITS = 16;

const CR8 = KVM_RUN.fields.cr8[0];
const IMMEDIATE_EXIT = KVM_RUN.fields.immediate_exit[0];
const SYNC = KVM_RUN_SYNC['s.regs.regs'];
const SYNC_CR8 = KVM_RUN_SYNC['s.regs.sregs'] + KVM_SREGS.fields.cr8[0];
const SYNC_SIZE = KVM_RUN_SYNC['s.regs.events'] + KVM_VCPU_EVENTS.size - SYNC;

/** A virtual CPU (KVM API, vCPU ioctls) with its mapped `kvm_run` page. */
export class KvmVcpu implements Vcpu, Disposable {
  readonly #file: KvmFile;
  readonly #host: KvmHost;
  readonly #mapping: Mapping;
  readonly #run: StructView<keyof (typeof KVM_RUN)['fields']>;
  readonly #parser: ExitParser;
  #ring: CoalescedRing | undefined;
  #pendingIo = false;
  #open = true;

  constructor(file: KvmFile, host: KvmHost) {
    this.#file = file;
    this.#host = host;
    this.#mapping = Mapping.file(file.libc, file.fd, host.vcpuMapSize, file.name);
    try {
      this.#openSignal();
      file.ioctl('KVM_SET_CPUID2', cpuidTable());
    } catch (error) {
      this.#mapping[Symbol.dispose]();
      throw error;
    }
    this.#run = new StructView(KVM_RUN, this.#mapping.bytes);
    this.#parser = new ExitParser(this.#mapping.bytes);
  }

  run(): ExitEvent {
    this.#checkOpen();
    const { libc, fd } = this.#file;
    for (;;) {
      if (libc.ioctl(fd, IOCTL.KVM_RUN, 0) >= 0) {
        const event = this.#parser.parse();
        this.#pendingIo = event.kind === 'io' || event.kind === 'mmio';
        return event;
      }
      const errno = libc.errno();
      if (errno !== EINTR) return { kind: 'run-failed', errno: errnoName(errno) };
      // The I/O that was pending is complete even so; what interrupted may be any signal of the process.
      this.#pendingIo = false;
      if (this.#host.watchdog.fired()) return { kind: 'interrupted' };
    }
  }

  takeWrites(sink: WriteSink): boolean {
    return this.#ring?.drain(sink) ?? false;
  }

  /** From now on KVM collects writes at `offset` in this vCPU's mapping. */
  openRing(offset: number): void {
    this.#ring ??= new CoalescedRing(this.#mapping.bytes, offset);
  }

  interruptAfter(ms: number): void {
    this.#host.watchdog.arm(ms);
  }

  getRegisters(): Registers {
    this.#checkOpen();
    this.#completeIo();
    if (this.#isDirty(KVM_SYNC_X86_REGS)) {
      return readRegisters(this.#mapping.bytes, KVM_RUN_SYNC['s.regs.regs']);
    }
    const bytes = new Uint8Array(KVM_REGS.size);
    this.#file.ioctl('KVM_GET_REGS', bytes);
    return readRegisters(bytes);
  }

  getSystemRegisters(): SystemRegisters {
    this.#checkOpen();
    this.#completeIo();
    if (this.#isDirty(KVM_SYNC_X86_SREGS)) {
      return readSystemRegisters(this.#mapping.bytes, KVM_RUN_SYNC['s.regs.sregs']);
    }
    const bytes = new Uint8Array(KVM_SREGS.size);
    this.#file.ioctl('KVM_GET_SREGS', bytes);
    return readSystemRegisters(bytes);
  }

  /** Takes effect with the next KVM_RUN (KVM_CAP_SYNC_REGS), which saves an ioctl of several microseconds. */
  setRegisters(registers: Registers): void {
    this.#checkOpen();
    this.#completeIo();
    writeRegisters(registers, this.#mapping.bytes, KVM_RUN_SYNC['s.regs.regs']);
    this.#markDirty(KVM_SYNC_X86_REGS);
  }

  /** As {@link setRegisters}. */
  setSystemRegisters(system: SystemRegisters): void {
    this.#checkOpen();
    this.#completeIo();
    writeSystemRegisters(system, this.#mapping.bytes, KVM_RUN_SYNC['s.regs.sregs']);
    this.#setCr8();
    this.#markDirty(KVM_SYNC_X86_SREGS);
  }

  prepareState(registers: Registers, system: SystemRegisters): CpuState {
    const state = new Uint8Array(SYNC_SIZE);
    writeRegisters(registers, state);
    writeSystemRegisters(system, state, KVM_RUN_SYNC['s.regs.sregs'] - SYNC);
    state.set(this.#host.pristine.events, KVM_RUN_SYNC['s.regs.events'] - SYNC);
    return state;
  }

  /** Registers and events go with the next KVM_RUN, as in {@link setRegisters}; what has no such way, by ioctl. */
  reset(state: CpuState): void {
    this.#checkOpen();
    this.#completeIo();
    if (this.#pendingIo) {
      throw new GuestkitError('kvm', `the pending I/O of ${this.#file.name} does not come to an end`);
    }
    this.#host.pristine.restore(this.#file);
    this.#mapping.bytes.set(state, SYNC);
    this.#setCr8();
    this.#run.set64('kvm_dirty_regs', KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS);
    this.#ring?.discard();
  }

  [Symbol.dispose](): void {
    this.#open = false;
    this.#mapping[Symbol.dispose]();
    this.#file[Symbol.dispose]();
  }

  /** The views onto `kvm_run` outlive its mapping: to touch them then would end the process with SIGSEGV. */
  #checkOpen(): void {
    if (!this.#open) throw new Error('a vCPU was used after its machine was closed');
  }

  /** KVM_SET_SIGNAL_MASK: the watchdog's signal is open while the guest runs, and only then. */
  #openSignal(): void {
    const argument = new Uint8Array(KVM_SIGNAL_MASK.size + 8);
    const view = new DataView(argument.buffer);
    view.setUint32(0, 8, true);
    view.setBigUint64(KVM_SIGNAL_MASK.size, this.#host.watchdog.runMask, true);
    this.#file.ioctl('KVM_SET_SIGNAL_MASK', argument);
  }

  /**
   * An `in` is finished, and RIP moved on, only when KVM_RUN is entered again (KVM API, 5, "KVM_EXIT_IO");
   * with `immediate_exit` set it does that and comes back without running the guest.
   */
  #completeIo(): void {
    if (!this.#pendingIo) return;
    const { libc, fd } = this.#file;
    const page = this.#mapping.bytes;
    page[IMMEDIATE_EXIT] = 1;
    for (let tries = 0; this.#pendingIo && tries < MAX_PENDING_EXITS; tries += 1) {
      this.#pendingIo = libc.ioctl(fd, IOCTL.KVM_RUN, 0) >= 0;
    }
    page[IMMEDIATE_EXIT] = 0;
  }

  /** Without an interrupt controller in the kernel each KVM_RUN takes CR8 from here, whatever the registers say. */
  #setCr8(): void {
    this.#mapping.bytes.copyWithin(CR8, SYNC_CR8, SYNC_CR8 + 8);
  }

  #isDirty(which: bigint): boolean {
    return (this.#run.get64('kvm_dirty_regs') & which) !== 0n;
  }

  #markDirty(which: bigint): void {
    this.#run.set64('kvm_dirty_regs', this.#run.get64('kvm_dirty_regs') | which);
  }
}
