import type { ExitEvent } from '../hypervisor/exit-event.ts';
import type { Vcpu, WriteSink } from '../hypervisor/hypervisor.ts';
import type { Bus } from './bus.ts';
import type { Outcome } from './outcome.ts';
import { type PortAccess, portAccess } from './port-access.ts';

/** What the run loop needs of a machine. */
export interface Buses {
  readonly ports: Bus;
  readonly mmio: Bus;
  /** The outcome a device has brought about with the access just made, if any. */
  ending(): Outcome | undefined;
  /** Told of every port access behind it; while it is `undefined` none of that costs anything. */
  onPortAccess: ((access: PortAccess) => void) | undefined;
}

/**
 * Runs the guest until it ends, or until the vCPU is interrupted (then `undefined`).
 * Whatever the exit holds becomes an answer or an outcome, never an exception.
 */
export function runUntilInterrupted(vcpu: Vcpu, buses: Buses): Outcome | undefined {
  const { onPortAccess } = buses;
  const collected = onPortAccess === undefined ? buses.ports : observed(buses.ports, onPortAccess);
  for (;;) {
    const event = vcpu.run();
    // Collected writes came before the exit, and so did the end that one of them may have brought about.
    if (vcpu.takeWrites(collected)) {
      const ending = buses.ending();
      if (ending !== undefined) return ending;
    }
    switch (event.kind) {
      case 'io':
        accessPort(buses.ports, event, onPortAccess);
        break;
      case 'mmio':
        if (event.direction === 'read') buses.mmio.read(event.address, event.data);
        else buses.mmio.write(event.address, event.data);
        break;
      case 'hlt':
        return { kind: 'halted' };
      case 'interrupted':
        return undefined;
      case 'shutdown':
      case 'debug':
      case 'fail-entry':
      case 'internal-error':
      case 'unsupported':
      case 'run-failed':
        return { kind: 'crashed', event };
      default:
        return unreachable(event);
    }
    const ending = buses.ending();
    if (ending !== undefined) return ending;
  }
}

/** String I/O repeats one access; each repetition reaches the same port. */
function accessPort(
  ports: Bus,
  event: Extract<ExitEvent, { kind: 'io' }>,
  onPortAccess: Buses['onPortAccess'],
): void {
  const { data, direction, port, size } = event;
  for (let start = 0; start < data.length; start += size) {
    const element = data.length === size ? data : data.subarray(start, start + size);
    if (direction === 'in') ports.read(port, element);
    else ports.write(port, element);
    onPortAccess?.(portAccess(direction, port, element));
  }
}

function observed(ports: Bus, onPortAccess: (access: PortAccess) => void): WriteSink {
  return {
    write(port, data) {
      ports.write(port, data);
      onPortAccess(portAccess('out', port, data));
    },
  };
}

function unreachable(event: never): never {
  throw new Error(`an exit without a handler: ${JSON.stringify(event)}`);
}
