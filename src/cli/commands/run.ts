import { readFileSync } from 'node:fs';
import { GuestkitError } from '../../errors.ts';
import { parseDuration, parseSize, parseText } from '../../golden/parse-value.ts';
import { Kvm } from '../../hypervisor/kvm/system.ts';
import { InputQueue } from '../../machine/channels.ts';
import { loadGuest } from '../../runner/load-guest.ts';
import { DEFAULT_TIMEOUT_MS, type GuestResult, runGuest } from '../../runner/run-guest.ts';
import { renderNasm } from '../diagnostics.ts';
import { explainOutcome } from '../explain-outcome.ts';
import { option } from '../option.ts';
import { outcomeJson } from '../outcome-json.ts';
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

/** Bytes of standard input that wait for the guest before the host stops reading on. */
const INPUT_WINDOW = 64 * 1024;

/**
 * Runs one guest, its serial output live on stdout and its debug console on stderr.
 * @returns the exit status: the guest's code, 0 for HLT, or why it did not end by itself
 */
export async function run(file: string, flags: RunFlags): Promise<number> {
  const timeoutMs = option('--timeout', flags.timeout, parseDuration);
  const memoryBytes = option('--memory', flags.memory, parseSize);
  const json = flags.json === true;

  const { bytes, directives, warnings } = await loadGuest(file);
  if (warnings.length > 0) say(renderNasm(warnings, styleFor(STDERR)));
  const input = openInput(flags.input, directives.input);

  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  using kvm = Kvm.open();
  const result = await runGuest(kvm, bytes, {
    timeoutMs: timeoutMs ?? directives.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    memoryBytes: memoryBytes ?? directives.memoryBytes,
    input: input.queue,
    registers: flags.regs,
    signal: stop.signal,
    onOutput(serial, debugConsole) {
      input.refill();
      if (json) return;
      // Nobody reads on: like any program in a pipe, the guest need not go on.
      if (!writeAll(STDOUT, serial)) stop.abort();
      writeAll(STDERR, debugConsole);
    },
  });
  if (json) say(JSON.stringify(outcomeJson(result, statusOf(result)), null, 2), STDOUT);
  const lines = explainOutcome(result, { registers: flags.regs === true, style: styleFor(STDERR) });
  if (lines.length > 0) say(lines);
  return statusOf(result);
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

/** Where the guest's input comes from: the option, else the source's directive, else nowhere. */
function openInput(
  flag: string | undefined,
  directive: Uint8Array | undefined,
): { queue: InputQueue; refill(): void } {
  const queue = new InputQueue();
  if (flag === '-') return { queue, refill: streamStdin(queue) };
  if (flag?.startsWith('@') === true) queue.push(readInputFile(flag.slice(1)));
  else if (flag !== undefined) queue.push(option('--input', flag, parseText));
  else if (directive !== undefined) queue.push(directive);
  return { queue, refill: () => undefined };
}

function readInputFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new GuestkitError(
      'file',
      `cannot read the input ${path}: ${cause instanceof Error ? cause.message : cause}`,
      {
        hint: '--input @FILE sends the bytes of FILE; --input TEXT sends the text itself.',
        cause,
      },
    );
  }
}

/** Feeds the queue from standard input, never further ahead of the guest than the window. */
function streamStdin(queue: InputQueue): () => void {
  const { stdin } = process;
  stdin.on('data', (chunk: Buffer) => {
    queue.push(chunk);
    if (queue.length >= INPUT_WINDOW) stdin.pause();
  });
  return () => {
    if (stdin.isPaused() && queue.length < INPUT_WINDOW) stdin.resume();
  };
}
