import { describe, expect, it } from 'vitest';
import { drain, type UartRig, uartRig } from './uart-rig.ts';

function send(rig: UartRig, count: number): void {
  for (let i = 0; i < count; i += 1) rig.write(0, 0x41 + i);
}

describe('loopback data', () => {
  it('goes from THR to RBR, not to the line and not from it', () => {
    const rig = uartRig('input');
    rig.write(4, 0x10);
    expect(rig.read(5)).toBe(0x60);
    expect(rig.read(0)).toBe(0x00);
    rig.write(0, 0xa5);
    expect(rig.read(5)).toBe(0x61);
    expect(rig.read(0)).toBe(0xa5);
    expect(rig.read(5)).toBe(0x60);
    expect(rig.sent).toEqual([]);
    expect(rig.waiting.length).toBe(5);
  });

  it('overwrites RBR on an overrun without FIFOs', () => {
    const rig = uartRig();
    rig.write(4, 0x10);
    send(rig, 2);
    expect(rig.read(5)).toBe(0x63);
    expect(rig.read(5)).toBe(0x61);
    expect(rig.read(0)).toBe(0x42);
    expect(rig.read(5)).toBe(0x60);
  });

  it('fills 16 bytes of FIFO and loses the seventeenth', () => {
    const rig = uartRig();
    rig.write(4, 0x10);
    rig.write(2, 0x01);
    send(rig, 16);
    expect(rig.read(5)).toBe(0x61);
    send(rig, 1);
    expect(rig.read(5)).toBe(0x63);
    expect(rig.read(5)).toBe(0x61);
    expect(drain(rig)).toBe('ABCDEFGHIJKLMNOP');
  });

  it.each([
    ['RCVR FIFO Reset', 0x03, ''],
    ['disabling the FIFOs', 0x00, ''],
    ['XMIT FIFO Reset', 0x05, 'ABC'],
  ])('%s leaves the right bytes', (_name, fcr, rest) => {
    const rig = uartRig();
    rig.write(4, 0x10);
    rig.write(2, 0x01);
    send(rig, 3);
    rig.write(2, fcr);
    expect(drain(rig)).toBe(rest);
  });

  it('ignores a receiver reset without FCR bit 0', () => {
    const rig = uartRig();
    rig.write(4, 0x10);
    send(rig, 1);
    rig.write(2, 0xc6);
    expect(drain(rig)).toBe('A');
  });

  it('stays in the receiver when loopback ends, before the input', () => {
    const rig = uartRig('xyz');
    rig.write(2, 0x01);
    rig.write(4, 0x10);
    send(rig, 2);
    rig.write(4, 0x00);
    expect(drain(rig)).toBe('ABxyz');
    rig.write(0, 0x21);
    expect(rig.sent).toEqual([0x21]);
  });

  it('is not touched by a break', () => {
    const rig = uartRig();
    rig.write(4, 0x10);
    rig.write(3, 0x43);
    send(rig, 1);
    expect(drain(rig)).toBe('A');
  });
});

describe('modem status', () => {
  it.each([
    ['DTR to DSR', 0x01, 0x20],
    ['RTS to CTS', 0x02, 0x10],
    ['OUT1 to RI', 0x04, 0x40],
    ['OUT2 to DCD', 0x08, 0x80],
    ['all', 0x0f, 0xf0],
    ['none', 0x00, 0x00],
  ])('loopback wires %s', (_name, outputs, inputs) => {
    const rig = uartRig();
    rig.write(4, 0x10 | outputs);
    expect(rig.read(6) & 0xf0).toBe(inputs);
  });

  it.each([
    ['DCTS as CTS goes on', 0x00, 0x02, 0x01],
    ['DCTS as CTS goes off', 0x02, 0x00, 0x01],
    ['DDSR as DSR goes on', 0x00, 0x01, 0x02],
    ['DDSR as DSR goes off', 0x01, 0x00, 0x02],
    ['nothing as a ring begins', 0x00, 0x04, 0x00],
    ['TERI as a ring ends', 0x04, 0x00, 0x04],
    ['DDCD as DCD goes on', 0x00, 0x08, 0x08],
    ['DDCD as DCD goes off', 0x08, 0x00, 0x08],
    ['all that fall together', 0x0f, 0x00, 0x0f],
    ['nothing without a change', 0x0f, 0x0f, 0x00],
  ])('sets %s', (_name, before, after, deltas) => {
    const rig = uartRig();
    rig.write(4, 0x10 | before);
    rig.read(6);
    rig.write(4, 0x10 | after);
    expect(rig.read(6) & 0x0f).toBe(deltas);
    expect(rig.read(6) & 0x0f).toBe(0x00);
  });

  it('collects deltas until MSR is read', () => {
    const rig = uartRig();
    rig.write(4, 0x10);
    rig.read(6);
    rig.write(4, 0x11);
    rig.write(4, 0x10);
    rig.write(4, 0x12);
    expect(rig.read(6)).toBe(0x13);
    expect(rig.read(6)).toBe(0x10);
  });

  it('does not follow MCR outside loopback', () => {
    const rig = uartRig();
    for (let mcr = 0; mcr < 0x10; mcr += 1) {
      rig.write(4, mcr);
      expect(rig.read(6)).toBe(0xb0);
    }
  });

  it('marks what changes as loopback begins and ends', () => {
    const rig = uartRig();
    rig.write(4, 0x10);
    expect(rig.read(6)).toBe(0x0b);
    rig.write(4, 0x00);
    expect(rig.read(6)).toBe(0xbb);
    expect(rig.read(6)).toBe(0xb0);
  });
});
