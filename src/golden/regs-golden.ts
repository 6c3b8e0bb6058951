import { suggest } from '../suggest.ts';
import type { CaseRun } from './case-run.ts';
import type { Comparison } from './comparison.ts';
import {
  asUtf8,
  commentStart,
  type Fail,
  failAt,
  GoldenLayout,
  type GoldenLine,
  goldenLines,
} from './golden-text.ts';
import { differingFlags, type NamedRegister, namedRegisters, registerReader } from './register-names.ts';
import { quote } from './visible.ts';

const HOW_TO =
  "Write the registers to compare, such as 'ax=002a bx=? cf=0'; 'guestkit test -u' fills in a '?'.";

/** One `name=value` of a golden. */
interface Entry {
  register: NamedRegister;
  /** `undefined`: not known yet. */
  value: bigint | undefined;
  /** Its part of the line before the digits: `ax=`, `ax=0x`. */
  head: string;
  /** How many digits are written. */
  width: number;
}

/**
 * Compares registers at the end of a run with a golden such as
 *
 *     ax=002a bx=0000   ; general registers of 8, 16, 32 and 64 bits, ip, flags
 *     ds=07c0 cf=1 cr0  # segment and control registers, single flags
 *
 * Values are hex. Only what is listed is compared; `bx` or `bx=?` is not known yet.
 */
export function compareRegisters(golden: Uint8Array, path: string, run: CaseRun): Comparison | undefined {
  const layout = new GoldenLayout(golden);
  const fail = failAt(path);
  const read = registerReader(run);
  let isEmpty = true;
  for (const line of goldenLines(layout.text)) {
    const code = line.text.slice(0, commentStart(line.text));
    for (const { 0: word, index } of code.matchAll(/\S+/g)) {
      const entry = parseEntry(word, line, index, fail);
      isEmpty = false;
      const actual = read(entry.register);
      if (entry.value === actual) continue;
      const from = line.start + index;
      const accepted = entry.head + actual.toString(16).padStart(entry.width, '0');
      layout.replace(from, from + word.length, {
        shown: entry.value === undefined ? word : accepted,
        accepted,
      });
      noteFlags(layout, entry, actual);
    }
  }
  if (isEmpty)
    fail({ line: 1, start: 0, text: '' }, 0, 'no register is listed, so nothing is compared', HOW_TO);
  return layout.compare();
}

function parseEntry(word: string, line: GoldenLine, at: number, fail: Fail): Entry {
  const equals = word.indexOf('=');
  const name = equals === -1 ? word : word.slice(0, equals);
  if (name === '') fail(line, at, "'=' is out of place: registers are written name=value, without blanks");
  const register = namedRegisters().get(name.toLowerCase()) ?? fail(line, at, describeUnknown(name), HOW_TO);
  const [prefix = ''] = /^0x/i.exec(word.slice(equals + 1)) ?? [];
  const digits = word.slice(equals + 1 + prefix.length);
  if (equals === -1 || word.slice(equals + 1) === '?') {
    return { register, value: undefined, head: `${name}=`, width: register.digits };
  }
  const valueAt = at + equals + 1;
  if (!/^[0-9a-f]+$/i.test(digits)) {
    const written = word.slice(equals + 1);
    const problem = written === '' ? 'there is no value' : `${quote(asUtf8(written))} is not a value in hex`;
    fail(line, valueAt, `${name}: ${problem}`, HOW_TO);
  }
  const significant = digits.replace(/^0+(?=.)/, '');
  const value = significant.length > 16 ? undefined : BigInt(`0x${significant}`);
  if (value === undefined || value >> BigInt(register.bits) !== 0n) {
    const room = register.bits === 1 ? 'is one bit' : `has ${register.bits} bits`;
    fail(line, valueAt, `${quote(digits)} is too much for ${name}, which ${room}`);
  }
  return { register, value, head: word.slice(0, equals + 1) + prefix, width: digits.length };
}

function describeUnknown(name: string): string {
  const meant = suggest(asUtf8(name), namedRegisters().keys());
  return `unknown register ${quote(asUtf8(name))}${meant === undefined ? '' : ` (did you mean '${meant}'?)`}`;
}

function noteFlags(layout: GoldenLayout, { register, value }: Entry, actual: bigint): void {
  if (register.whole !== 'rflags' || register.bits < 16 || value === undefined) return;
  const names = differingFlags(value, actual);
  if (names.length > 0) layout.note(`${register.name} differ in ${names.join(', ')}`);
}
