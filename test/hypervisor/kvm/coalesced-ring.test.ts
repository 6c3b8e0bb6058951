import { describe, expect, it } from 'vitest';
import { CoalescedRing } from '../../../src/hypervisor/kvm/coalesced-ring.ts';
import { StructView } from '../../../src/hypervisor/kvm/layout.ts';
import {
  KVM_COALESCED_MMIO,
  KVM_COALESCED_MMIO_MAX,
  KVM_COALESCED_MMIO_RING,
} from '../../../src/hypervisor/kvm/structs.ts';
import { seededRandom } from '../../support/random.ts';

/** Where the ring is in the mappings of this test. */
const OFFSET = 8192;

interface Entry {
  phys_addr: bigint;
  len: number;
  pio: number;
  data: bigint;
}

/** A mapping whose ring holds `entries` from `first` on. */
class Page {
  readonly bytes: Uint8Array = new Uint8Array(OFFSET + 4096);
  readonly header: StructView<'first' | 'last'> = new StructView(KVM_COALESCED_MMIO_RING, this.bytes, OFFSET);
  readonly ring: CoalescedRing = new CoalescedRing(this.bytes, OFFSET);
  readonly taken: string[] = [];

  fill(first: number, entries: readonly Partial<Entry>[]): void {
    this.header.set('first', first);
    for (const [i, entry] of entries.entries()) this.#put((first + i) % KVM_COALESCED_MMIO_MAX, entry);
    this.header.set('last', (first + entries.length) % KVM_COALESCED_MMIO_MAX);
  }

  drain(): boolean {
    return this.ring.drain({
      write: (port, data) => this.taken.push(`${port.toString(16)}: ${[...data]}`),
    });
  }

  #put(at: number, { phys_addr = 0x3f8n, len = 1, pio = 1, data = 0n }: Partial<Entry>): void {
    const offset = OFFSET + KVM_COALESCED_MMIO_RING.size + at * KVM_COALESCED_MMIO.size;
    const view = new StructView(KVM_COALESCED_MMIO, this.bytes, offset);
    view.set64('phys_addr', phys_addr);
    view.set('len', len);
    view.set('pio', pio);
    view.set64('data', data);
  }
}

describe('the ring of coalesced writes', () => {
  it('gives what was written in order, once', () => {
    const page = new Page();
    page.fill(0, [{ data: 0x41n }, { data: 0xff42n }, { phys_addr: 0xe9n, data: 0x43n }]);
    expect(page.drain()).toBe(true);
    expect(page.taken).toEqual(['3f8: 65', '3f8: 66', 'e9: 67']);
    expect(page.drain()).toBe(false);
    expect(page.taken).toHaveLength(3);
  });

  it('goes on at the start after the last place', () => {
    const page = new Page();
    const count = KVM_COALESCED_MMIO_MAX - 1;
    page.fill(
      100,
      Array.from({ length: count }, (_, i) => ({ data: BigInt(i) })),
    );
    expect(page.drain()).toBe(true);
    expect(page.taken).toEqual(Array.from({ length: count }, (_, i) => `3f8: ${i}`));
    expect(page.header.get('first')).toBe(page.header.get('last'));
  });

  it('drops what it is told to', () => {
    const page = new Page();
    page.fill(5, [{}, {}]);
    page.ring.discard();
    expect(page.drain()).toBe(false);
    expect(page.taken).toEqual([]);
  });

  it.each([
    ['no port', { pio: 0 }],
    ['more than a byte', { len: 2 }],
    ['nothing', { len: 0 }],
    ['beyond any length', { len: 0xffff_ffff }],
    ['no port there is', { phys_addr: 0x1_0000n }],
    ['far beyond', { phys_addr: 0x1_0000_03f8n }],
  ])('passes over an entry that cannot be: %s', (_, entry) => {
    const page = new Page();
    page.fill(0, [{ data: 1n }, entry, { data: 2n }]);
    expect(page.drain()).toBe(true);
    expect(page.taken).toEqual(['3f8: 1', '3f8: 2']);
  });

  it.each([
    [KVM_COALESCED_MMIO_MAX, 0],
    [0, KVM_COALESCED_MMIO_MAX],
    [0xffff_ffff, 1],
    [1, 0xffff_ffff],
  ])('takes nothing when its indices cannot be: %i, %i', (first, last) => {
    const page = new Page();
    page.header.set('first', first);
    page.header.set('last', last);
    expect(page.drain()).toBe(false);
    expect(page.taken).toEqual([]);
    // And works again.
    page.fill(page.header.get('first'), [{ data: 9n }]);
    expect(page.drain()).toBe(true);
    expect(page.taken).toEqual(['3f8: 9']);
  });

  it('is bounded, whatever it holds', () => {
    const random = seededRandom(170);
    for (let round = 0; round < 200; round += 1) {
      const page = new Page();
      random.fill(page.bytes.subarray(OFFSET));
      if (round % 2 === 0) {
        page.header.set('first', random.below(KVM_COALESCED_MMIO_MAX));
        page.header.set('last', random.below(KVM_COALESCED_MMIO_MAX));
      }
      page.drain();
      expect(page.taken.length).toBeLessThan(KVM_COALESCED_MMIO_MAX);
      expect(page.drain()).toBe(false);
    }
  });
});
