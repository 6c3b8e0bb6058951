import { describe, expect, it } from 'vitest';
import { crashHint, describeCrash, describeOutcome } from '../../src/machine/describe-outcome.ts';
import type { CrashEvent } from '../../src/machine/outcome.ts';

/** `internal.data` of an instruction that could not be emulated: flags, then its length and its bytes. */
function emulationFailure(length: number, bytes: readonly number[], flags = 1n): CrashEvent {
  const packed = new Uint8Array(16);
  packed[0] = length;
  packed.set(bytes, 1);
  const view = new DataView(packed.buffer);
  return {
    kind: 'internal-error',
    suberror: 1,
    data: [flags, view.getBigUint64(0, true), view.getBigUint64(8, true)],
  };
}

const FIFTEEN = Array.from({ length: 15 }, (_, i) => 0x10 + i);
const FIFTEEN_TEXT = '10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e';

describe('an outcome in words', () => {
  it('says how the guest ended', () => {
    expect(describeOutcome({ kind: 'exited', code: 3 })).toBe('exited with 3');
    expect(describeOutcome({ kind: 'halted' })).toBe('halted');
    expect(describeOutcome({ kind: 'timeout', ms: 500 })).toBe('timed out after 500 ms');
    expect(describeOutcome({ kind: 'stopped' })).toBe('was stopped');
    expect(describeOutcome({ kind: 'crashed', event: { kind: 'shutdown' } })).toBe(
      'crashed: triple fault (KVM_EXIT_SHUTDOWN)',
    );
  });

  it.each<[CrashEvent, string]>([
    [{ kind: 'shutdown' }, 'triple fault (KVM_EXIT_SHUTDOWN)'],
    [{ kind: 'debug', rip: 0x7c00n, dr6: 0x4000n }, 'debug exception at RIP 0x7c00 (KVM_EXIT_DEBUG)'],
    [
      { kind: 'fail-entry', hardwareReason: 0x80000021n },
      'the CPU refused its state, reason 0x80000021 (KVM_EXIT_FAIL_ENTRY)',
    ],
    [
      { kind: 'unsupported', exitReason: 24 },
      'an exit that guestkit has no answer to (KVM_EXIT_SYSTEM_EVENT)',
    ],
    [{ kind: 'unsupported', exitReason: 99 }, 'an exit that guestkit has no answer to (exit reason 99)'],
    [{ kind: 'run-failed', errno: 'EFAULT' }, 'KVM_RUN failed: EFAULT'],
    [{ kind: 'output-limit', bytes: 1000 }, 'it printed more than 1000 bytes'],
    [
      { kind: 'internal-error', suberror: 2, data: [] },
      'exceptions at the same time that KVM cannot deliver (KVM_EXIT_INTERNAL_ERROR)',
    ],
    [
      { kind: 'internal-error', suberror: 3, data: [] },
      'an exit while an event was being delivered (KVM_EXIT_INTERNAL_ERROR)',
    ],
    [
      { kind: 'internal-error', suberror: 4, data: [] },
      'an exit of the hardware that KVM does not know (KVM_EXIT_INTERNAL_ERROR)',
    ],
    [{ kind: 'internal-error', suberror: 77, data: [1n, 2n] }, 'suberror 77 (KVM_EXIT_INTERNAL_ERROR)'],
  ])('says what a crash was: %o', (event, text) => {
    expect(describeCrash(event)).toBe(text);
  });

  it('shows the bytes of the instruction that could not be emulated, as many as it has', () => {
    const bytesOf = (event: CrashEvent): string | undefined =>
      /^KVM could not emulate the instruction(.*) \(KVM_EXIT_INTERNAL_ERROR\)$/.exec(
        describeCrash(event),
      )?.[1];
    expect(bytesOf(emulationFailure(2, [0xd9, 0xe8, 0xff]))).toBe(': d9 e8');
    expect(bytesOf(emulationFailure(8, FIFTEEN))).toBe(': 10 11 12 13 14 15 16 17');
    expect(bytesOf(emulationFailure(15, FIFTEEN))).toBe(`: ${FIFTEEN_TEXT}`);
    // A length that cannot be, bytes that are not told, words that are missing.
    expect(bytesOf(emulationFailure(255, FIFTEEN))).toBe(`: ${FIFTEEN_TEXT}`);
    expect(bytesOf(emulationFailure(2, [0xd9, 0xe8], 0n))).toBe('');
    expect(bytesOf({ kind: 'internal-error', suberror: 1, data: [] })).toBe('');
    expect(bytesOf({ kind: 'internal-error', suberror: 1, data: [1n] })).toBe('');
    expect(bytesOf({ kind: 'internal-error', suberror: 1, data: [1n, 0xf402n] })).toBe(': f4 00');
  });

  it('gives a hint where there is something to do', () => {
    expect(crashHint({ kind: 'shutdown' })).toMatch(/IDT/);
    expect(crashHint(emulationFailure(1, [0xf4]))).toMatch(/VT-x or AMD-V/);
    expect(crashHint({ kind: 'run-failed', errno: 'EFAULT' })).toMatch(/page tables/);
    expect(crashHint({ kind: 'output-limit', bytes: 1 })).toMatch(/loop/);
    const silent: CrashEvent[] = [
      { kind: 'debug', rip: 0n, dr6: 0n },
      { kind: 'fail-entry', hardwareReason: 0n },
      { kind: 'internal-error', suberror: 3, data: [] },
      { kind: 'run-failed', errno: 'EINVAL' },
      { kind: 'unsupported', exitReason: 1 },
    ];
    expect(silent.map(crashHint)).toEqual(silent.map(() => undefined));
  });
});
