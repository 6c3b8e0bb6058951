import { describe, expect, it } from 'vitest';
import type { Device } from '../../src/devices/device.ts';
import { Bus } from '../../src/machine/bus.ts';
import { UnclaimedLog } from '../../src/machine/unclaimed.ts';

/** A device that remembers what it was asked, and answers with its tag and the offset. */
function recorder(tag = 0): { device: Device; log: string[] } {
  const log: string[] = [];
  return {
    log,
    device: {
      read(offset, data) {
        log.push(`read ${offset}+${data.length}`);
        for (let i = 0; i < data.length; i += 1) data[i] = tag + offset + i;
      },
      write: (offset, data) => log.push(`write ${offset} ${[...data]}`),
      reset: () => log.push('reset'),
    },
  };
}

function read(bus: Bus, address: number, length: number): number[] {
  // What was in the buffer before must not show.
  const data = new Uint8Array(length).fill(0x5a);
  bus.read(address, data);
  return [...data];
}

describe('a bus', () => {
  it('refuses two devices at one address, and names them', () => {
    const bus = new Bus();
    const at = (name: string, base: number, length: number) => (): void =>
      bus.attach({ name, base, length, width: 1, device: recorder().device });
    at('first', 0x100, 8)();
    for (const [base, length] of [
      [0x100, 8],
      [0x107, 1],
      [0xff, 2],
      [0x102, 2],
      [0x80, 0x200],
    ] as const) {
      expect(at('second', base, length), `${base}+${length}`).toThrow(
        'the second and the first cannot both be at 0x',
      );
    }
    at('below', 0xff, 1)();
    at('above', 0x108, 1)();
    expect(at('third', 0x108, 1)).toThrow('the third and the above');
  });

  it('gives a device offsets from its base, and the access in one piece up to its width', () => {
    const bus = new Bus();
    const { device, log } = recorder(0x10);
    bus.attach({ name: 'wide', base: 0x1000, length: 16, width: 4, device });
    expect(read(bus, 0x1004, 4)).toEqual([0x14, 0x15, 0x16, 0x17]);
    bus.write(0x1002, Uint8Array.of(1, 2));
    expect(log).toEqual(['read 4+4', 'write 2 1,2']);
  });

  it('splits what is wider than the device into bytes, lowest address first', () => {
    const bus = new Bus();
    const { device, log } = recorder();
    bus.attach({ name: 'narrow', base: 0, length: 8, width: 1, device });
    expect(read(bus, 2, 4)).toEqual([2, 3, 4, 5]);
    bus.write(2, Uint8Array.of(9, 8));
    expect(log).toEqual(['read 2+1', 'read 3+1', 'read 4+1', 'read 5+1', 'write 2 9', 'write 3 8']);
  });

  it('splits over neighbours, and over the end of a device into nothing', () => {
    const bus = new Bus();
    const [low, high] = [recorder(0x10), recorder(0x20)];
    bus.attach({ name: 'high', base: 12, length: 2, width: 4, device: high.device });
    bus.attach({ name: 'low', base: 10, length: 2, width: 4, device: low.device });
    expect(read(bus, 10, 4)).toEqual([0x10, 0x11, 0x20, 0x21]);
    expect(read(bus, 12, 4)).toEqual([0x20, 0x21, 0xff, 0xff]);
    bus.write(9, Uint8Array.of(1, 2));
    expect(low.log).toEqual(['read 0+1', 'read 1+1', 'write 0 2']);
    expect(bus.unclaimed.list().map(({ direction, address }) => [direction, address])).toEqual([
      ['read', 14],
      ['read', 15],
      ['write', 9],
    ]);
  });

  it('reads all ones from nobody, in one piece', () => {
    const bus = new Bus();
    expect(read(bus, 7, 8)).toEqual(Array(8).fill(0xff));
    expect(bus.unclaimed.list()).toEqual([
      { direction: 'read', address: 7, size: 8, value: 0xffff_ffff_ffff_ffffn, count: 1 },
    ]);
  });

  it('finds each of many devices, in any order, with gaps between them', () => {
    const bus = new Bus();
    const count = 100;
    // Attached in a scattered order: 37 and 100 have no common divisor.
    for (let i = 0; i < count; i += 1) {
      const number = (i * 37) % count;
      const { device } = recorder(number);
      bus.attach({ name: `${number}`, base: number * 4, length: 2, width: 1, device });
    }
    for (let round = 0; round < 2; round += 1) {
      for (let number = count - 1; number >= 0; number -= 1) {
        expect(read(bus, number * 4 + 1, 1)).toEqual([number + 1]);
        expect(read(bus, number * 4 + 2, 1)).toEqual([0xff]);
      }
    }
    expect(read(bus, count * 4, 1)).toEqual([0xff]);
  });

  it('finds devices that come later, beside one just used', () => {
    const bus = new Bus();
    bus.attach({ name: 'first', base: 4, length: 1, width: 1, device: recorder(1).device });
    expect(read(bus, 4, 1)).toEqual([1]);
    bus.attach({ name: 'second', base: 3, length: 1, width: 1, device: recorder(2).device });
    expect([...read(bus, 3, 1), ...read(bus, 4, 1)]).toEqual([2, 1]);
  });

  it('takes addresses that no 32 bits hold', () => {
    const bus = new Bus();
    expect(read(bus, 2 ** 52 - 4, 4)).toEqual([0xff, 0xff, 0xff, 0xff]);
    expect(read(bus, 2 ** 64, 8)).toEqual(Array(8).fill(0xff));
  });
});

