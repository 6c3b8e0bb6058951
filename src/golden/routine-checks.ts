import type { CaseRun } from './case-run.ts';
import type { Assignment, Operand, RoutineCall } from './plan.ts';
import { type NamedRegister, registerReader } from './register-names.ts';
import {
  addressOf,
  bitsOf,
  bytesOf,
  type MemoryAssignment,
  type RoutineContext,
  registerNamed,
} from './routine-values.ts';
import type { FailureReason } from './verdict.ts';
import { isMostlyText, showBytes } from './visible.ts';

/** Up to this many bytes are shown whole; of more, a part from a little before the first difference. */
const SHOWN_BYTES = 32;
const LEAD = 8;

/**
 * What a routine that returned did not do as its `; test:` comment says, in the order of the comment: the
 * balance of the stack, registers, flags and memory, and what it printed. Fails with a `DirectiveError`
 * when the image lacks a symbol of the comment, or its value does not fit.
 */
export function routineReasons(call: RoutineCall, run: CaseRun, context: RoutineContext): FailureReason[] {
  const read = registerReader(run);
  const messages: (string | undefined)[] = [balance(run.routine?.stackDelta ?? 0)];
  for (const result of call.results) {
    if (result.kind === 'memory') messages.push(checkMemory(result, run, context));
    else messages.push(checkRegister(result, read, context));
  }
  if (call.prints !== undefined && Buffer.compare(call.prints, run.output) !== 0) {
    messages.push(compareParts('serial', run.output, call.prints));
  }
  return messages
    .filter((message) => message !== undefined)
    .map((message): FailureReason => ({ kind: 'routine', message }));
}

function balance(delta: number): string | undefined {
  if (delta === 0) return undefined;
  const what = delta < 0 ? 'it pushed more than it popped' : 'it popped more than it pushed';
  return `SP is off by ${delta > 0 ? '+' : ''}${delta}: ${what}`;
}

function checkRegister(
  result: Exclude<Assignment, MemoryAssignment>,
  read: (register: NamedRegister) => bigint,
  context: RoutineContext,
): string | undefined {
  const register = registerNamed(result.name, context);
  const actual = read(register);
  if (result.kind === 'flag') {
    return actual === BigInt(result.value)
      ? undefined
      : `${result.name} is ${actual}, expected ${result.value}`;
  }
  const expected = bitsOf(result.value, register.bits, result.text, context);
  return actual === expected
    ? undefined
    : compareNumbers(result, result.value, actual, expected, register.digits);
}

function checkMemory(result: MemoryAssignment, run: CaseRun, context: RoutineContext): string | undefined {
  const address = addressOf(result.place.at, context);
  const expected = bytesOf(result, context);
  const actual = address < 0 ? undefined : run.memory(address, expected.length);
  const place = placeOf(result);
  if (actual === undefined) {
    const where = `${address < 0 ? '-' : ''}0x${Math.abs(address).toString(16)}`;
    return `${place} is not all memory: ${expected.length} bytes at ${where}`;
  }
  if (Buffer.compare(actual, expected) === 0) return undefined;
  if (result.value instanceof Uint8Array) return compareParts(place, actual, expected);
  const digits = expected.length * 2;
  return compareNumbers(result, result.value, littleEndian(actual), littleEndian(expected), digits);
}

/** "ax is 0x0029 (41), expected 0x002a (42)", with the name of a symbol in the place of its number. */
function compareNumbers(
  result: Assignment,
  { symbol, offset }: Operand,
  actual: bigint,
  expected: bigint,
  digits: number,
): string {
  const hex = (value: bigint): string => `0x${value.toString(16).padStart(digits, '0')}`;
  const written = symbol === undefined ? String(offset) : result.text.slice(result.text.indexOf('=') + 1);
  return `${placeOf(result)} is ${hex(actual)} (${actual}), expected ${hex(expected)} (${written})`;
}

function placeOf({ text }: Assignment): string {
  return text.slice(0, text.indexOf('='));
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** `[buffer] is "41", expected "42"`; both in hex where one is no text. */
function compareParts(place: string, actual: Uint8Array, expected: Uint8Array): string {
  const longest = Math.max(actual.length, expected.length);
  let from = 0;
  if (longest > SHOWN_BYTES) {
    while (from < longest && actual[from] === expected[from]) from += 1;
    from = Math.max(0, Math.min(from - LEAD, longest - SHOWN_BYTES));
  }
  const parts = [actual, expected].map((bytes) => bytes.subarray(from, from + SHOWN_BYTES));
  const areText = parts.every((part) => isMostlyText(part));
  const [found, wanted] = parts.map((part) => (areText ? showText(part) : showHex(part)));
  const where = longest > SHOWN_BYTES ? `${place} from byte ${from} on` : place;
  return `${where} is ${found}, expected ${wanted}`;
}

function showText(bytes: Uint8Array): string {
  return `"${showBytes(bytes).replaceAll('"', '\\"')}"`;
}

function showHex(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'nothing';
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
