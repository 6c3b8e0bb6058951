import { describe, expect, it } from 'vitest';
import { drain, uartRig } from './uart-rig.ts';

const OUT2 = 0x08;

describe('IIR priorities', () => {
  it('names one source after the other, from line status to modem status', () => {
    const rig = uartRig();
    rig.write(4, 0x10); // loopback: CTS, DSR and DCD fall
    rig.write(0, 0x41);
    rig.write(0, 0x42); // overrun
    rig.write(1, 0x0f);
    expect(rig.read(2)).toBe(0x06);
    expect(rig.read(2)).toBe(0x06);
    rig.read(5);
    expect(rig.read(2)).toBe(0x04);
    expect(rig.read(2)).toBe(0x04);
    rig.read(0);
    expect(rig.read(2)).toBe(0x02);
    expect(rig.read(2)).toBe(0x00);
    expect(rig.read(2)).toBe(0x00);
    rig.read(6);
    expect(rig.read(2)).toBe(0x01);
  });

  it.each([
    ['received data', 0x01, 0x04],
    ['THR empty', 0x02, 0x02],
    ['line status', 0x04, 0x06],
    ['modem status', 0x08, 0x00],
    ['none', 0x00, 0x01],
  ])('names an enabled source only: %s', (_name, ier, iir) => {
    const rig = uartRig();
    rig.write(4, 0x10);
    rig.write(0, 0x41);
    rig.write(0, 0x42);
    rig.write(1, ier);
    expect(rig.read(2)).toBe(iir);
  });
});

describe('THR empty interrupt', () => {
  it('comes with IER.1, goes with IIR, comes back with a THR write', () => {
    const rig = uartRig();
    rig.write(4, OUT2);
    rig.write(1, 0x02);
    expect(rig.levels).toEqual([true]);
    expect(rig.read(2)).toBe(0x02);
    expect(rig.levels).toEqual([true, false]);
    expect(rig.read(2)).toBe(0x01);
    rig.write(0, 0x41);
    expect(rig.levels).toEqual([true, false, true]);
    expect(rig.read(2)).toBe(0x02);
    expect(rig.read(2)).toBe(0x01);
  });

  it('does not come again when IER.1 was set already, but when it is set anew', () => {
    const rig = uartRig();
    rig.write(1, 0x02);
    rig.read(2);
    rig.write(1, 0x03);
    expect(rig.read(2)).toBe(0x01);
    rig.write(1, 0x00);
    rig.write(1, 0x02);
    expect(rig.read(2)).toBe(0x02);
  });

  it('stays when IIR names a higher source', () => {
    const rig = uartRig('a');
    rig.write(1, 0x03);
    expect(rig.read(2)).toBe(0x04);
    rig.read(0);
    expect(rig.read(2)).toBe(0x02);
  });

  it('gives an edge for each byte written while it is pending', () => {
    const rig = uartRig();
    rig.write(4, OUT2);
    rig.write(1, 0x02);
    rig.write(0, 0x41);
    rig.write(0, 0x42);
    expect(rig.levels).toEqual([true, false, true, false, true]);
  });
});

describe('received data interrupt', () => {
  it.each([
    [1, 0x01],
    [4, 0x41],
    [8, 0x81],
    [14, 0xc1],
  ])('trigger level %i: data available there, character timeout below', (level, fcr) => {
    const rig = uartRig();
    rig.write(2, fcr);
    rig.write(1, 0x01);
    expect(rig.read(2)).toBe(0xc1);
    for (let count = 1; count <= level; count += 1) {
      rig.waiting.push(count);
      rig.uart.poll();
      expect(rig.read(2)).toBe(count < level ? 0xcc : 0xc4);
    }
    for (let count = level - 1; count >= 0; count -= 1) {
      rig.read(0);
      expect(rig.read(2)).toBe(count === 0 ? 0xc1 : 0xcc);
    }
  });

  it('knows no trigger level while FCR.0 is clear', () => {
    const rig = uartRig();
    rig.write(2, 0x41);
    rig.write(2, 0xc0);
    rig.write(1, 0x01);
    rig.waiting.push(1);
    expect(rig.read(2)).toBe(0x04);
  });

  it('is raised when IER.0 is set and input waits, and when poll() says that it came', () => {
    const rig = uartRig('a');
    rig.write(4, OUT2);
    rig.write(1, 0x01);
    expect(rig.levels).toEqual([true]);
    rig.read(0);
    expect(rig.levels).toEqual([true, false]);
    rig.waiting.push(0x62);
    rig.uart.poll();
    expect(rig.levels).toEqual([true, false, true]);
    rig.uart.poll();
    expect(rig.levels.length).toBe(3);
  });

  it('leaves the input alone in poll() while IER.0 is clear', () => {
    const rig = uartRig('a');
    rig.write(4, OUT2);
    rig.uart.poll();
    expect(rig.waiting.length).toBe(1);
    expect(rig.levels).toEqual([]);
  });

  it.each([
    ['without FIFOs', 0x00],
    ['trigger level 1', 0x01],
    ['trigger level 14', 0xc1],
  ])('gives an edge for every byte, so one byte an interrupt is enough: %s', (_name, fcr) => {
    const text = 'a line longer than any FIFO\r';
    const rig = uartRig(text);
    rig.write(2, fcr);
    rig.write(4, OUT2);
    rig.write(1, 0x01);
    let got = '';
    let handled = 0;
    while (handled < rig.levels.filter((level) => level).length) {
      handled += 1;
      got += String.fromCharCode(rig.read(0));
    }
    expect(got).toBe(text);
    expect(rig.levels.at(-1)).toBe(false);
  });
});

describe('OUT2', () => {
  it('gates the request, not IIR', () => {
    const rig = uartRig('ab');
    rig.write(1, 0x01);
    expect(rig.read(2)).toBe(0x04);
    expect(rig.levels).toEqual([]);
    rig.write(4, OUT2);
    expect(rig.levels).toEqual([true]);
    rig.write(4, 0x07);
    expect(rig.levels).toEqual([true, false]);
    expect(rig.read(2)).toBe(0x04);
  });

  it('is held inactive by loopback', () => {
    const rig = uartRig();
    rig.write(4, OUT2 | 0x10);
    rig.write(1, 0x0f);
    rig.write(0, 0x41);
    expect(rig.read(2)).toBe(0x04);
    expect(rig.levels).toEqual([]);
    rig.write(4, OUT2);
    expect(rig.levels).toEqual([true]);
    expect(drain(rig)).toBe('A');
  });
});
