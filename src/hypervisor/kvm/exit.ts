import type { ExitEvent } from '../exit-event.ts';
import { EXIT_REASONS } from './exit-reasons.ts';
import { StructView } from './layout.ts';
import { KVM_EXIT_IO_OUT, KVM_INTERNAL_DATA_WORDS, KVM_RUN } from './structs.ts';

const HLT: ExitEvent = { kind: 'hlt' };
const SHUTDOWN: ExitEvent = { kind: 'shutdown' };
const INTERRUPTED: ExitEvent = { kind: 'interrupted' };

/** Offsets of what every I/O exit reads: looked up by name each time they would cost more than all the rest. */
const EXIT_REASON = KVM_RUN.fields.exit_reason[0];
const IO_DIRECTION = KVM_RUN.fields['io.direction'][0];
const IO_SIZE = KVM_RUN.fields['io.size'][0];
const IO_PORT = KVM_RUN.fields['io.port'][0];
const IO_COUNT = KVM_RUN.fields['io.count'][0];
const IO_DATA_OFFSET = KVM_RUN.fields['io.data_offset'][0];

/** Reads the C union in a vCPU's `kvm_run` page: one {@link ExitEvent} for every exit, whatever it holds. */
export class ExitParser {
  readonly #page: Uint8Array;
  readonly #view: DataView;
  readonly #run: StructView<keyof (typeof KVM_RUN)['fields']>;
  // An I/O exit nearly always has one byte at the same place: window and event are kept, not made anew each
  // time, since what a loop allocates pushes the rest out of the CPU's caches.
  #window: Uint8Array;
  #windowStart = -1;
  readonly #ioEvent: Extract<ExitEvent, { kind: 'io' }>;

  /** @param page the whole mapping of a vCPU, of KVM_GET_VCPU_MMAP_SIZE bytes */
  constructor(page: Uint8Array) {
    this.#page = page;
    this.#view = new DataView(page.buffer, page.byteOffset, page.byteLength);
    this.#run = new StructView(KVM_RUN, page);
    this.#window = page.subarray(0, 0);
    this.#ioEvent = { kind: 'io', direction: 'in', port: 0, size: 1, data: this.#window };
  }

  parse(): ExitEvent {
    const run = this.#run;
    const exitReason = this.#view.getUint32(EXIT_REASON, true);
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
    const view = this.#view;
    const size = view.getUint8(IO_SIZE);
    if (size !== 1 && size !== 2 && size !== 4) return undefined;
    // The upper half of a 64-bit offset that is inside the mapping is zero.
    const high = view.getUint32(IO_DATA_OFFSET + 4, true);
    const offset = view.getUint32(IO_DATA_OFFSET, true);
    const data = high === 0 ? this.#bytes(offset, size * view.getUint32(IO_COUNT, true)) : undefined;
    if (data === undefined) return undefined;
    const event = this.#ioEvent;
    event.direction = view.getUint8(IO_DIRECTION) === KVM_EXIT_IO_OUT ? 'out' : 'in';
    event.port = view.getUint16(IO_PORT, true);
    event.size = size;
    event.data = data;
    return event;
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
    if (this.#windowStart !== offset || this.#window.length !== length) {
      this.#window = this.#page.subarray(offset, offset + length);
      this.#windowStart = offset;
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
