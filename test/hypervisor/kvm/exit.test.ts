import { describe, expect, it } from 'vitest';
import type { ExitEvent } from '../../../src/hypervisor/exit-event.ts';
import { ExitParser } from '../../../src/hypervisor/kvm/exit.ts';
import { EXIT_REASONS } from '../../../src/hypervisor/kvm/exit-reasons.ts';
import { StructView } from '../../../src/hypervisor/kvm/layout.ts';
import { KVM_RUN } from '../../../src/hypervisor/kvm/structs.ts';
import { seededRandom } from '../../support/random.ts';

/** What KVM_GET_VCPU_MMAP_SIZE gives on x86: kvm_run, the pio page, the coalesced ring. */
const MAP_SIZE = 3 * 4096;
const PIO_PAGE = 4096;

type Name = keyof (typeof KVM_RUN)['fields'];
type Values = Partial<Record<Name, number | bigint>>;

/** A page as KVM would leave it. */
function pageWith(values: Values, data: Record<number, readonly number[]> = {}): Uint8Array {
  const page = new Uint8Array(MAP_SIZE);
  const run = new StructView(KVM_RUN, page);
  for (const [name, value] of Object.entries(values) as [Name, number | bigint][]) {
    if (typeof value === 'bigint') run.set64(name, value);
    else run.set(name, value);
  }
  for (const [offset, bytes] of Object.entries(data)) page.set(bytes, Number(offset));
  return page;
}

function parse(values: Values, data: Record<number, readonly number[]> = {}): ExitEvent {
  return new ExitParser(pageWith(values, data)).parse();
}

const io = (values: Values): Values => ({
  exit_reason: EXIT_REASONS.KVM_EXIT_IO,
  'io.direction': 1,
  'io.size': 1,
  'io.port': 0x3f8,
  'io.count': 1,
  'io.data_offset': BigInt(PIO_PAGE),
  ...values,
});

const mmio = (values: Values): Values => ({
  exit_reason: EXIT_REASONS.KVM_EXIT_MMIO,
  'mmio.phys_addr': 0xd0000n,
  'mmio.len': 4,
  ...values,
});

