import { expect, it } from 'vitest';
import { DebugConsole } from '../../src/devices/debug-console.ts';

function consoleRig(): { port: DebugConsole; sent: number[] } {
  const sent: number[] = [];
  return { port: new DebugConsole({ output: (byte) => sent.push(byte) }), sent };
}

it('is detected by a read of 0xE9, before and after reset()', () => {
  const { port } = consoleRig();
  const data = new Uint8Array(1);
  port.read(0, data);
  expect([...data]).toEqual([0xe9]);
  port.reset();
  port.read(0, data);
  expect([...data]).toEqual([0xe9]);
});

it('outputs each byte written', () => {
  const { port, sent } = consoleRig();
  for (const byte of [0x00, 0x41, 0xff]) port.write(0, new Uint8Array([byte]));
  expect(sent).toEqual([0x00, 0x41, 0xff]);
});

it('is one byte wide', () => {
  const { port, sent } = consoleRig();
  const data = new Uint8Array(2);
  port.write(0, new Uint8Array([0x41, 0x42]));
  port.write(1, new Uint8Array([0x43]));
  port.write(0, new Uint8Array(0));
  port.read(0, data);
  expect([...data]).toEqual([0xe9, 0xff]);
  port.read(1, data);
  expect([...data]).toEqual([0xff, 0xff]);
  port.read(0, new Uint8Array(0));
  expect(sent).toEqual([0x41]);
});
