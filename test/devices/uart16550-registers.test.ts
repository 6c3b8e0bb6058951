import { describe, expect, it } from 'vitest';
import { drain, uartRig } from './uart-rig.ts';

describe('PC16550D, "UART Reset Configuration"', () => {
  const registers: [name: string, offset: number, value: number][] = [
    ['IER', 1, 0x00],
    ['IIR', 2, 0x01],
    ['LCR', 3, 0x00],
    ['MCR', 4, 0x00],
    ['LSR', 5, 0x60],
    ['MSR: no deltas, and a peer with CTS, DSR and DCD', 6, 0xb0],
    ['SCR', 7, 0x00],
  ];

  it.each(registers)('%s after power-on', (_name, offset, value) => {
    expect(uartRig().read(offset)).toBe(value);
  });

  it.each(registers)('%s after reset()', (_name, offset, value) => {
    const rig = uartRig();
    rig.write(0x2, 0xc1);
    rig.write(0x4, 0x1f);
    rig.write(0x1, 0x0f);
    rig.write(0x7, 0x77);
    for (let i = 0; i < 20; i += 1) rig.write(0x0, i);
    rig.write(0x3, 0xff);
    rig.write(0x0, 0x12);
    rig.uart.reset();
    expect(rig.read(offset)).toBe(value);
  });

  it('has the divisor of 9600 baud, after reset() too', () => {
    const rig = uartRig();
    const divisor = (): number => {
      rig.write(3, 0x80);
      return (rig.read(1) << 8) | rig.read(0);
    };
    expect(divisor()).toBe(115_200 / 9600);
    rig.write(0, 0xff);
    rig.write(1, 0xff);
    rig.uart.reset();
    expect(divisor()).toBe(115_200 / 9600);
  });

  it('drops the interrupt request and what waited', () => {
    const rig = uartRig('abcd');
    rig.write(2, 0xc1);
    rig.write(4, 0x08);
    rig.write(1, 0x01);
    expect(rig.levels).toEqual([true]);
    rig.uart.reset();
    expect(rig.levels).toEqual([true, false]);
    expect(rig.read(5)).toBe(0x60);
  });
});

describe('reset()', () => {
  it('ends loopback and break: the chip sends and receives', () => {
    const rig = uartRig('a');
    rig.write(4, 0x10);
    rig.write(3, 0x40);
    rig.uart.reset();
    expect(rig.read(5)).toBe(0x61);
    expect(rig.read(0)).toBe(0x61);
    rig.write(0, 0x42);
    expect(rig.sent).toEqual([0x42]);
  });
});

describe('divisor latch access', () => {
  it('keeps a divisor without sending it, byte by byte', () => {
    const rig = uartRig();
    rig.write(3, 0x80);
    rig.write(0, 0x01);
    rig.write(1, 0x02);
    expect([rig.read(0), rig.read(1)]).toEqual([0x01, 0x02]);
    rig.write(1, 0xfe);
    expect([rig.read(0), rig.read(1)]).toEqual([0x01, 0xfe]);
    rig.write(0, 0xfd);
    expect([rig.read(0), rig.read(1)]).toEqual([0xfd, 0xfe]);
    expect(rig.sent).toEqual([]);
  });

  it('hides RBR, THR and IER, and nothing else', () => {
    const rig = uartRig('x');
    rig.write(1, 0x04);
    rig.write(3, 0x83);
    rig.write(1, 0x0f);
    rig.read(0);
    expect(rig.read(3)).toBe(0x83);
    expect(rig.read(5)).toBe(0x61);
    rig.write(3, 0x03);
    expect(rig.read(1)).toBe(0x04);
    expect(rig.read(0)).toBe(0x78);
    rig.write(0, 0x41);
    expect(rig.sent).toEqual([0x41]);
  });
});

describe('registers', () => {
  it('sends what is written to THR, with THRE and TEMT always set', () => {
    const rig = uartRig();
    for (const byte of [0x00, 0x41, 0xff]) {
      rig.write(0, byte);
      expect(rig.read(5)).toBe(0x60);
    }
    expect(rig.sent).toEqual([0x00, 0x41, 0xff]);
  });

  it('sends nothing during a break', () => {
    const rig = uartRig();
    rig.write(3, 0x43);
    rig.write(0, 0x41);
    rig.write(3, 0x03);
    rig.write(0, 0x42);
    expect(rig.sent).toEqual([0x42]);
  });

  it('keeps any byte in LCR and SCR', () => {
    const rig = uartRig();
    for (let value = 0; value <= 0xff; value += 1) {
      rig.write(3, value);
      rig.write(7, value ^ 0xff);
      expect([rig.read(3), rig.read(7)]).toEqual([value, value ^ 0xff]);
    }
  });

  it('has four bits in IER and five in MCR', () => {
    const rig = uartRig();
    rig.write(1, 0xff);
    rig.write(4, 0xff);
    expect([rig.read(1), rig.read(4)]).toEqual([0x0f, 0x1f]);
  });

  it('ignores writes to LSR and MSR', () => {
    const rig = uartRig();
    for (const value of [0x00, 0xff]) {
      rig.write(5, value);
      rig.write(6, value);
      expect([rig.read(5), rig.read(6)]).toEqual([0x60, 0xb0]);
    }
  });

  it('reports enabled FIFOs in IIR bits 6 and 7', () => {
    const rig = uartRig();
    rig.write(2, 0xc7);
    expect(rig.read(2)).toBe(0xc1);
    rig.write(2, 0x06);
    expect(rig.read(2)).toBe(0x01);
  });
});

describe('accesses that are not one byte', () => {
  it('go to consecutive registers and end with the last one', () => {
    const rig = uartRig();
    rig.uart.write(6, new Uint8Array([0x11, 0x22, 0x33, 0x44]));
    const data = new Uint8Array(4);
    rig.uart.read(6, data);
    expect([...data]).toEqual([0xb0, 0x22, 0xff, 0xff]);
    expect(rig.sent).toEqual([]);
  });

  it('may be empty', () => {
    const rig = uartRig('a');
    rig.uart.write(0, new Uint8Array(0));
    rig.uart.read(0, new Uint8Array(0));
    expect(rig.sent).toEqual([]);
    expect(drain(rig)).toBe('a');
  });
});
