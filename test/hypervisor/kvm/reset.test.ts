import { afterAll, beforeAll, expect, it } from 'vitest';
import { GuestkitError } from '../../../src/errors.ts';
import type { MemoryRegion, Vcpu, Vm } from '../../../src/hypervisor/hypervisor.ts';
import { StructView } from '../../../src/hypervisor/kvm/layout.ts';
import { KVM_RUN } from '../../../src/hypervisor/kvm/structs.ts';
import { Kvm } from '../../../src/hypervisor/kvm/system.ts';
import { flatRegisters, flatSystemRegisters } from '../../../src/machine/boot-state.ts';
import { describeKvm } from '../../support/kvm.ts';
import { assemble } from '../../support/nasm.ts';
import { openVcpu } from './open-vcpu.ts';

/** A vCPU in the boot state, with 64 KiB of memory that hold `source`. */
function booted(kvm: Kvm, source: string): { vcpu: Vcpu; memory: MemoryRegion; vm: Vm } {
  const vm = kvm.createVm();
  const memory = vm.mapMemory(0, 0x10000);
  memory.bytes.set(assemble(source));
  const vcpu = vm.createVcpu(0);
  vcpu.setSystemRegisters(flatSystemRegisters());
  vcpu.setRegisters(flatRegisters());
  // A guest that runs wild ends the test, and not the test run.
  vcpu.interruptAfter(5000);
  return { vcpu, memory, vm };
}

const STRING_INPUT = 'mov cx, 1000\nmov di, 0x8000\nmov dx, 0x1234\ncld\nrep insb\nhlt';
/** Shows in AX whether every instruction ran, once. */
const COUNTING = 'inc ax\nadd ax, ax\ninc ax\nshl ax, 4\nhlt';

describeKvm('the reset of a vCPU', () => {
  let kvm: Kvm;
  beforeAll(() => {
    kvm = Kvm.open();
  });
  afterAll(() => kvm[Symbol.dispose]());

  /** AX at the end of COUNTING, after `source` was left at its first exit. */
  function countAfter(hypervisor: Kvm, source: string): bigint {
    const { vcpu, memory, vm } = booted(hypervisor, source);
    using _ = vm;
    vcpu.run();
    vcpu.reset(vcpu.prepareState(flatRegisters(), flatSystemRegisters()));
    memory.clear();
    memory.bytes.set(assemble(COUNTING));
    expect(vcpu.run().kind).toBe('hlt');
    return vcpu.getRegisters().rax;
  }

  it.each([
    ['a read', 'mov dx, 0x1234\nin eax, dx\nhlt'],
    ['a string read', STRING_INPUT],
    ['a write', 'mov dx, 0x1234\nout dx, eax\nhlt'],
    ['a string write', 'mov cx, 100\nmov dx, 0x1234\nrep outsb\nhlt'],
    ['a read of memory that is not there', 'push 0xC000\npop ds\nmov eax, [0]\nhlt'],
    ['a write to memory that is not there', 'push 0xC000\npop ds\nmov [0], eax\nhlt'],
    ['HLT', 'hlt'],
    ['HLT behind STI', 'sti\nhlt'],
  ])('leaves nothing pending of %s', (_, source) => {
    expect(countAfter(kvm, source)).toBe(0x30n);
  });

  it('would leave a read pending, were it not finished first', () => {
    const open = openVcpu({
      withoutRun: (page) => new StructView(KVM_RUN, page).get('immediate_exit') === 1,
    });
    using tampered = Kvm.open(open.libc);
    const { vcpu, memory, vm } = booted(tampered, STRING_INPUT);
    using _ = vm;
    vcpu.run();
    vcpu.reset(vcpu.prepareState(flatRegisters(), flatSystemRegisters()));
    memory.clear();
    memory.bytes.set(assemble(COUNTING));
    vcpu.run();
    const { rax } = vcpu.getRegisters();
    expect([rax, memory.bytes.some((byte, i) => i >= 0x8000 && byte !== 0)]).not.toEqual([0x30n, false]);
  });

  it('says when what is pending does not come to an end', () => {
    const { vcpu, vm } = booted(kvm, 'push 0xC000\npop ds\nmov cx, 0xFFFF\ncld\nrep lodsb\nhlt');
    using _ = vm;
    expect(vcpu.run().kind).toBe('mmio');
    const state = vcpu.prepareState(flatRegisters(), flatSystemRegisters());
    expect(() => vcpu.reset(state)).toThrow(GuestkitError);
    expect(() => vcpu.reset(state)).toThrow('the pending I/O of vcpu 0 does not come to an end');
  });

  it('drops the coalesced writes that nobody took', () => {
    const { vcpu, vm } = booted(kvm, 'mov dx, 0x3F8\nout dx, al\nout dx, al\nhlt');
    using _ = vm;
    const state = vcpu.prepareState(flatRegisters(), flatSystemRegisters());
    const written: number[] = [];
    const sink = { write: (port: number): number => written.push(port) };
    vm.coalesceWrites(0x3f8);
    vcpu.run();
    vcpu.reset(state);
    expect(vcpu.takeWrites(sink)).toBe(false);
    vcpu.run();
    expect(vcpu.takeWrites(sink)).toBe(true);
    expect(written).toEqual([0x3f8, 0x3f8]);
  });

  it('begins with the registers it was given', () => {
    const { vcpu, vm } = booted(kvm, 'hlt\nhlt');
    using _ = vm;
    vcpu.run();
    const registers = { ...flatRegisters(), rip: 1n, rbx: 0x1234_5678_9abc_def0n };
    const system = { ...flatSystemRegisters(), cr8: 5n };
    const state = vcpu.prepareState(registers, system);
    for (let times = 0; times < 2; times += 1) {
      vcpu.reset(state);
      expect([vcpu.getRegisters(), vcpu.getSystemRegisters()]).toEqual([registers, system]);
      expect(vcpu.run().kind).toBe('hlt');
      expect(vcpu.getRegisters()).toEqual({ ...registers, rip: 2n });
      expect(vcpu.getSystemRegisters().cr8).toBe(5n);
    }
  });

  it('can be asked of a vCPU that never ran, and not of one that is closed', () => {
    const { vcpu, vm } = booted(kvm, COUNTING);
    const state = vcpu.prepareState(flatRegisters(), flatSystemRegisters());
    vcpu.reset(state);
    expect(vcpu.run().kind).toBe('hlt');
    vm[Symbol.dispose]();
    expect(() => vcpu.reset(state)).toThrow('after its machine was closed');
  });

  it('takes CR8 that was set, with and without it', () => {
    const { vcpu, vm } = booted(kvm, 'hlt');
    using _ = vm;
    vcpu.setSystemRegisters({ ...flatSystemRegisters(), cr8: 7n });
    vcpu.run();
    expect(vcpu.getSystemRegisters().cr8).toBe(7n);
  });
});