describe('the exits of a vCPU', () => {
  it('reads a port write', () => {
    expect(parse(io({}), { [PIO_PAGE]: [0x41] })).toEqual({
      kind: 'io',
      direction: 'out',
      port: 0x3f8,
      size: 1,
      data: Uint8Array.of(0x41),
    });
  });

  it('gives the place where the answer to a port read goes', () => {
    const page = pageWith(io({ 'io.direction': 0, 'io.size': 4, 'io.port': 0xffff }));
    const event = new ExitParser(page).parse();
    expect(event).toMatchObject({ kind: 'io', direction: 'in', port: 0xffff, size: 4 });
    if (event.kind === 'io') event.data.set([1, 2, 3, 4]);
    expect([...page.subarray(PIO_PAGE, PIO_PAGE + 5)]).toEqual([1, 2, 3, 4, 0]);
  });

  it('reads string I/O as size times count bytes', () => {
    const bytes = [1, 2, 3, 4, 5, 6];
    expect(parse(io({ 'io.size': 2, 'io.count': 3 }), { [PIO_PAGE]: bytes })).toMatchObject({
      size: 2,
      data: Uint8Array.from(bytes),
    });
    expect(parse(io({ 'io.count': MAP_SIZE - PIO_PAGE }))).toMatchObject({ kind: 'io' });
  });

  it('follows the data as its place and length change from exit to exit', () => {
    const page = pageWith(io({}), { [PIO_PAGE]: [1, 2, 3, 4], [PIO_PAGE + 100]: [9] });
    const run = new StructView(KVM_RUN, page);
    const parser = new ExitParser(page);
    const data = (): number[] => {
      const event = parser.parse();
      return event.kind === 'io' ? [...event.data] : [];
    };
    expect(data()).toEqual([1]);
    run.set('io.count', 4);
    expect(data()).toEqual([1, 2, 3, 4]);
    run.set('io.count', 1);
    expect(data()).toEqual([1]);
    run.set64('io.data_offset', BigInt(PIO_PAGE + 100));
    expect(data()).toEqual([9]);
  });

  it('reads accesses to memory that is not there', () => {
    const data = { [KVM_RUN.fields['mmio.data'][0]]: [1, 2, 3, 4, 5, 6, 7, 8] };
    expect(parse(mmio({ 'mmio.is_write': 1 }), data)).toEqual({
      kind: 'mmio',
      direction: 'write',
      address: 0xd0000,
      data: Uint8Array.of(1, 2, 3, 4),
    });
    expect(parse(mmio({ 'mmio.len': 8 }), data)).toMatchObject({
      direction: 'read',
      data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    });
    expect(parse(mmio({ 'mmio.phys_addr': 2n ** 52n - 1n }))).toMatchObject({ address: 2 ** 52 - 1 });
  });

  it('reads the endings', () => {
    expect(parse({ exit_reason: EXIT_REASONS.KVM_EXIT_HLT })).toEqual({ kind: 'hlt' });
    expect(parse({ exit_reason: EXIT_REASONS.KVM_EXIT_SHUTDOWN })).toEqual({ kind: 'shutdown' });
    expect(parse({ exit_reason: EXIT_REASONS.KVM_EXIT_INTR })).toEqual({ kind: 'interrupted' });
    expect(
      parse({
        exit_reason: EXIT_REASONS.KVM_EXIT_DEBUG,
        'debug.arch.pc': 0xffff_ffff_8000_0000n,
        'debug.arch.dr6': 0xffff_4ff0n,
      }),
    ).toEqual({ kind: 'debug', rip: 0xffff_ffff_8000_0000n, dr6: 0xffff_4ff0n });
    expect(
      parse({
        exit_reason: EXIT_REASONS.KVM_EXIT_FAIL_ENTRY,
        'fail_entry.hardware_entry_failure_reason': 0x8000_0021n,
      }),
    ).toEqual({ kind: 'fail-entry', hardwareReason: 0x8000_0021n });
    expect(
      parse(
        { exit_reason: EXIT_REASONS.KVM_EXIT_INTERNAL_ERROR, 'internal.suberror': 1, 'internal.ndata': 2 },
        { [KVM_RUN.fields['internal.data'][0]]: [1, 0, 0, 0, 0, 0, 0, 0, 2, 0xd9, 0xe8] },
      ),
    ).toEqual({ kind: 'internal-error', suberror: 1, data: [1n, 0xe8d902n] });
  });

  it('keeps the number of every other exit', () => {
    const parsed = new Set<number>([
      EXIT_REASONS.KVM_EXIT_IO,
      EXIT_REASONS.KVM_EXIT_MMIO,
      EXIT_REASONS.KVM_EXIT_HLT,
      EXIT_REASONS.KVM_EXIT_SHUTDOWN,
      EXIT_REASONS.KVM_EXIT_INTR,
      EXIT_REASONS.KVM_EXIT_DEBUG,
      EXIT_REASONS.KVM_EXIT_FAIL_ENTRY,
      EXIT_REASONS.KVM_EXIT_INTERNAL_ERROR,
    ]);
    const others = Object.values(EXIT_REASONS).filter((number) => !parsed.has(number));
    for (const exit_reason of [...others, 41, 1000, 2 ** 31, 2 ** 32 - 1]) {
      expect(parse({ exit_reason })).toEqual({ kind: 'unsupported', exitReason: exit_reason });
    }
  });
});

