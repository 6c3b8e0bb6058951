import { Uart16550 } from '../../src/devices/uart16550.ts';

/** A UART on a bench: what it sent, what is still with the sender, and every change of its interrupt line. */
export interface UartRig {
  uart: Uart16550;
  sent: number[];
  /** Bytes the sender still has; push to it to type. */
  waiting: number[];
  /** The levels given to the interrupt line, in order. */
  levels: boolean[];
  read(offset: number): number;
  write(offset: number, value: number): void;
}

export function uartRig(input: string | readonly number[] = []): UartRig {
  const sent: number[] = [];
  const waiting = typeof input === 'string' ? [...Buffer.from(input, 'latin1')] : [...input];
  const levels: boolean[] = [];
  const uart = new Uart16550({
    output: (byte) => sent.push(byte),
    input: () => waiting.shift(),
    interrupt: { set: (asserted) => levels.push(asserted) },
  });
  const data = new Uint8Array(1);
  return {
    uart,
    sent,
    waiting,
    levels,
    read(offset) {
      data[0] = 0x5a;
      uart.read(offset, data);
      return data[0];
    },
    write(offset, value) {
      data[0] = value;
      uart.write(offset, data);
    },
  };
}

/** Reads RBR as long as LSR says that a byte waits. */
export function drain(rig: UartRig, limit = 1000): string {
  const bytes: number[] = [];
  while (bytes.length < limit && rig.read(5) & 0x01) bytes.push(rig.read(0));
  return Buffer.from(bytes).toString('latin1');
}
