import { GuestkitError } from '../../errors.ts';
import type { TestCase } from '../../golden/test-case.ts';
import { Kvm } from '../../hypervisor/kvm/system.ts';
import { endedByItself } from '../../machine/outcome.ts';
import { AssemblyError } from '../../nasm/assembly-error.ts';
import { prettyVerdict } from '../../report/pretty.ts';
import type { CaseReport } from '../../runner/run-case.ts';
import { Watcher } from '../../watch/watcher.ts';
import { assemblyLines } from '../diagnostics.ts';
import { explainOutcome } from '../explain-outcome.ts';
import { onKey } from '../keys.ts';
import { reportError } from '../report-error.ts';
import { STATUS } from '../status.ts';
import { isCi, printable, STDOUT, say, styleFor } from '../terminal.ts';
import { WatchSession } from '../watch-session.ts';

/** Builds, runs and compares guests at every save, until the person quits. @returns the exit status */
export async function watch(files: readonly string[]): Promise<number> {
  if (isCi()) {
    throw new GuestkitError('usage', 'nothing is watched where CI is set', { hint: 'Use guestkit test.' });
  }
  using kvm = Kvm.open();
  // As long as one VM is alive, creating and closing others is two to three times cheaper.
  using anchor = kvm.createVm();
  anchor.createVcpu(0);

  const style = styleFor(STDOUT);
  let finish: (status: number) => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const quit = new Promise<number>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const stop = (): void => finish(STATUS.interrupted);
  const show = (lines: string | readonly string[]): void => {
    try {
      // Nobody reads on: there is nothing left to watch for.
      if (!say(lines, STDOUT)) stop();
    } catch (error) {
      fail(error);
    }
  };
  const watcher = await Watcher.open(() => session.changed(), reportError);
  const session = new WatchSession(kvm, files, {
    report: (report) => show(reportLines(report)),
    stillRunning: ({ name }: TestCase) => show(style('dim', `… ${name} is running`)),
    watch: (paths) => watcher.watch(paths),
  });
  // Not `once`: execa ends the process when it finds no other listener while a child runs.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  onKey((key) => {
    if (key === 'q') finish(STATUS.ok);
    else if (key === 'interrupt') stop();
    else if (key === 'enter') void session.runAll();
  });
  const keys = process.stdin.isTTY ? 'Enter runs again, q quits' : 'Ctrl+C quits';
  show(style('dim', `watching ${files.join(', ')}: save to run, ${keys}`));
  void session.runAll();
  try {
    return await quit;
  } finally {
    await session.close();
    await watcher.close();
  }
}

/** A verdict; with what the guest printed where there is no golden to compare it with. */
function reportLines({ verdict, result }: CaseReport): string[] {
  const style = styleFor(STDOUT);
  const time = style('dim', new Date().toTimeString().slice(0, 8));
  const [head = '', ...rest] = prettyVerdict(verdict, style);
  if (verdict.status === 'error' && verdict.error instanceof AssemblyError) {
    return [`${head} ${time}`, ...assemblyLines(verdict.error, style)];
  }
  const compared =
    verdict.status === 'passed' || (verdict.status === 'failed' && verdict.expectedOutput !== undefined);
  const output = result === undefined || compared ? [] : outputLines(result.output);
  const asExpected = verdict.status === 'passed' || result === undefined || endedByItself(result.outcome);
  const explanation = asExpected ? [] : explainOutcome(result);
  return [`${head} ${time}`, ...output, ...rest, ...explanation];
}

/** The most that is shown of a guest's output, in bytes: what is longer is for `guestkit run`. */
const OUTPUT_SHOWN = 4096;

function outputLines(output: Uint8Array): string[] {
  if (output.length === 0) return ['  (it printed nothing)'];
  const text = printable(new TextDecoder().decode(output.subarray(0, OUTPUT_SHOWN)));
  const lines = text.replace(/\n$/, '').split('\n');
  const more = output.length - OUTPUT_SHOWN;
  if (more > 0) lines.push(`... and ${more} more bytes`);
  return lines.map((line) => `  | ${line}`);
}
