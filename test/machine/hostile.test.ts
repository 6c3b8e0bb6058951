import { expect, it } from 'vitest';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { describeOutcome } from '../../src/machine/describe-outcome.ts';
import { runSource } from '../support/guest.ts';
import { describeKvm, kvmHoldings } from '../support/kvm.ts';
import { seededRandom } from '../support/random.ts';

describeKvm('guests of random bytes', () => {
  it('all end in an outcome, and leave nothing behind', () => {
    const before = kvmHoldings();
    const random = seededRandom(0x8086);
    const outcomes = new Map<string, number>();
    const count = 300;
    {
      using kvm = Kvm.open();
      for (let i = 0; i < count; i += 1) {
        const image = random.fill(new Uint8Array(512));
        const { outcome, bytes, ports, mmio, dump } = runSource(kvm, image, {
          timeoutMs: 5,
          outputLimit: 10_000,
          input: 'input',
        });
        expect(['exited', 'halted', 'timeout', 'crashed'], describeOutcome(outcome)).toContain(outcome.kind);
        expect(bytes.length).toBeLessThanOrEqual(10_000);
        expect(Math.max(ports.length, mmio.length)).toBeLessThanOrEqual(256);
        expect(dump).toContain('FLAGS');
        outcomes.set(outcome.kind, (outcomes.get(outcome.kind) ?? 0) + 1);
      }
    }
    // Random code does several things; one outcome for all would mean that nothing ran.
    expect(outcomes.size, JSON.stringify([...outcomes])).toBeGreaterThan(1);
    expect(kvmHoldings()).toEqual(before);
  });
});
