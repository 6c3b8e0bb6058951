import type { ExitEvent } from '../exit-event.ts';
import { EXIT_REASONS } from './exit-reasons.ts';
import { StructView } from './layout.ts';
import { KVM_EXIT_IO_OUT, KVM_INTERNAL_DATA_WORDS, KVM_RUN } from './structs.ts';

const HLT: ExitEvent = { kind: 'hlt' };
const SHUTDOWN: ExitEvent = { kind: 'shutdown' };
const INTERRUPTED: ExitEvent = { kind: 'interrupted' };

/** Reads the C union in a vCPU's `kvm_run` page: one {@link ExitEvent} for every exit, whatever it holds. */
export class ExitParser {
  readonly #page: Uint8Array;
  readonly #run: StructView<keyof (typeof KVM_RUN)['fields']>;
  // An I/O exit nearly always has one byte at the same place: its window is kept, not made anew each time.
  #window: Uint8Array;

  /** @param page the whole mapping of a vCPU, of KVM_GET_VCPU_MMAP_SIZE bytes */
  constructor(page: Uint8Array) {
    this.#page = page;
    this.#run = new StructView(KVM_RUN, page);
    this.#window = page.subarray(0, 0);
  }

  parse(): ExitEvent {
    const run = this.#run;
    const exitReason = run.get('exit_reason');
    switch (exitReason) {
      case EXIT_REASONS.KVM_EXIT_IO:
        return this.#io() ?? { kind: 'unsupported', exitReason };
      case EXIT_REASONS.KVM_EXIT_MMIO:
        return this.#mmio() ?? { kind: 'unsupported', exitReason };
      case EXIT_REASONS.KVM_EXIT_HLT:
        return HLT;
      case EXIT_REASONS.KVM_EXIT_SHUTDOWN:
        return SHUTDOWN;
      case EXIT_REASONS.KVM_EXIT_INTR:
        return INTERRUPTED;
      case EXIT_REASONS.KVM_EXIT_DEBUG:
        return { kind: 'debug', rip: run.get64('debug.arch.pc'), dr6: run.get64('debug.arch.dr6') };
      case EXIT_REASONS.KVM_EXIT_FAIL_ENTRY:
        return {
          kind: 'fail-entry',
          hardwareReason: run.get64('fail_entry.hardware_entry_failure_reason'),
        };
      case EXIT_REASONS.KVM_EXIT_INTERNAL_ERROR:
        return { kind: 'internal-error', suberror: run.get('internal.suberror'), data: this.#internalData() };
      default:
        return { kind: 'unsupported', exitReason };
    }
  }

  #io(): ExitEvent | undefined {
    const run = this.#run;
    const size = run.get('io.size');
    if (size !== 1 && size !== 2 && size !== 4) return undefined;
    const data = this.#bytes(Number(run.get64('io.data_offset')), size * run.get('io.count'));
    if (data === undefined) return undefined;
    const direction = run.get('io.direction') === KVM_EXIT_IO_OUT ? 'out' : 'in';
    return { kind: 'io', direction, port: run.get('io.port'), size, data };
  }

  #mmio(): ExitEvent | undefined {
    const run = this.#run;
    const length = run.get('mmio.len');
    if (length < 1 || length > 8) return undefined;
    const data = this.#bytes(KVM_RUN.fields['mmio.data'][0], length);
    if (data === undefined) return undefined;
    const direction = run.get('mmio.is_write') !== 0 ? 'write' : 'read';
    return { kind: 'mmio', direction, address: Number(run.get64('mmio.phys_addr')), data };
  }

  #bytes(offset: number, length: number): Uint8Array | undefined {
    if (offset + length > this.#page.length) return undefined;
    const window = this.#window;
    if (window.byteOffset !== this.#page.byteOffset + offset || window.length !== length) {
      this.#window = this.#page.subarray(offset, offset + length);
    }
    return this.#window;
  }

  #internalData(): bigint[] {
    const words = Math.min(this.#run.get('internal.ndata'), KVM_INTERNAL_DATA_WORDS);
    const start = KVM_RUN.fields['internal.data'][0];
    const view = new DataView(this.#page.buffer, this.#page.byteOffset + start);
    return Array.from({ length: words }, (_, index) => view.getBigUint64(index * 8, true));
  }
}
