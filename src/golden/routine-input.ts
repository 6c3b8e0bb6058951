import type { Registers } from '../x86/registers.ts';
import type { RoutineCall } from './plan.ts';
import type { SegmentName } from './register-names.ts';
import { addressOf, bitsOf, bytesOf, type RoutineContext, registerNamed } from './routine-values.ts';

/** What a routine finds when it is called. */
export interface InputState {
  /** Those of the boot state, RIP at the label, with the registers and flags that the test sets. */
  registers: Registers;
  /** Selectors of the segment registers that the test sets. */
  segments: Partial<Record<SegmentName, number>>;
  /** What the test writes into memory, in its order; no address is checked. */
  memory: { address: number; bytes: Uint8Array }[];
}

/**
 * The state that a `; test:` comment asks for, based on `boot`; the stack and the return address on it are
 * the runner's. Fails with a `DirectiveError` when the image lacks a symbol, or its value does not fit.
 */
export function inputState(call: RoutineCall, boot: Registers, context: RoutineContext): InputState {
  const label = { symbol: call.label, offset: 0 };
  const registers = { ...boot, rip: BigInt(addressOf(label, context)) };
  const state: InputState = { registers, segments: {}, memory: [] };
  for (const input of call.inputs) {
    if (input.kind === 'memory') {
      state.memory.push({ address: addressOf(input.place.at, context), bytes: bytesOf(input, context) });
      continue;
    }
    const register = registerNamed(input.name, context);
    const value =
      input.kind === 'flag' ? BigInt(input.value) : bitsOf(input.value, register.bits, input.text, context);
    if (register.kind === 'segment') {
      state.segments[register.whole] = Number(value);
    } else if (register.kind === 'general') {
      const mask = ((1n << BigInt(register.bits)) - 1n) << BigInt(register.shift);
      registers[register.whole] = (registers[register.whole] & ~mask) | (value << BigInt(register.shift));
    }
  }
  return state;
}
