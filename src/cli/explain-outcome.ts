import { crashHint, describeOutcome } from '../machine/describe-outcome.ts';
import type { UnclaimedAccess } from '../machine/unclaimed.ts';
import type { Style } from '../report/style.ts';
import type { GuestResult } from '../runner/run-guest.ts';

const MAX_ACCESSES = 8;

/**
 * What to tell a person about a guest's end: nothing about one that ended well, else what happened, the
 * registers, the accesses that nobody answered and what to do.
 */
export function explainOutcome(result: GuestResult, options: { registers: boolean; style: Style }): string[] {
  const { outcome, registers } = result;
  const { style } = options;
  const endedWell = outcome.kind === 'exited' || outcome.kind === 'halted';
  const lines: string[] = [];
  if (!endedWell) lines.push(style('red', `the guest ${describeOutcome(outcome)}`));
  if (registers !== undefined && (options.registers || !endedWell)) lines.push(...registers);
  if (endedWell || outcome.kind === 'stopped') return lines;
  lines.push(...accessLines('port', result.unclaimedPorts), ...accessLines('memory', result.unclaimedMemory));
  const hint = outcome.kind === 'crashed' ? crashHint(outcome.event) : TIMEOUT_HINT;
  if (hint !== undefined) lines.push(hint);
  return lines;
}

const TIMEOUT_HINT =
  'A guest ends with a byte to port 0x01 or with HLT. If it only needs longer: --timeout 30s, or `; guestkit: timeout=30s` in the source.';

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
