import { crashHint } from '../machine/describe-outcome.ts';
import type { Outcome } from '../machine/outcome.ts';
import type { UnclaimedAccess } from '../machine/unclaimed.ts';

const MAX_ACCESSES = 8;

/** The end of a guest, in a result or beside a verdict. */
interface Ended {
  outcome: Outcome;
  registers: readonly string[] | undefined;
  unclaimedPorts: readonly UnclaimedAccess[];
  unclaimedMemory: readonly UnclaimedAccess[];
}

/**
 * What a person wants to know beside the outcome of a guest that did not end by itself: the registers, the
 * accesses that nobody answered and what to do.
 */
export function explainOutcome(result: Ended): string[] {
  const { outcome, registers } = result;
  const lines = [...(registers ?? [])];
  if (outcome.kind === 'stopped') return lines;
  lines.push(...accessLines('port', result.unclaimedPorts), ...accessLines('memory', result.unclaimedMemory));
  const hint = hintFor(outcome);
  if (hint !== undefined) lines.push(hint);
  return lines;
}

const TIMEOUT_HINT =
  'A guest ends with a byte to port 0x01 or with HLT. If it only needs longer: --timeout 30s, or `; guestkit: timeout=30s` in the source.';

function hintFor(outcome: Outcome): string | undefined {
  if (outcome.kind === 'crashed') return crashHint(outcome.event);
  return outcome.kind === 'timeout' ? TIMEOUT_HINT : undefined;
}

function accessLines(space: 'port' | 'memory', accesses: readonly UnclaimedAccess[]): string[] {
  const lines = accesses.slice(0, MAX_ACCESSES).map(({ direction, address, size, value, count }) => {
    const place = `${space} 0x${address.toString(16)}`;
    const what = direction === 'read' ? `read from ${place}` : `0x${value.toString(16)} written to ${place}`;
    return `  ${what} (${size === 1 ? '1 byte' : `${size} bytes`}), ${count === 1 ? 'once' : `${count} times`}`;
  });
  if (lines.length === 0) return [];
  const more = accesses.length - MAX_ACCESSES;
  if (more > 0) lines.push(`  and ${more} more`);
  return [`${space === 'port' ? 'ports' : 'memory'} that no device claims:`, ...lines];
}
