import { now } from '../clock.ts';
import { type CaseRun, needsPortAccesses, PORT_ACCESS_LIMIT } from '../golden/case-run.ts';
import { judge } from '../golden/judge.ts';
import type { Verdict } from '../golden/verdict.ts';
import type { Hypervisor } from '../hypervisor/hypervisor.ts';
import type { Machine } from '../machine/machine.ts';
import type { PortAccess } from '../machine/port-access.ts';
import { assemble } from '../nasm/assemble.ts';
import type { Image } from '../nasm/image.ts';
import type { Guest, NasmSettings, RunnableCase } from './guest.ts';
import type { ReusedMachines } from './reused-machines.ts';
import { callRoutine, routineEnd } from './routine.ts';
import { DEFAULT_TIMEOUT_MS } from './run-guest.ts';
import { witnessOf } from './witness.ts';

/** How test cases are run. */
export interface CaseSettings {
  nasm: NasmSettings;
  /** For guests that do not say themselves; default 5 s. */
  timeoutMs: number | undefined;
  memoryBytes: number | undefined;
  /** A case that fails is tried again this often. */
  retries: number;
  /** A case is run this often, until it does not pass; at least once. */
  repetitions: number;
  /** Verdicts come with what a person wants to see besides. */
  witness: boolean;
}

/** Where test cases are run. */
export interface Place {
  hypervisor: Hypervisor;
  machines: ReusedMachines;
  signal: AbortSignal;
}

/**
 * Runs and judges one test case.
 * @throws GuestkitError when the host fails, the image does not fit, or a golden or comment is wrong; a guest's
 * own misdeeds are verdicts
 */
export async function runCase(
  place: Place,
  guest: Guest,
  runnable: RunnableCase,
  settings: CaseSettings,
): Promise<Verdict> {
  const { testCase, plan, error } = runnable;
  const facts = { case: testCase, durationMs: 0, attempts: 1 };
  if (error !== undefined) return { status: 'error', ...facts, error };
  if (plan.settings.skip !== undefined) return { status: 'skipped', ...facts, why: plan.settings.skip };
  const image = needsSymbols(runnable) ? await imageOf(guest, settings, place.signal) : undefined;
  let attempts = 1;
  for (let repetition = 1; ; repetition += 1) {
    let attempt = 1;
    let verdict = await runOnce(place, guest, runnable, settings, image, attempt);
    while (verdict.status === 'failed' && attempt <= settings.retries && !place.signal.aborted) {
      attempt += 1;
      verdict = await runOnce(place, guest, runnable, settings, image, attempt);
    }
    if (verdict.status === 'failed') {
      return place.signal.aborted ? verdict : await explained(place, guest, runnable, settings, verdict);
    }
    // One repetition that needed another attempt makes all of it flaky.
    attempts = Math.max(attempts, attempt);
    if (verdict.status !== 'passed' || repetition >= settings.repetitions || place.signal.aborted) {
      return { ...verdict, attempts };
    }
  }
}

async function runOnce(
  { machines, signal }: Place,
  guest: Guest,
  { testCase, plan, goldens }: RunnableCase,
  settings: CaseSettings,
  image: Image | undefined,
  attempt: number,
): Promise<Verdict> {
  const machine = machines.take(plan.settings.memoryBytes ?? settings.memoryBytes);
  // Symbols are right for the image that they came with.
  const bytes = image?.bytes ?? guest.bytes;
  machine.memory.load(bytes, 0);
  if (plan.settings.input !== undefined) machine.input.push(plan.settings.input);
  const symbols = image?.symbols ?? [];
  const { call } = plan;
  if (call !== undefined) {
    callRoutine(machine, call, bytes.length, { symbols, source: guest.source, line: plan.line });
  }
  const recorded = needsPortAccesses(goldens) ? recordAccesses(machine) : undefined;
  const start = now();
  const outcome = await machine.runInSlices({
    timeoutMs: timeLimit(plan.settings.timeoutMs, settings),
    signal,
  });
  const run: CaseRun = {
    outcome,
    output: machine.serial.bytes,
    debugOutput: machine.debugConsole.bytes,
    durationMs: now() - start,
    registers: () => machine.getRegisters(),
    systemRegisters: () => machine.getSystemRegisters(),
    memory: (address, length) => machine.memory.read(address, length),
    symbols: () => symbols,
    accesses: recorded?.accesses,
    accessesCut: recorded?.cut === true,
    routine: call === undefined ? undefined : routineEnd(machine, outcome),
  };
  const verdict = judge(testCase, plan, goldens, run, attempt);
  if (!settings.witness) return verdict;
  const isCompared = call !== undefined || goldens.serial !== undefined;
  return { ...verdict, witness: await witnessOf(machine, outcome, isCompared) };
}

/** Routine tests and goldens of memory name symbols. */
function needsSymbols({ plan, goldens }: RunnableCase): boolean {
  return plan.call !== undefined || goldens.mem !== undefined;
}

/** One for all cases of a source. */
const images: WeakMap<Guest, Promise<Image>> = new WeakMap();

/** Nearly always from the cache: the guest was made of it. */
function imageOf(guest: Guest, { nasm }: CaseSettings, signal: AbortSignal): Promise<Image> {
  const known = images.get(guest);
  if (known !== undefined) return known;
  const image = assemble(guest.source, { ...nasm, signal });
  images.set(guest, image);
  return image;
}

function timeLimit(own: number | undefined, settings: CaseSettings): number {
  return own ?? settings.timeoutMs ?? DEFAULT_TIMEOUT_MS;
}

interface Recorded {
  accesses: PortAccess[];
  /** There were more. */
  cut: boolean;
}

function recordAccesses(machine: Machine): Recorded {
  const recorded: Recorded = { accesses: [], cut: false };
  machine.onPortAccess = (access) => {
    if (recorded.accesses.length < PORT_ACCESS_LIMIT) recorded.accesses.push(access);
    else recorded.cut = true;
  };
  return recorded;
}

/** An exit for each byte makes a guest that prints much so many times slower. */
const RERUN_FACTOR = 30;
/** What a rerun may take in any case. It holds the thread, and a guest that takes another way may not end. */
const RERUN_MS = 100;

/** With what takes time to find out and only a failure asks for. */
async function explained(
  { hypervisor, signal }: Place,
  guest: Guest,
  { plan }: RunnableCase,
  settings: CaseSettings,
  verdict: Extract<Verdict, { status: 'failed' }>,
): Promise<Verdict> {
  if (verdict.reasons.every(({ kind }) => kind !== 'golden')) return verdict;
  try {
    const { withWriters } = await import('./written-by.ts');
    return withWriters(verdict, {
      hypervisor,
      image: await imageOf(guest, settings, signal),
      memoryBytes: plan.settings.memoryBytes ?? settings.memoryBytes,
      input: plan.settings.input,
      timeoutMs: Math.min(
        timeLimit(plan.settings.timeoutMs, settings),
        RERUN_MS + RERUN_FACTOR * verdict.durationMs,
      ),
    });
  } catch {
    // The verdict stands without it.
    return verdict;
  }
}