describe('the list of accesses that nobody claimed', () => {
  it('keeps one entry for each direction, address and size, with the value written last', () => {
    const log = new UnclaimedLog();
    log.record('write', 0x80, Uint8Array.of(1));
    log.record('read', 0x80, Uint8Array.of(0xff));
    log.record('write', 0x80, Uint8Array.of(2));
    log.record('write', 0x80, Uint8Array.of(3, 4));
    expect(log.list()).toEqual([
      { direction: 'write', address: 0x80, size: 1, value: 2n, count: 2 },
      { direction: 'read', address: 0x80, size: 1, value: 0xffn, count: 1 },
      { direction: 'write', address: 0x80, size: 2, value: 0x0403n, count: 1 },
    ]);
  });

  it('reads values of up to 8 bytes, lowest first', () => {
    const log = new UnclaimedLog();
    const bytes = [0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0xf8];
    for (let size = 1; size <= 8; size += 1) log.record('write', 0, Uint8Array.from(bytes.slice(0, size)));
    expect(log.list().map(({ value }) => value.toString(16))).toEqual([
      '81',
      '9281',
      'a39281',
      'b4a39281',
      'c5b4a39281',
      'd6c5b4a39281',
      'e7d6c5b4a39281',
      'f8e7d6c5b4a39281',
    ]);
  });

  it('tells accesses at the highest physical addresses apart', () => {
    const log = new UnclaimedLog();
    const top = 2 ** 52 - 1;
    for (const address of [top, top - 1]) {
      log.record('read', address, Uint8Array.of(0xff));
      log.record('write', address, Uint8Array.of(1));
    }
    expect(log.list().map(({ direction, address }) => [direction, address])).toEqual([
      ['read', top],
      ['write', top],
      ['read', top - 1],
      ['write', top - 1],
    ]);
  });

  it('does not grow without a bound, and goes on counting what it has', () => {
    const log = new UnclaimedLog();
    for (let port = 0; port <= 0xffff; port += 1) log.record('read', port, Uint8Array.of(0xff));
    log.record('read', 0, Uint8Array.of(0xff));
    expect(log.list()).toHaveLength(256);
    expect(log.list()[0]).toMatchObject({ address: 0, count: 2 });
  });
});
