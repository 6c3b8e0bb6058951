import type { UnclaimedAccess } from '../machine/unclaimed.ts';
import type { GuestResult } from '../runner/run-guest.ts';

/** What `guestkit run --json` prints. */
export interface OutcomeJson {
  outcome: unknown;
  /** The exit status of the process. */
  status: number;
  durationMs: number;
  /** The serial output as UTF-8, bytes that are none replaced; `outputBase64` has them exactly. */
  output: string;
  outputBase64: string;
  debugOutput: string;
  unclaimedPorts: unknown[];
  unclaimedMemory: unknown[];
  /** The register dump, a line each; `null` where it was not read. */
  registers: readonly string[] | null;
}

/** A result as plain JSON: 64-bit values become hexadecimal text. */
export function outcomeJson(result: GuestResult, status: number): OutcomeJson {
  return {
    outcome: plain(result.outcome),
    status,
    durationMs: Math.round(result.durationMs * 1000) / 1000,
    output: Buffer.from(result.output).toString('utf8'),
    outputBase64: Buffer.from(result.output).toString('base64'),
    debugOutput: Buffer.from(result.debugOutput).toString('utf8'),
    unclaimedPorts: result.unclaimedPorts.map(accessJson),
    unclaimedMemory: result.unclaimedMemory.map(accessJson),
    registers: result.registers ?? null,
  };
}

function accessJson(access: UnclaimedAccess): unknown {
  return plain({ ...access, address: `0x${access.address.toString(16)}` });
}

function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, item: unknown) =>
      typeof item === 'bigint' ? `0x${item.toString(16)}` : item,
    ),
  );
}
