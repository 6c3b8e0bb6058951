import { now } from '../clock.ts';
import type { Hypervisor } from '../hypervisor/hypervisor.ts';
import { InputQueue } from '../machine/channels.ts';
import { Machine } from '../machine/machine.ts';
import { endedByItself, type Outcome } from '../machine/outcome.ts';
import type { UnclaimedAccess } from '../machine/unclaimed.ts';

/** What a guest gets to run with. */
export interface GuestSettings {
  timeoutMs: number;
  memoryBytes?: number | undefined;
  /** Ports that end the guest with the byte written; as for {@link Machine}, 0x01 and 0xF4 if nothing is said. */
  exitPorts?: readonly number[] | undefined;
  /** The bytes that arrive on the serial port, or a queue that is filled while the guest runs. */
  input?: Uint8Array | InputQueue | undefined;
  /** Ends the run as `stopped`. */
  signal?: AbortSignal | undefined;
  /** Read the registers at the end of a guest that ended well, too. */
  registers?: boolean | undefined;
  /** Gets what the guest prints, as it does: bytes of the serial port, bytes of the debug console. */
  onOutput?: ((serial: Uint8Array, debugConsole: Uint8Array) => void) | undefined;
}

/** What is known of a guest after its end. */
export interface GuestResult {
  outcome: Outcome;
  /** All that it printed on the serial port. */
  output: Uint8Array;
  /** All that it wrote to the debug console. */
  debugOutput: Uint8Array;
  /** Port and memory accesses that no device claimed. */
  unclaimedPorts: UnclaimedAccess[];
  unclaimedMemory: UnclaimedAccess[];
  /** The registers at the end, as lines of text; of a guest that ended well only if they were asked for. */
  registers: string[] | undefined;
  /** From the first instruction to the end, in milliseconds. */
  durationMs: number;
}

/** A time limit for guests that have none of their own. */
export const DEFAULT_TIMEOUT_MS = 5000;

/**
 * Runs one image in a fresh machine and closes it.
 * @throws GuestkitError `kvm` when the host fails, `image` when the image does not fit; a guest's own
 * misdeeds are outcomes.
 */
export async function runGuest(
  hypervisor: Hypervisor,
  image: Uint8Array,
  settings: GuestSettings,
): Promise<GuestResult> {
  const { memoryBytes, exitPorts } = settings;
  using machine = new Machine(hypervisor, { memoryBytes, exitPorts });
  return await runInMachine(machine, image, settings);
}

/**
 * Runs one image in a machine made for it, which the caller closes. Its memory and exit ports are what they
 * are, whatever the settings say.
 * @throws as {@link runGuest}
 */
export async function runInMachine(
  machine: Machine,
  image: Uint8Array,
  settings: GuestSettings,
): Promise<GuestResult> {
  const { timeoutMs, signal, input } = settings;
  if (input instanceof InputQueue) machine.input = input;
  else if (input !== undefined) machine.input.push(input);
  machine.memory.load(image, 0);
  const show = (): void => settings.onOutput?.(machine.serial.takeNew(), machine.debugConsole.takeNew());
  const start = now();
  const outcome = await machine.runInSlices({ timeoutMs, signal, onSlice: show });
  const durationMs = now() - start;
  show();
  return {
    outcome,
    output: machine.serial.bytes,
    debugOutput: machine.debugConsole.bytes,
    unclaimedPorts: machine.ports.unclaimed.list(),
    unclaimedMemory: machine.mmio.unclaimed.list(),
    registers: settings.registers === true || !endedByItself(outcome) ? await dump(machine) : undefined,
    durationMs,
  };
}

/** The dump is loaded when there is one to make: most guests end well. */
async function dump(machine: Machine): Promise<string[]> {
  const { registerDump } = await import('../x86/register-dump.ts');
  return registerDump(machine.getRegisters(), machine.getSystemRegisters());
}
