import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GuestkitError } from '../../src/errors.ts';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { Machine } from '../../src/machine/machine.ts';
import { memoryRanges } from '../../src/machine/memory-map.ts';
import { runSource } from '../support/guest.ts';
import { describeKvm, kvmHoldings } from '../support/kvm.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

describe('the memory map', () => {
  const ranges = (bytes: number): string[] =>
    memoryRanges(bytes).map(
      ({ address, size }) => `${address.toString(16)}-${(address + size - 1).toString(16)}`,
    );

  it('has 640 KiB, text memory and firmware below 1 MiB, and the rest above', () => {
    expect(ranges(1 * MIB)).toEqual(['0-9ffff', 'b8000-bffff', 'f0000-fffff']);
    expect(ranges(2 * MIB)).toEqual(['0-9ffff', 'b8000-bffff', 'f0000-fffff', '100000-1fffff']);
    expect(ranges(MIB + 4 * KIB)).toContain('100000-100fff');
    expect(ranges(4 * KIB)).toContain('0-fff');
    expect(ranges(640 * KIB)).toContain('0-9ffff');
    expect(ranges(644 * KIB)).toContain('0-9ffff');
  });

  it('refuses sizes that are no whole number of pages, too small or too large', () => {
    const wrong = [0, 1, 4095, 4097, -4096, 4096.5, 3 * GIB + 4096, Number.NaN, Number.POSITIVE_INFINITY];
    for (const bytes of wrong) {
      expect(() => memoryRanges(bytes), `${bytes} bytes`).toThrow(GuestkitError);
    }
    expect(memoryRanges(4 * KIB)).toBeDefined();
    expect(memoryRanges(3 * GIB)).toBeDefined();
  });
});

describeKvm('loading an image', () => {
  let kvm: Kvm;
  beforeAll(() => {
    kvm = Kvm.open();
  });
  afterAll(() => kvm[Symbol.dispose]());

  it('takes one that fills conventional memory to the last byte', () => {
    using machine = new Machine(kvm);
    const image = new Uint8Array(640 * KIB).fill(0xf4);
    image[640 * KIB - 1] = 0x5a;
    machine.memory.load(image, 0);
    expect(machine.memory.read(640 * KIB - 2, 2)).toEqual(Uint8Array.of(0xf4, 0x5a));
    expect(machine.run({ timeoutMs: 5000 })).toEqual({ kind: 'halted' });
  });

  it('refuses one that is a byte longer, and says how much room there is', () => {
    using machine = new Machine(kvm);
    expect(() => machine.memory.load(new Uint8Array(640 * KIB + 1), 0)).toThrow(
      expect.objectContaining({
        code: 'image',
        message: 'the image does not fit: 655361 bytes at 0x0, where 655360 bytes of memory are',
        hint: expect.stringContaining('--memory'),
      }),
    );
  });

  it('knows the room from where the image goes, and that some places have none', () => {
    using machine = new Machine(kvm, { memoryBytes: 64 * KIB });
    expect(() => machine.memory.load(new Uint8Array(2), 64 * KIB - 1)).toThrow('at 0xffff, where 1 bytes');
    expect(() => machine.memory.load(new Uint8Array(1), 64 * KIB)).toThrow('at 0x10000, where 0 bytes');
    expect(() => machine.memory.load(new Uint8Array(1), -1)).toThrow('where 0 bytes');
    machine.memory.load(new Uint8Array(0x10000), 0xf0000);
  });

  it('takes the smallest and a large machine', () => {
    expect(runSource(kvm, 'hlt', { memoryBytes: 4 * KIB }).outcome).toEqual({ kind: 'halted' });
    expect(runSource(kvm, 'hlt', { memoryBytes: 512 * MIB }).outcome).toEqual({ kind: 'halted' });
  });

  it('reads memory only where all of it is there', () => {
    using machine = new Machine(kvm);
    expect(machine.memory.read(0x9ffff, 1)).toEqual(Uint8Array.of(0));
    expect(machine.memory.read(0x9ffff, 2)).toBeUndefined();
    expect(machine.memory.read(0xa0000, 1)).toBeUndefined();
    expect(machine.memory.read(-1, 1)).toBeUndefined();
    expect(machine.memory.read(0, 2 ** 53)).toBeUndefined();
  });

  it('closes the machine that could not be built', () => {
    const before = kvmHoldings();
    expect(() => new Machine(kvm, { memoryBytes: 5000 })).toThrow(
      'a machine cannot have 5000 bytes of memory',
    );
    expect(() => new Machine(kvm, { exitPorts: [0x3f8] })).toThrow('cannot both be at 0x3f8');
    expect(kvmHoldings()).toEqual(before);
  });
});
