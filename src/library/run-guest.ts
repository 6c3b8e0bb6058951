import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Config } from '../config/config.ts';
import { GuestkitError } from '../errors.ts';
import { goldenPath } from '../golden/channels.ts';
import { readRegularFile } from '../golden/files.ts';
import type { Settings } from '../golden/plan.ts';
import { parseRunSettings } from '../golden/run-settings.ts';
import { endedByItself } from '../machine/outcome.ts';
import { assemble } from '../nasm/assemble.ts';
import type { Image } from '../nasm/image.ts';
import { loadGuest } from '../runner/load-guest.ts';
import { DEFAULT_TIMEOUT_MS, runInMachine } from '../runner/run-guest.ts';
import { type GuestRun, guestRun } from './guest-run.ts';
import { projectConfig } from './project.ts';
import { withMachine } from './thread-machines.ts';

/** How a guest is run; what is left out is as its source says, else as the project's settings say. */
export interface RunGuestOptions {
  /** The guest is stopped after this time, in milliseconds; default 5000. */
  timeoutMs?: number | undefined;
  /** Its memory: 4096 to 3 GiB, in steps of 4096; default 1 MiB. */
  memoryBytes?: number | undefined;
  /** What its serial port receives; text goes there as UTF-8. By default `input=`, else the file `NAME.in`. */
  input?: string | Uint8Array | undefined;
  /** Read the registers at the end of a guest that ended by itself, too. */
  registers?: boolean | undefined;
  /** Before the guest runs, an abort rejects with the signal's reason; later the guest ends as `stopped`. */
  signal?: AbortSignal | undefined;
}

/** A guest ready to be run. */
interface Loaded {
  bytes: Uint8Array;
  /** Its path for messages. */
  path: string | undefined;
  image: Image | undefined;
  settings: Settings;
}

/** An input file larger than this is refused, as in a test case. */
const INPUT_LIMIT = 64 * 2 ** 20;

/**
 * Runs a guest to its end: a source, which is assembled where it changed, a `.bin`, an image of
 * {@link assemble}, or bytes. What a guest does is never an exception: how it ended is in the result.
 *
 * ```ts
 * const run = await runGuest('asm/echo.asm', { input: 'abc\r', timeoutMs: 1000 });
 * console.log(run.outcome, run.text);
 * ```
 *
 * The `; guestkit:` comments of the source set time limit, memory and input where no option does. KVM is
 * opened by the first guest of a thread and kept for the next ones, with a machine that each of them finds as
 * new. Guests of one thread may run at the same time; they share its CPU.
 *
 * @throws AssemblyError when NASM refuses the source; GuestkitError `file` when a file cannot be read,
 * `directive` when a comment is wrong, `config` when the project's settings are, `image` when it does not fit
 * into memory, `usage` for a wrong option, `host` where no guest can run, `kvm` when the host fails
 */
export async function runGuest(
  guest: string | Uint8Array | Image,
  options: RunGuestOptions = {},
): Promise<GuestRun> {
  const { signal, registers } = options;
  signal?.throwIfAborted();
  const config = await projectConfig();
  const { bytes, path, image, settings } = await load(guest, config, signal);
  const timeoutMs =
    timeLimit(options.timeoutMs) ?? settings.timeoutMs ?? config.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const memoryBytes = options.memoryBytes ?? settings.memoryBytes ?? config.memoryBytes;
  const input = inputOf(options.input) ?? settings.input ?? inputFile(image);
  signal?.throwIfAborted();
  return await withMachine(memoryBytes, async (machine) => {
    const result = await runInMachine(machine, bytes, { timeoutMs, input, signal });
    const { outcome, output, debugOutput, unclaimedPorts, unclaimedMemory, durationMs } = result;
    const wantsRegisters = registers === true || !endedByItself(outcome);
    const facts = {
      source: path,
      golden: image === undefined ? undefined : goldenOf(image, config),
      outcome,
      // The machine's own buffers are larger than what they hold.
      output: new Uint8Array(output),
      debugOutput: new Uint8Array(debugOutput),
      registers: wantsRegisters ? machine.getRegisters() : undefined,
      systemRegisters: wantsRegisters ? machine.getSystemRegisters() : undefined,
      unclaimedPorts,
      unclaimedMemory,
      durationMs,
    };
    return guestRun(facts, { image, memoryBytes, input, timeoutMs, asked: settings.outcome });
  });
}

async function load(
  guest: string | Uint8Array | Image,
  config: Config,
  signal: AbortSignal | undefined,
): Promise<Loaded> {
  if (typeof guest === 'string') {
    if (guest.endsWith('.bin')) {
      const { bytes, settings } = await loadGuest(guest);
      return { bytes, path: guest, image: undefined, settings };
    }
    const image = await assemble(guest, { ...config.nasm, ...(signal === undefined ? {} : { signal }) });
    return fromImage(image);
  }
  if (ArrayBuffer.isView(guest)) {
    const bytes = new Uint8Array(guest.buffer, guest.byteOffset, guest.byteLength);
    return { bytes, path: undefined, image: undefined, settings: {} };
  }
  return fromImage(guest);
}

/** What the source of an image says is read now: it says how to run it, not what was assembled. */
function fromImage(image: Image): Loaded {
  const { source, bytes } = image;
  try {
    const settings = parseRunSettings(readFileSync(source, 'utf8'), source);
    return { bytes, path: source, image, settings };
  } catch (cause) {
    if (cause instanceof GuestkitError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GuestkitError('file', `cannot read the settings of ${source}: ${reason}`, {
      hint: 'To run an image whose source is gone, pass its bytes: runGuest(image.bytes).',
      cause,
    });
  }
}

function goldenOf({ source }: Image, { goldenStem }: Config): string {
  return goldenPath(goldenStem(relative('.', source)), 'serial');
}

/** The file that holds the input of a source, as in a test case. */
function inputFile(image: Image | undefined): Uint8Array | undefined {
  const path = image?.source.replace(/\.asm$/, '.in');
  return path !== undefined && path !== image?.source && existsSync(path)
    ? readRegularFile(path, INPUT_LIMIT)
    : undefined;
}

function inputOf(input: string | Uint8Array | undefined): Uint8Array | undefined {
  return typeof input === 'string' ? new TextEncoder().encode(input) : input;
}

function timeLimit(ms: number | undefined): number | undefined {
  if (ms === undefined || ms > 0) return ms;
  throw new GuestkitError('usage', `timeoutMs is ${ms}: a guest cannot run for that long`, {
    hint: 'A time limit is a number of milliseconds above 0.',
  });
}
