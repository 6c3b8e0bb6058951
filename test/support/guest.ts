import type { Hypervisor } from '../../src/hypervisor/hypervisor.ts';
import { InputQueue } from '../../src/machine/channels.ts';
import { Machine, type MachineOptions } from '../../src/machine/machine.ts';
import type { Outcome } from '../../src/machine/outcome.ts';
import type { UnclaimedAccess } from '../../src/machine/unclaimed.ts';
import { registerDump } from '../../src/x86/register-dump.ts';
import type { Registers, SystemRegisters } from '../../src/x86/registers.ts';
import { assemble } from './nasm.ts';

/** What a test wants to know of a guest after its end. */
export interface GuestRun {
  outcome: Outcome;
  /** The serial port's output: as bytes, and each byte as a character. */
  bytes: number[];
  text: string;
  ports: UnclaimedAccess[];
  mmio: UnclaimedAccess[];
  registers: Registers;
  system: SystemRegisters;
  dump: string;
}

export interface GuestOptions extends Omit<MachineOptions, 'input'> {
  /** What the guest receives, each character a byte. */
  input?: string;
  timeoutMs?: number;
}

/** The end of a guest that has nothing more to say. */
export const EXIT_0 = 'mov al, 0\nout 0x01, al\n';

/** Assembles a guest, or takes its bytes, and runs it to its end in a machine of its own. */
export function runSource(
  hypervisor: Hypervisor,
  source: string | Uint8Array,
  { input, timeoutMs = 5000, ...options }: GuestOptions = {},
): GuestRun {
  const queue = new InputQueue();
  queue.push(Buffer.from(input ?? '', 'latin1'));
  using machine = new Machine(hypervisor, { ...options, input: queue });
  machine.memory.load(typeof source === 'string' ? assemble(source) : source, 0);
  const outcome = machine.run({ timeoutMs });
  const registers = machine.getRegisters();
  const system = machine.getSystemRegisters();
  return {
    outcome,
    bytes: [...machine.serial.bytes],
    text: Buffer.from(machine.serial.bytes).toString('latin1'),
    ports: machine.ports.unclaimed.list(),
    mmio: machine.mmio.unclaimed.list(),
    registers,
    system,
    dump: registerDump(registers, system).join('\n'),
  };
}
