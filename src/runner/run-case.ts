import { resolve } from 'node:path';
import { GuestkitError } from '../errors.ts';
import { readGolden, type TestCase } from '../golden/test-case.ts';
import { judge, type Verdict } from '../golden/verdict.ts';
import type { Hypervisor } from '../hypervisor/hypervisor.ts';
import { now } from '../machine/clock.ts';
import type { Machine } from '../machine/machine.ts';
import { AssemblyError } from '../nasm/assembly-error.ts';
import { type GuestSource, loadGuest } from './load-guest.ts';
import { DEFAULT_TIMEOUT_MS, type GuestResult, runGuest, runInMachine } from './run-guest.ts';

/** A verdict with what is known beside it. */
export interface CaseReport {
  verdict: Verdict;
  /** How the run went; `undefined` when there was none. */
  result: GuestResult | undefined;
  /** Absolute paths of the files that decide about the verdict, golden aside: a change of one makes it stale. */
  dependencies: readonly string[];
}

/** What can be given to {@link runCase}. */
export interface CaseOptions {
  signal?: AbortSignal | undefined;
  /** The guest, when it was loaded ahead of time. */
  source?: Promise<GuestSource> | undefined;
  /** Gives a machine with that memory, made ahead of time; who gives it closes it after the run. */
  machine?: ((memoryBytes: number | undefined) => Machine) | undefined;
}

/**
 * Assembles, runs and judges one test case. What goes wrong with the case is its verdict, also a failing
 * host; nothing is thrown.
 */
export async function runCase(
  hypervisor: Hypervisor,
  testCase: TestCase,
  options: CaseOptions = {},
): Promise<CaseReport> {
  const { signal, machine } = options;
  const start = now();
  let dependencies: readonly string[] = [resolve(testCase.source)];
  try {
    const guest = await (options.source ?? loadGuest(testCase.source, { signal }));
    const { bytes, directives } = guest;
    dependencies = guest.dependencies;
    if (directives.skip !== undefined) {
      const verdict: Verdict = { status: 'skipped', case: testCase, why: directives.skip };
      return { verdict, result: undefined, dependencies };
    }
    const golden = readGolden(testCase.golden);
    const settings = {
      timeoutMs: directives.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      memoryBytes: directives.memoryBytes,
      input: directives.input,
      signal,
    };
    const result =
      machine === undefined
        ? await runGuest(hypervisor, bytes, settings)
        : await runInMachine(machine(directives.memoryBytes), bytes, settings);
    return { verdict: judge(testCase, directives, golden, result), result, dependencies };
  } catch (cause) {
    if (cause instanceof AssemblyError) dependencies = cause.dependencies;
    const error =
      cause instanceof GuestkitError
        ? cause
        : new GuestkitError('host', `${testCase.name}: ${String(cause)}`, { cause });
    const durationMs = now() - start;
    return {
      verdict: { status: 'error', case: testCase, error, durationMs },
      result: undefined,
      dependencies,
    };
  }
}
