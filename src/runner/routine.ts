import { GuestkitError } from '../errors.ts';
import type { RoutineEnd } from '../golden/case-run.ts';
import { DirectiveError } from '../golden/directive-error.ts';
import type { RoutineCall } from '../golden/plan.ts';
import { inputState } from '../golden/routine-input.ts';
import type { RoutineContext } from '../golden/routine-values.ts';
import { flatRegisters, flatSystemRegisters } from '../machine/boot-state.ts';
import type { Machine } from '../machine/machine.ts';
import type { Outcome } from '../machine/outcome.ts';

/** Where a routine's RET goes: behind the top of the stack, where nothing of a flat guest is. */
const RETURN_ADDRESS = 0xfffe;
/** Opcode of HLT (Intel SDM vol. 2), which stands there. */
const HLT = 0xf4;
const WORD = 2;

/**
 * Makes a machine that has the guest's image, in its boot state, call a routine: registers, flags and memory as
 * the test sets them, a return address on the stack, RIP at its label.
 * @throws DirectiveError when the test names what the image or the machine lacks, GuestkitError `image` for an
 * image that leaves no room for the stack
 */
export function callRoutine(
  machine: Machine,
  call: RoutineCall,
  imageBytes: number,
  context: RoutineContext,
): void {
  const boot = flatRegisters();
  const stackTop = Number(boot.rsp);
  if (imageBytes > stackTop - WORD) {
    throw new GuestkitError(
      'image',
      `${context.source}: ${imageBytes} bytes reach into the stack of a routine test`,
      {
        hint: `The stack is at the top of the first 64 KiB: an image with routine tests has at most ${stackTop - WORD} bytes.`,
      },
    );
  }
  const state = inputState(call, boot, context);
  const fail = (problem: string, hint: string): never => {
    throw new DirectiveError(context.source, context.line, 1, problem, hint);
  };
  if (state.registers.rip > 0xffffn) {
    fail(
      `${call.label} is beyond the first 64 KiB`,
      'A routine test calls a real-mode routine near, with CS 0.',
    );
  }
  state.registers.rsp = boot.rsp - BigInt(WORD);
  const system = flatSystemRegisters();
  for (const [name, selector] of Object.entries(state.segments)) {
    if (name in system) system[name as 'ds'] = { ...system.ds, selector, base: BigInt(selector) << 4n };
  }
  machine.setRegisters(state.registers, system);
  for (const { address, bytes } of state.memory) {
    if (!machine.memory.write(address, bytes)) {
      const place = `${address < 0 ? '-' : ''}0x${Math.abs(address).toString(16)}`;
      fail(
        `the ${bytes.length} bytes at ${place} are not all memory`,
        'Memory is below 0xA0000, and above 1 MiB where the guest has more.',
      );
    }
  }
  const hasStack =
    machine.memory.write(stackTop - WORD, Uint8Array.of(RETURN_ADDRESS & 0xff, RETURN_ADDRESS >> 8)) &&
    machine.memory.write(RETURN_ADDRESS, Uint8Array.of(HLT));
  if (!hasStack) {
    fail('there is no memory for the stack', 'A guest with routine tests has at least 64K of memory.');
  }
}

/** How the call ended. To be asked while the machine is as the guest left it. */
export function routineEnd(machine: Machine, outcome: Outcome): RoutineEnd {
  if (outcome.kind !== 'halted') return { returned: false, stackDelta: 0 };
  const { rip, rsp } = machine.getRegisters();
  const { cs } = machine.getSystemRegisters();
  const returned = cs.base + rip === BigInt(RETURN_ADDRESS + 1);
  return { returned, stackDelta: Number(BigInt.asIntN(16, rsp - flatRegisters().rsp)) };
}
