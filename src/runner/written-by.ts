import type { FailedVerdict, FailureReason, SourcePlace } from '../golden/verdict.ts';
import type { Hypervisor } from '../hypervisor/hypervisor.ts';
import { Machine } from '../machine/machine.ts';
import type { Image } from '../nasm/image.ts';
import { LineMap } from '../nasm/line-map.ts';

type GoldenReason = Extract<FailureReason, { kind: 'golden' }>;

/** What a guest is run again with. */
export interface Rerun {
  hypervisor: Hypervisor;
  image: Image;
  memoryBytes: number | undefined;
  input: Uint8Array | undefined;
  timeoutMs: number;
}

/**
 * A failed verdict with the source line whose OUT wrote the first byte that differs, where there is such a
 * byte. The guest is run again for it, up to that byte, with an exit for each: guests run free of all this
 * until one fails.
 */
export function withWriters(verdict: FailedVerdict, rerun: Rerun): FailedVerdict {
  const reasons = verdict.reasons.map((reason) => {
    if (reason.kind !== 'golden' || (reason.channel !== 'serial' && reason.channel !== 'debug'))
      return reason;
    const actual = verdict.pending.find(({ channel }) => channel === reason.channel)?.actual;
    return actual === undefined ? reason : { ...reason, writtenBy: writerOf(reason, actual, rerun) };
  });
  return { ...verdict, reasons };
}

function writerOf({ channel, at }: GoldenReason, actual: Uint8Array, rerun: Rerun): SourcePlace | undefined {
  if (at.offset >= actual.length) return undefined;
  using machine = new Machine(rerun.hypervisor, { memoryBytes: rerun.memoryBytes });
  const output = channel === 'serial' ? machine.serial : machine.debugConsole;
  const accesses = replay(machine, rerun, () => output.length > at.offset);
  // A guest that depends on the time may take another way this time.
  if (accesses === undefined || output.bytes[at.offset] !== actual[at.offset]) return undefined;
  return lineOf(rerun.image, linearAddress(machine), (rip) => isRepeating(rip, accesses, rerun));
}

/**
 * Runs a guest again in a new machine, up to the first port access behind which `isOver` says so.
 * @returns how many accesses that were; `undefined` when it ended some other way
 */
function replay(
  machine: Machine,
  { image, input, timeoutMs }: Rerun,
  isOver: (accesses: number) => boolean,
): number | undefined {
  machine.memory.load(image.bytes, 0);
  if (input !== undefined) machine.input.push(input);
  let accesses = 0;
  let last: number | undefined;
  machine.onPortAccess = () => {
    accesses += 1;
    if (last !== undefined || !isOver(accesses)) return;
    last = accesses;
    machine.stop();
  };
  return machine.run({ timeoutMs }).kind === 'stopped' ? last : undefined;
}

/**
 * Whether the string instruction at `rip` made this access, and is not what comes next: then the CPU stood
 * there behind the access before it already, with repetitions to make.
 */
function isRepeating(rip: number, access: number, rerun: Rerun): boolean {
  if (access === 1) return false;
  using machine = new Machine(rerun.hypervisor, { memoryBytes: rerun.memoryBytes });
  const isThere = replay(machine, rerun, (accesses) => accesses === access - 1) !== undefined;
  return isThere && linearAddress(machine) === rip && machine.getRegisters().rcx !== 0n;
}

function linearAddress(machine: Machine): number {
  return Number(machine.getSystemRegisters().cs.base + machine.getRegisters().rip);
}

/** RIP is behind an OUT that was made; a string instruction that goes on is reported at itself. */
function lineOf(image: Image, rip: number, goesOn: (rip: number) => boolean): SourcePlace | undefined {
  const lines = new LineMap(image);
  const [before, here] = [lines.instructionEndingAt(rip), lines.instructionAt(rip)].map((unit) =>
    unit !== undefined && isOut(image.bytes.subarray(unit.start, unit.start + unit.length))
      ? unit.line
      : undefined,
  );
  const isHere = before === undefined || (here !== undefined && goesOn(rip));
  const found = isHere ? here : before;
  return found === undefined ? undefined : { file: found.file, line: found.line, text: found.text.trim() };
}

/** OUT imm8, OUT DX and OUTS behind any prefixes (Intel SDM vol. 2, appendix A). */
const PREFIXES: ReadonlySet<number> = new Set([
  0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3,
]);
const OUT_OPCODES: ReadonlySet<number | undefined> = new Set([0xe6, 0xe7, 0xee, 0xef, 0x6e, 0x6f]);

function isOut(bytes: Uint8Array): boolean {
  let at = 0;
  while (PREFIXES.has(bytes[at] ?? 0)) at += 1;
  return OUT_OPCODES.has(bytes[at]);
}
