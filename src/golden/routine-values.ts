import type { ImageSymbol } from '../nasm/symbols.ts';
import { DirectiveError } from './directive-error.ts';
import { fits } from './places.ts';
import type { Assignment, Operand } from './plan.ts';
import { type NamedRegister, namedRegisters } from './register-names.ts';
import { resolveOperand } from './resolve-operand.ts';

/** The `; test:` comment at hand and the symbols of its image. */
export interface RoutineContext {
  symbols: readonly ImageSymbol[];
  source: string;
  /** The line of the comment. */
  line: number;
}

export type MemoryAssignment = Extract<Assignment, { kind: 'memory' }>;

const WIDTH_BYTES = { byte: 1, word: 2, dword: 4, bytes: 1 } as const;

/** A register or flag that a test names. */
export function registerNamed(name: string, context: RoutineContext): NamedRegister {
  return namedRegisters().get(name) ?? fail(context, `there is no register '${name}'`);
}

/**
 * The number an operand stands for, as so many bits hold it: -1 is all ones. Fails with a `DirectiveError`
 * when there is no such symbol, and when its value needs more bits.
 */
export function bitsOf(operand: Operand, bits: number, text: string, context: RoutineContext): bigint {
  const number = addressOf(operand, context);
  if (!fits(number, bits)) {
    fail(context, `${text}: ${number} (0x${number.toString(16)}) does not fit into ${bits} bits`);
  }
  return BigInt.asUintN(bits, BigInt(number));
}

/** A linear address; fails as {@link bitsOf} does. */
export function addressOf(operand: Operand, context: RoutineContext): number {
  return resolveOperand(operand, context.symbols, (problem, hint) => fail(context, problem, hint));
}

/** The bytes that an assignment puts into memory or expects there, little-endian. */
export function bytesOf({ place, value, text }: MemoryAssignment, context: RoutineContext): Uint8Array {
  if (value instanceof Uint8Array) return value;
  const size = WIDTH_BYTES[place.width];
  const bits = bitsOf(value, size * 8, text, context);
  return Uint8Array.from({ length: size }, (_, index) => Number((bits >> BigInt(8 * index)) & 0xffn));
}

function fail({ source, line }: RoutineContext, problem: string, hint?: string): never {
  throw new DirectiveError(source, line, 1, problem, hint);
}
