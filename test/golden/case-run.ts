import type { CaseRun } from '../../src/golden/case-run.ts';
import type { Goldens } from '../../src/golden/channels.ts';
import type { DiffLine } from '../../src/golden/diff-line.ts';
import { judge } from '../../src/golden/judge.ts';
import type { CasePlan, Settings, TestCase } from '../../src/golden/plan.ts';
import { flatRegisters, flatSystemRegisters } from '../../src/machine/boot-state.ts';
import type { Outcome } from '../../src/machine/outcome.ts';

export const testCase: TestCase = { name: 'asm/x', source: 'asm/x.asm', line: 1, stem: 'asm/x' };

/** A run that halted in the boot state with 64 KiB of zeros, but for what a test says. */
export function caseRun(parts: Partial<CaseRun> = {}): CaseRun {
  const memory = new Uint8Array(0x10000);
  return {
    outcome: { kind: 'halted' },
    output: new Uint8Array(),
    debugOutput: new Uint8Array(),
    durationMs: 1.5,
    registers: flatRegisters,
    systemRegisters: flatSystemRegisters,
    memory: (address, length) =>
      address + length <= memory.length ? memory.slice(address, address + length) : undefined,
    symbols: () => [],
    accesses: undefined,
    accessesCut: false,
    routine: undefined,
    ...parts,
  };
}

/** 64 KiB with some bytes in it, by their addresses. */
export function memoryWith(contents: Readonly<Record<number, string | Uint8Array>>): CaseRun['memory'] {
  const memory = Buffer.alloc(0x10000);
  for (const [address, bytes] of Object.entries(contents)) memory.set(Buffer.from(bytes), Number(address));
  return (address, length) =>
    address + length <= memory.length ? memory.subarray(address, address + length) : undefined;
}

/** Symbols by name. */
export function symbolsOf(addresses: Readonly<Record<string, number>>): CaseRun['symbols'] {
  const symbols = Object.entries(addresses).map(([name, address]) => ({ name, address, section: '.text' }));
  return () => symbols;
}

const MARKS = { same: ' ', expected: '-', actual: '+', note: '#' } as const;

/** The lines of a diff with marks, without the remarks at its top that tell where the sides part. */
export function marked(diff: readonly DiffLine[] | undefined): string[] {
  const lines = (diff ?? []).map(({ kind, text }) => MARKS[kind] + text);
  return lines.filter((line) => !/^#(first difference|expected \d)/.test(line));
}

/** What a run prints unless a test says otherwise. */
export const hello: Buffer = Buffer.from('hello\n');
export const planOf = (settings: Settings = {}, parts: Partial<CasePlan> = {}): CasePlan => ({
  name: '',
  line: 1,
  settings,
  expectations: [],
  call: undefined,
  ...parts,
});
export const runOf = (outcome: Outcome, parts: Partial<CaseRun> = {}): CaseRun =>
  caseRun({ outcome, output: hello, ...parts });
export const golden = (text: string): Uint8Array => Buffer.from(text);
export const verdictOf = (
  settings: Settings,
  goldens: Goldens,
  outcome: Outcome = { kind: 'halted' },
): ReturnType<typeof judge> => judge(testCase, planOf(settings), goldens, runOf(outcome), 1);
