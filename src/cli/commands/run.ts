import { maySetSomething } from '../../config/present.ts';
import { GuestkitError } from '../../errors.ts';
import { parseDuration, parseSize } from '../../golden/parse-value.ts';
import { Kvm } from '../../hypervisor/kvm/system.ts';
import { endedByItself } from '../../machine/outcome.ts';
import { loadGuest } from '../../runner/load-guest.ts';
import { DEFAULT_TIMEOUT_MS, type GuestResult, runGuest } from '../../runner/run-guest.ts';
import { openInput } from '../guest-input.ts';
import { onInterrupt } from '../interrupt.ts';
import { option } from '../option.ts';
import { STATUS } from '../status.ts';
import { STDERR, STDOUT, say, styleFor, writeAll } from '../terminal.ts';

/** The options of `guestkit run`, as they are typed. */
export interface RunFlags {
  timeout?: string;
  memory?: string;
  input?: string;
  regs?: boolean;
  json?: boolean;
}

/**
 * Runs one guest, its serial output live on stdout and its debug console on stderr.
 * @returns the exit status: the guest's code, 0 for HLT, or why it did not end by itself
 */
export async function run(file: string, flags: RunFlags): Promise<number> {
  const timeoutMs = option('--timeout', flags.timeout, parseDuration);
  const memoryBytes = option('--memory', flags.memory, parseSize);
  const json = flags.json === true;

  const stop = onInterrupt();
  const config = maySetSomething('.')
    ? await (await import('../../config/load.ts')).loadConfig('.')
    : undefined;
  const loading = loadGuest(file, { signal: stop.signal, ...(config && { nasm: config.nasm }) });
  loading.catch(() => undefined);
  // NASM, where it is needed, is under way once no promise is left to go on: KVM is opened meanwhile.
  await undefined;
  await new Promise<void>((resolve) => process.nextTick(resolve));
  using kvm = Kvm.open();
  const { bytes, settings, warnings } = await loading;
  if (warnings.length > 0) {
    const { renderNasm } = await import('../diagnostics.ts');
    say(renderNasm(warnings, styleFor(STDERR)));
  }
  const input = openInput(flags.input, settings.input, (error) => stop.abort(error));

  let readerGone = false;
  const result = await runGuest(kvm, bytes, {
    timeoutMs: timeoutMs ?? settings.timeoutMs ?? config?.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    memoryBytes: memoryBytes ?? settings.memoryBytes ?? config?.memoryBytes,
    input: input.queue,
    registers: flags.regs,
    signal: stop.signal,
    onOutput(serial, debugConsole) {
      input.refill();
      if (json) return;
      writeAll(STDERR, debugConsole);
      if (writeAll(STDOUT, serial)) return;
      readerGone = true;
      stop.abort();
    },
  });
  if (stop.signal.reason instanceof GuestkitError) throw stop.signal.reason;
  const status = statusOf(result);
  if (json) {
    const { outcomeJson } = await import('../outcome-json.ts');
    say(JSON.stringify(outcomeJson(result, status), null, 2), STDOUT);
  }
  // Like any program in a pipe, a guest that nobody reads need not go on, and there is nothing to say about it.
  if (readerGone) return status;
  const good = endedByItself(result.outcome);
  if (good && flags.regs !== true) return status;
  const { explainOutcome } = await import('../explain-outcome.ts');
  const { describeOutcome } = await import('../../machine/describe-outcome.ts');
  if (!good) say(styleFor(STDERR)('red', `the guest ${describeOutcome(result.outcome)}`));
  const lines = explainOutcome(result);
  if (lines.length > 0) say(lines);
  return status;
}

function statusOf({ outcome }: GuestResult): number {
  switch (outcome.kind) {
    case 'exited':
      return outcome.code;
    case 'halted':
      return STATUS.ok;
    case 'timeout':
      return STATUS.timeout;
    case 'stopped':
      return STATUS.interrupted;
    case 'crashed':
      return STATUS.guestCrashed;
  }
}
