import { describe, expect, it } from 'vitest';
import { drain, uartRig } from './uart-rig.ts';

const LONG = Array.from({ length: 100 }, (_, i) => String.fromCharCode(0x20 + (i % 90))).join('');

describe('input', () => {
  it.each([
    ['without FIFOs', 0x00],
    ['trigger level 1', 0x01],
    ['trigger level 4', 0x41],
    ['trigger level 8', 0x81],
    ['trigger level 14', 0xc1],
  ])('arrives complete and in order: %s', (_name, fcr) => {
    const rig = uartRig(LONG);
    rig.write(2, fcr);
    expect(drain(rig)).toBe(LONG);
    expect(rig.read(5)).toBe(0x60);
  });

  it('shows in LSR until it is read, and reads 0 when there is none', () => {
    const rig = uartRig('A');
    expect([rig.read(5), rig.read(5)]).toEqual([0x61, 0x61]);
    expect(rig.read(0)).toBe(0x41);
    expect(rig.read(5)).toBe(0x60);
    expect(rig.read(0)).toBe(0x00);
  });

  it('can be read without a look at LSR', () => {
    const rig = uartRig('AB');
    expect([rig.read(0), rig.read(0), rig.read(0)]).toEqual([0x41, 0x42, 0x00]);
  });

  it('may come later', () => {
    const rig = uartRig();
    expect(rig.read(5)).toBe(0x60);
    rig.waiting.push(0x42);
    expect(rig.read(5)).toBe(0x61);
    expect(rig.read(0)).toBe(0x42);
  });

  it('carries all eight bits', () => {
    const bytes = Array.from({ length: 256 }, (_, i) => i);
    expect(Buffer.from(drain(uartRig(bytes)), 'latin1')).toEqual(Buffer.from(bytes));
  });

  it('stays with the sender until the guest looks, and then beyond what the receiver holds', () => {
    const rig = uartRig(LONG);
    rig.write(3, 0x03);
    rig.write(0, 0x41);
    rig.read(6);
    expect(rig.waiting.length).toBe(100);
    rig.read(5);
    expect(rig.waiting.length).toBe(99);
    rig.write(2, 0xc1);
    rig.read(5);
    expect(rig.waiting.length).toBeGreaterThanOrEqual(100 - 16);
  });
});

describe('input that the guest has not read survives', () => {
  it.each([
    ['a FIFO reset', [0xc7]],
    ['two FIFO resets', [0xc7, 0xc7]],
    ['enabling FIFOs', [0x01]],
    ['disabling FIFOs', [0xc1, 0x00]],
    ['going from FIFOs to none and back', [0xc7, 0x00, 0x47]],
    ['a lower trigger level', [0xc1, 0x01]],
  ])('%s', (_name, writes) => {
    const rig = uartRig(LONG);
    rig.read(5);
    for (const fcr of writes) {
      rig.write(2, fcr);
      expect(rig.read(5)).toBe(0x61);
      rig.read(2);
    }
    expect(drain(rig)).toBe(LONG);
  });

  it('a FIFO reset in the middle', () => {
    const rig = uartRig(LONG);
    rig.write(2, 0xc7);
    const head = drain(rig, 5);
    rig.write(2, 0xc7);
    rig.write(2, 0x00);
    const middle = drain(rig, 5);
    rig.write(2, 0x87);
    expect(head + middle + drain(rig)).toBe(LONG);
  });

  it('the loopback test of a usual set-up', () => {
    const rig = uartRig('abc\r');
    rig.read(5);
    rig.write(2, 0xc7);
    rig.read(2);
    rig.write(4, 0x1e);
    expect(rig.read(5)).toBe(0x60);
    rig.write(0, 0xae);
    expect(rig.read(5)).toBe(0x61);
    expect(rig.read(0)).toBe(0xae);
    rig.write(4, 0x0f);
    expect(drain(rig)).toBe('abc\r');
  });
});