describe('exits that cannot be', () => {
  const unsupportedIo: ExitEvent = { kind: 'unsupported', exitReason: EXIT_REASONS.KVM_EXIT_IO };
  const unsupportedMmio: ExitEvent = { kind: 'unsupported', exitReason: EXIT_REASONS.KVM_EXIT_MMIO };

  it.each([0, 3, 5, 8, 255])('refuses a port access of %i bytes', (size) => {
    expect(parse(io({ 'io.size': size }))).toEqual(unsupportedIo);
  });

  it.each([1, 2, 4])('refuses 2^32-1 repetitions of %i bytes', (size) => {
    expect(parse(io({ 'io.size': size, 'io.count': 0xffff_ffff }))).toEqual(unsupportedIo);
  });

  it.each([
    ['one byte beyond the mapping', BigInt(MAP_SIZE)],
    ['2^32', 2n ** 32n],
    ['2^63', 2n ** 63n],
    ['2^64-1, which is -1', 2n ** 64n - 1n],
  ])('refuses data at %s', (_, offset) => {
    expect(parse(io({ 'io.data_offset': offset }))).toEqual(unsupportedIo);
  });

  it('refuses data of which only a part is in the mapping', () => {
    expect(parse(io({ 'io.size': 4, 'io.data_offset': BigInt(MAP_SIZE - 4) }))).toMatchObject({ kind: 'io' });
    expect(parse(io({ 'io.size': 4, 'io.data_offset': BigInt(MAP_SIZE - 3) }))).toEqual(unsupportedIo);
    expect(parse(io({ 'io.count': MAP_SIZE - PIO_PAGE + 1 }))).toEqual(unsupportedIo);
  });

  it.each([0, 9, 2 ** 31, 2 ** 32 - 1])('refuses a memory access of %i bytes', (length) => {
    expect(parse(mmio({ 'mmio.len': length }))).toEqual(unsupportedMmio);
  });

  it('reads at most the sixteen words of internal data that there are', () => {
    const event = parse({
      exit_reason: EXIT_REASONS.KVM_EXIT_INTERNAL_ERROR,
      'internal.suberror': 0xffff_ffff,
      'internal.ndata': 0xffff_ffff,
    });
    expect(event).toEqual({ kind: 'internal-error', suberror: 0xffff_ffff, data: Array(16).fill(0n) });
  });

  it('makes an event of every page of random bytes, with all its data inside the mapping', () => {
    const random = seededRandom(0x6b766d);
    const page = new Uint8Array(MAP_SIZE);
    const header = page.subarray(0, 256);
    const run = new StructView(KVM_RUN, page);
    const parser = new ExitParser(page);
    const kinds = new Map<string, number>();
    for (let round = 0; round < 20_000; round += 1) {
      random.fill(header);
      // Random reasons would nearly all be unknown, and random values nearly all refused.
      if (random.below(8) > 0) run.set('exit_reason', random.below(42));
      if (random.below(2) > 0) run.set('io.size', random.pick([1, 2, 4]));
      if (random.below(2) > 0) run.set('io.count', random.below(9000));
      if (random.below(2) > 0) run.set64('io.data_offset', BigInt(random.below(MAP_SIZE + 64)));
      if (run.get('exit_reason') === EXIT_REASONS.KVM_EXIT_MMIO) run.set('mmio.len', random.below(12));
      const event = parser.parse();
      kinds.set(event.kind, (kinds.get(event.kind) ?? 0) + 1);
      if (event.kind !== 'io' && event.kind !== 'mmio') continue;
      const { data } = event;
      if (data.buffer !== page.buffer || data.byteOffset + data.length > MAP_SIZE) {
        expect.unreachable(`round ${round}: ${event.kind} data at ${data.byteOffset}+${data.length}`);
      }
      if (event.kind === 'io' && data.length !== event.size * run.get('io.count')) {
        expect.unreachable(`round ${round}: ${data.length} bytes of ${event.size} each`);
      }
    }
    expect([...kinds.keys()].sort()).toEqual([
      'debug',
      'fail-entry',
      'hlt',
      'internal-error',
      'interrupted',
      'io',
      'mmio',
      'shutdown',
      'unsupported',
    ]);
  });
});
