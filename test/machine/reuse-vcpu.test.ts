import { describe, expect, it } from 'vitest';
import { StructView } from '../../src/hypervisor/kvm/layout.ts';
import {
  KVM_RUN,
  KVM_SYNC_X86_EVENTS,
  KVM_SYNC_X86_REGS,
  KVM_SYNC_X86_SREGS,
} from '../../src/hypervisor/kvm/structs.ts';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { Machine } from '../../src/machine/machine.ts';
import { openVcpu, type Tampering } from '../hypervisor/kvm/open-vcpu.ts';
import { describeKvm } from '../support/kvm.ts';
import { DIRTY_GUESTS, sweepMsrs } from './dirty-guests.ts';
import { isZeroed, OPTIONS, run } from './used-machine.ts';

type Guests = Readonly<Record<string, string>>;

/** Guests that write one value to every model-specific register that takes it. */
const SWEEPS: Guests = Object.fromEntries(
  ['1', '4', '0x1000', '0x0606060606060606', '0x700000001000', '0xFFFFFFFFFFFFFFFF'].map((value) => [
    `all MSRs set to ${value}`,
    sweepMsrs(value),
  ]),
);

/**
 * Resets with `tampering` after each guest and says, for each, in what the machine is not as a new one: "memory",
 * or the calls by which KVM tells it.
 */
function traces(tampering: Tampering, guests: Guests): Map<string, string[]> {
  let tamper = false;
  const { without, beforeRun } = tampering;
  const open = openVcpu({
    without: (call) => tamper && without?.(call) === true,
    beforeRun: (page) => tamper && beforeRun?.(page),
  });
  using kvm = Kvm.open(open.libc);
  {
    // For the first reset a vCPU is made that is none of the test's.
    using machine = new Machine(kvm, OPTIONS);
    machine.reset();
  }
  const found = new Map<string, string[]>();
  for (const [name, source] of Object.entries(guests)) {
    using machine = new Machine(kvm, OPTIONS);
    run(machine, 'hlt');
    const fresh = open.state();
    machine.reset();
    run(machine, source);
    if (!machine.reusable) throw new Error(`the machine is no use after ${name}`);
    tamper = true;
    machine.reset();
    const zeroed = isZeroed(machine);
    run(machine, 'hlt');
    tamper = false;
    const state = open.state();
    const different = Object.keys(fresh).filter((call) => state[call] !== fresh[call]);
    found.set(name, zeroed ? different : [...different, 'memory']);
  }
  return found;
}

/** A reset that leaves one of these bits of `kvm_dirty_regs` out (KVM API, KVM_CAP_SYNC_REGS). */
function withoutSync(which: bigint): Tampering {
  return {
    beforeRun(page) {
      const view = new StructView(KVM_RUN, page);
      view.set64('kvm_dirty_regs', view.get64('kvm_dirty_regs') & ~which);
    },
  };
}

/** One that leaves CR8 where KVM_RUN takes it from. */
const WITHOUT_CR8: Tampering = {
  beforeRun(page) {
    new StructView(KVM_RUN, page).set64('cr8', 9n);
  },
};

describeKvm('the vCPU of a machine that is used again', () => {
  it('is what a new one is, in all that KVM tells of it', () => {
    const found = traces({}, { ...DIRTY_GUESTS, ...SWEEPS });
    expect([...found].filter(([, different]) => different.length > 0)).toEqual([]);
    expect(found.size).toBeGreaterThan(25);
  });

  describe('needs every step of its reset: without it something shows', () => {
    it.each<[step: string, Tampering, trace: string, guest: string]>([
      ['XSAVE', { without: (call) => call === 'KVM_SET_XSAVE' }, 'KVM_GET_XSAVE', 'floating point'],
      ['DR', { without: (call) => call === 'KVM_SET_DEBUGREGS' }, 'KVM_GET_DEBUGREGS', 'debug registers'],
      ['MSRs', { without: (call) => call === 'KVM_SET_MSRS' }, 'MSR 0x3b', 'MSRs'],
      ['extended memory', { without: (call) => call === 'madvise' }, 'memory', 'extended memory'],
      ['registers', withoutSync(KVM_SYNC_X86_REGS), 'KVM_GET_REGS', 'registers'],
      ['system registers', withoutSync(KVM_SYNC_X86_SREGS), 'KVM_GET_SREGS', 'long mode'],
      ['events', withoutSync(KVM_SYNC_X86_EVENTS), 'KVM_GET_VCPU_EVENTS', 'MSRs'],
      ['CR8', WITHOUT_CR8, 'KVM_GET_SREGS', 'long mode'],
    ])('%s', (_, tampering, trace, guest) => {
      const found = traces(tampering, { [guest]: DIRTY_GUESTS[guest] ?? '' });
      expect(found.get(guest)).toContain(trace);
    });

    it('except two, of what no guest of such a machine can change', () => {
      const left = ['KVM_SET_MP_STATE', 'KVM_SET_XCRS'];
      const found = traces({ without: (call) => left.includes(call) }, DIRTY_GUESTS);
      expect([...found.values()].flat()).toEqual([]);
    });
  });
});
