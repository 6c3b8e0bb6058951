import { expect, it } from 'vitest';
import { ExitPort } from '../../src/devices/exit-port.ts';

function exitRig(): { port: ExitPort; codes: number[] } {
  const codes: number[] = [];
  return { port: new ExitPort({ onExit: (code) => codes.push(code) }), codes };
}

it('tells the byte written, whatever it is', () => {
  for (const code of [0, 1, 0x7f, 0xff]) {
    const { port, codes } = exitRig();
    port.write(0, new Uint8Array([code]));
    expect(codes).toEqual([code]);
  }
});

it('hears the first write only, until reset()', () => {
  const { port, codes } = exitRig();
  port.write(0, new Uint8Array([3]));
  port.write(0, new Uint8Array([0]));
  expect(codes).toEqual([3]);
  port.reset();
  port.write(0, new Uint8Array([0]));
  expect(codes).toEqual([3, 0]);
});

it('takes the low byte of a wide write', () => {
  const { port, codes } = exitRig();
  port.write(0, new Uint8Array([0x2a, 0x01, 0x02, 0x03]));
  expect(codes).toEqual([0x2a]);
});

it('is not ended by an empty write, a write above it or a read', () => {
  const { port, codes } = exitRig();
  const data = new Uint8Array(4);
  port.write(0, new Uint8Array(0));
  port.write(1, new Uint8Array([1]));
  port.read(0, data);
  expect([...data]).toEqual([0xff, 0xff, 0xff, 0xff]);
  expect(codes).toEqual([]);
});
