import type { WriteSink } from '../hypervisor.ts';
import { KVM_COALESCED_MMIO, KVM_COALESCED_MMIO_MAX, KVM_COALESCED_MMIO_RING } from './structs.ts';

const { first: FIRST, last: LAST } = KVM_COALESCED_MMIO_RING.fields;
const PHYS_ADDR = KVM_COALESCED_MMIO.fields.phys_addr[0];
const LEN = KVM_COALESCED_MMIO.fields.len[0];
const PIO = KVM_COALESCED_MMIO.fields.pio[0];
const DATA = KVM_COALESCED_MMIO.fields.data[0];
const MAX_PORT = 0xffff;

/**
 * The page in which KVM collects writes to coalesced ports (KVM API, KVM_REGISTER_COALESCED_MMIO): a ring that
 * KVM appends to while the guest runs and that is emptied here while it does not.
 */
export class CoalescedRing {
  readonly #view: DataView;
  /** One for all: what a loop allocates pushes the rest out of the CPU's caches. */
  readonly #byte: Uint8Array = new Uint8Array(1);

  /** @param page the mapping of a vCPU; @param offset where in it the ring is */
  constructor(page: Uint8Array, offset: number) {
    const size = KVM_COALESCED_MMIO_RING.size + KVM_COALESCED_MMIO_MAX * KVM_COALESCED_MMIO.size;
    this.#view = new DataView(page.buffer, page.byteOffset + offset, size);
  }

  /** Hands over the collected writes in their order; false when there were none. */
  drain(sink: WriteSink): boolean {
    const view = this.#view;
    const last = view.getUint32(LAST[0], true);
    let first = view.getUint32(FIRST[0], true);
    if (first === last) return false;
    // Nothing that KVM does. There is no telling which entries are good, so none is taken.
    if (first >= KVM_COALESCED_MMIO_MAX || last >= KVM_COALESCED_MMIO_MAX) return this.discard();
    while (first !== last) {
      this.#hand(KVM_COALESCED_MMIO_RING.size + first * KVM_COALESCED_MMIO.size, sink);
      first = first + 1 === KVM_COALESCED_MMIO_MAX ? 0 : first + 1;
    }
    view.setUint32(FIRST[0], first, true);
    return true;
  }

  /** Drops what was collected. */
  discard(): false {
    this.#view.setUint32(FIRST[0], 0, true);
    this.#view.setUint32(LAST[0], 0, true);
    return false;
  }

  /** Hands over the entry at `at`, if it is one byte to a port: others are not collected. */
  #hand(at: number, sink: WriteSink): void {
    const view = this.#view;
    const port = view.getUint32(at + PHYS_ADDR, true);
    const isPort = view.getUint32(at + PIO, true) !== 0 && port <= MAX_PORT;
    if (!isPort || view.getUint32(at + PHYS_ADDR + 4, true) !== 0 || view.getUint32(at + LEN, true) !== 1)
      return;
    this.#byte[0] = view.getUint8(at + DATA);
    sink.write(port, this.#byte);
  }
}
