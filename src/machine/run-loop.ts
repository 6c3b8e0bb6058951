import type { ExitEvent } from '../hypervisor/exit-event.ts';
import type { Vcpu } from '../hypervisor/hypervisor.ts';
import type { Bus } from './bus.ts';
import type { Outcome } from './outcome.ts';

/** What the run loop needs of a machine. */
export interface Buses {
  readonly ports: Bus;
  readonly mmio: Bus;
  /** The outcome a device has brought about with the access just made, if any. */
  ending(): Outcome | undefined;
}

/**
 * Runs the guest until it ends, or until the vCPU is interrupted (then `undefined`).
 * Whatever the exit holds becomes an answer or an outcome, never an exception.
 */
export function runUntilInterrupted(vcpu: Vcpu, buses: Buses): Outcome | undefined {
  for (;;) {
    const event = vcpu.run();
    switch (event.kind) {
      case 'io':
        portAccess(buses.ports, event);
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
function portAccess(ports: Bus, event: Extract<ExitEvent, { kind: 'io' }>): void {
  const { data, port, size } = event;
  for (let start = 0; start < data.length; start += size) {
    const element = data.length === size ? data : data.subarray(start, start + size);
    if (event.direction === 'in') ports.read(port, element);
    else ports.write(port, element);
  }
}

function unreachable(event: never): never {
  throw new Error(`an exit without a handler: ${JSON.stringify(event)}`);
}
