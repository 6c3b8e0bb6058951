import { afterAll, beforeAll, expect, it } from 'vitest';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { Machine } from '../../src/machine/machine.ts';
import { describeKvm } from '../support/kvm.ts';
import { seededRandom } from '../support/random.ts';
import { DIRTY_GUESTS } from './dirty-guests.ts';
import { PROBES } from './probe-guests.ts';
import { isZeroed, OPTIONS, observe, run } from './used-machine.ts';

describeKvm('a machine that is used again', () => {
  let kvm: Kvm;
  const answers = new Map<string, unknown>();
  beforeAll(() => {
    kvm = Kvm.open();
  });
  afterAll(() => kvm[Symbol.dispose]());

  /** What a probe finds in a machine of its own. */
  function freshAnswer(name: string): unknown {
    if (!answers.has(name)) {
      using machine = new Machine(kvm, OPTIONS);
      answers.set(name, observe(machine, run(machine, PROBES[name] ?? '')));
    }
    return answers.get(name);
  }

  function expectNoTrace(machine: Machine, dirty: string, probe: string): void {
    const outcome = run(machine, DIRTY_GUESTS[dirty] ?? '');
    expect(machine.reusable, `after ${dirty}: ${JSON.stringify(outcome)}`).toBe(true);
    machine.reset();
    expect(isZeroed(machine), `memory after ${dirty}`).toBe(true);
    const answer = observe(machine, run(machine, PROBES[probe] ?? ''));
    expect(answer, `${probe} after ${dirty}`).toEqual(freshAnswer(probe));
    machine.reset();
  }

  it('has probes that come to an end, the same in every new machine', () => {
    for (const [name, source] of Object.entries(PROBES)) {
      using machine = new Machine(kvm, OPTIONS);
      const answer = observe(machine, run(machine, source));
      expect(answer, name).toEqual(freshAnswer(name));
      expect(answer, name).toMatchObject({ outcome: { kind: 'exited', code: 0 } });
    }
  });

  it.each(Object.keys(DIRTY_GUESTS))('shows no probe anything of: %s', (dirty) => {
    using machine = new Machine(kvm, { ...OPTIONS, coalesceSerialAfter: 0 });
    for (const probe of Object.keys(PROBES)) expectNoTrace(machine, dirty, probe);
  });

  it.each([undefined, 0, 3000])('shows nothing in any order, serial output coalesced after %s', (after) => {
    const random = seededRandom(0x5eed + (after ?? 1));
    const dirty = Object.keys(DIRTY_GUESTS) as [string, ...string[]];
    const probes = Object.keys(PROBES) as [string, ...string[]];
    using machine = new Machine(kvm, { ...OPTIONS, coalesceSerialAfter: after });
    for (let step = 0; step < 250; step += 1) {
      expectNoTrace(machine, random.pick(dirty), random.pick(probes));
    }
  });

  it('counts time on, and not from where a guest set it', () => {
    // In real mode: the time stamp counter by RDTSC, then by RDMSR.
    const source = `
      rdtsc
      mov [0x8000], eax
      mov [0x8004], edx
      mov ecx, 0x10
      rdmsr
      mov [0x8008], eax
      mov [0x800C], edx
      mov si, 0x8000
      mov cx, 16
      mov dx, 0x3F8
      cld
      rep outsb
      hlt`;
    const counts = (machine: Machine): bigint[] => {
      run(machine, source);
      return [...new BigUint64Array(machine.serial.bytes.slice().buffer)];
    };
    using machine = new Machine(kvm, OPTIONS);
    const before = counts(machine);
    machine.reset();
    run(machine, DIRTY_GUESTS['MSRs'] ?? '');
    machine.reset();
    for (const [i, count] of counts(machine).entries()) {
      const passed = count - (before[i] ?? 0n);
      expect(passed, `between ${before[i]} and ${count}`).toBeGreaterThan(0n);
      // More than a minute of any CPU.
      expect(passed).toBeLessThan(1n << 40n);
    }
  });
});
