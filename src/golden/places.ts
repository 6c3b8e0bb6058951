import { type NamedRegister, namedRegisters } from './register-names.ts';

/** What a routine test can set and look at: general registers that real mode has, and segment registers. */
const SETTABLE = /^(e?[abcd]x|[abcd][hl]|e?([sd]i|bp)|[defg]s)$/;

/** EFLAGS (Intel SDM vol. 1, 3.4.3) without TF, which would trap in the routine. */
const FLAGS: ReadonlySet<string> = new Set(['cf', 'pf', 'af', 'zf', 'sf', 'if', 'df', 'of']);

const STACK_POINTER = 'it is checked without asking: it must be back where it was when the routine returns';

/** Registers that a test is likely to name and cannot, and why. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['sp', STACK_POINTER],
  ['esp', STACK_POINTER],
  ['cs', 'a routine is called in the code segment that the guest starts in'],
  ['ss', 'a routine has the stack of the test, with its return address on it'],
]);

/** The register that a place of a routine test names, in lower case; `undefined` when it is none of those. */
export function placeRegister(name: string): NamedRegister | undefined {
  return SETTABLE.test(name) ? namedRegisters().get(name) : undefined;
}

export function isPlaceFlag(name: string): boolean {
  return FLAGS.has(name);
}

/** Why a register, in lower case, is no place of a routine test; `undefined` for what is no register. */
export function whyRefused(name: string): string | undefined {
  const why = 'tests know the 8-, 16- and 32-bit general registers, ds, es, fs and gs';
  return REFUSED.get(name) ?? (isRegister(name) ? why : undefined);
}

/** Whether NASM takes a name, in either case, for a register: no symbol is called so without a `$`. */
export function isRegister(name: string): boolean {
  const found = namedRegisters().get(name.toLowerCase());
  if (found === undefined) return false;
  // The flags and the instruction pointer have no names in the language.
  return found.kind !== 'general' || (found.whole !== 'rflags' && found.whole !== 'rip');
}

/** Whether two registers share bits. */
export function overlap(one: NamedRegister, other: NamedRegister): boolean {
  return (
    one.whole === other.whole && one.shift < other.shift + other.bits && other.shift < one.shift + one.bits
  );
}

/** Whether a number fits into so many bits, signed or unsigned. */
export function fits(number: number, bits: number): boolean {
  return number >= -(2 ** (bits - 1)) && number < 2 ** bits;
}
