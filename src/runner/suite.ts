import type { TestCase } from '../golden/test-case.ts';
import type { Hypervisor } from '../hypervisor/hypervisor.ts';
import { type GuestSource, loadGuest } from './load-guest.ts';
import { type CaseReport, runCase } from './run-case.ts';

/**
 * Runs test cases one after the other and gives each report as it is there, in the cases' order. The next
 * guest is assembled while one runs. Ends early, without a report for the rest, when `signal` aborts.
 */
export async function* runSuite(
  hypervisor: Hypervisor,
  cases: readonly TestCase[],
  signal?: AbortSignal,
): AsyncGenerator<CaseReport> {
  // Any VM that is alive makes creating and closing the others two to three times cheaper.
  using anchor = hypervisor.createVm();
  anchor.createVcpu(0);
  let next = load(cases[0], signal);
  try {
    for (const [index, testCase] of cases.entries()) {
      const source = next;
      next = load(cases[index + 1], signal);
      const report = await runCase(hypervisor, testCase, { signal, source });
      if (signal?.aborted === true) return;
      yield report;
    }
  } finally {
    // When it ends early: an assembler that still works has files to clear away.
    await next?.catch(() => undefined);
  }
}

function load(
  testCase: TestCase | undefined,
  signal: AbortSignal | undefined,
): Promise<GuestSource> | undefined {
  if (testCase === undefined) return undefined;
  const source = loadGuest(testCase.source, { signal });
  // Whoever awaits it gets the error; until then it must not count as unhandled.
  source.catch(() => undefined);
  return source;
}
