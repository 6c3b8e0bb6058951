import { afterAll, beforeAll, expect, it } from 'vitest';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { flatRegisters, flatSystemRegisters } from '../../src/machine/boot-state.ts';
import { cpuMode } from '../../src/x86/registers.ts';
import { runSource } from '../support/guest.ts';
import { describeKvm } from '../support/kvm.ts';
import { TO_LONG_MODE, TO_PROTECTED_MODE } from '../support/modes.ts';
import { assemble } from '../support/nasm.ts';

describeKvm('registers at the end of a guest', () => {
  let kvm: Kvm;
  beforeAll(() => {
    kvm = Kvm.open();
  });
  afterAll(() => kvm[Symbol.dispose]());

  it('stand behind the write that ended it', () => {
    const source = 'mov dx, 0x3F8\nin al, dx\nout 0x01, al\nhlt';
    const { outcome, registers } = runSource(kvm, source, { input: 'k' });
    expect(outcome).toEqual({ kind: 'exited', code: 0x6b });
    expect(registers.rip).toBe(BigInt(assemble(source).length - 1));
    expect(registers.rax).toBe(0x6bn);
  });

  it('stand behind an in that is the last exit, with what it read', () => {
    using vm = kvm.createVm();
    vm.mapMemory(0, 0x1000).bytes.set(assemble('mov eax, 0x11223344\nin ax, 0x60\nhlt'));
    const vcpu = vm.createVcpu(0);
    vcpu.setSystemRegisters(flatSystemRegisters());
    vcpu.setRegisters(flatRegisters());
    let event = vcpu.run();
    // Of a guest before, whose slice is over only now.
    if (event.kind === 'interrupted') event = vcpu.run();
    if (event.kind !== 'io') return expect.unreachable(`${event.kind} instead of io`);
    event.data.set([0xcd, 0xab]);
    expect(vcpu.getRegisters()).toMatchObject({ rip: 8n, rax: 0x1122abcdn });
    // The look has not made the guest run on.
    expect(vcpu.run()).toEqual({ kind: 'hlt' });
    expect(vcpu.getRegisters()).toMatchObject({ rip: 9n, rax: 0x1122abcdn });
  });

  it('stand behind a read of memory that is not there', () => {
    using vm = kvm.createVm();
    vm.mapMemory(0, 0x1000).bytes.set(assemble('mov ax, 0xC000\nmov ds, ax\nmov ebx, [0]\nhlt'));
    const vcpu = vm.createVcpu(0);
    vcpu.setSystemRegisters(flatSystemRegisters());
    vcpu.setRegisters(flatRegisters());
    const event = vcpu.run();
    if (event.kind !== 'mmio') return expect.unreachable(`${event.kind} instead of mmio`);
    event.data.set([1, 2, 3, 4]);
    expect(vcpu.getRegisters()).toMatchObject({ rip: 10n, rbx: 0x04030201n });
    expect(vcpu.run()).toEqual({ kind: 'hlt' });
  });

  it('can be set and read back before the guest runs, and do not change for it', () => {
    using vm = kvm.createVm();
    vm.mapMemory(0, 0x1000).bytes.set(assemble('hlt'), 0x123);
    const vcpu = vm.createVcpu(0);
    const names = Object.keys(flatRegisters()) as (keyof ReturnType<typeof flatRegisters>)[];
    const registers = flatRegisters();
    for (const [i, name] of names.entries()) registers[name] = 0x1111_1111_1111_1111n * BigInt((i % 14) + 1);
    registers.rip = 0x123n;
    registers.rflags = 0x8d7n; // all of the status flags
    vcpu.setSystemRegisters(flatSystemRegisters());
    vcpu.setRegisters(registers);
    expect(vcpu.getRegisters()).toEqual(registers);
    expect(vcpu.getSystemRegisters()).toEqual(flatSystemRegisters());
    expect(vcpu.run()).toEqual({ kind: 'hlt' });
    expect(vcpu.getRegisters()).toEqual({ ...registers, rip: 0x124n });
  });

  it('that the CPU refuses end the guest, and do not throw', () => {
    using vm = kvm.createVm();
    vm.mapMemory(0, 0x1000).bytes.set(assemble('hlt'));
    const vcpu = vm.createVcpu(0);
    // Paging without protection is invalid (Intel SDM vol. 3, 2.5, CR0.PG).
    vcpu.setSystemRegisters({ ...flatSystemRegisters(), cr0: 0x8000_0010n });
    vcpu.setRegisters(flatRegisters());
    expect(vcpu.run()).toEqual({ kind: 'run-failed', errno: 'EINVAL' });
  });

  it('are dumped in 32 bits in real mode', () => {
    const source = 'mov eax, 0xDEADBEEF\nmov bx, 0x1234\nmov ds, bx\nxor cx, cx\nstc\nhlt';
    const { dump, registers, system } = runSource(kvm, source);
    expect(cpuMode(registers, system)).toBe('real');
    expect(dump).toContain('EAX DEADBEEF  EBX 00001234  ECX 00000000  EDX 00000000');
    expect(dump).toContain('EIP 0000000F  FLAGS 00000047 [ZF PF CF IOPL=0]  mode real');
    expect(dump).toMatch(/^DS {3}1234 {2}base 00012340 {2}limit 0000FFFF {2}data 16-bit dpl 0$/m);
    expect(dump).toMatch(/^CR0 {2}00000010 \[ET\]$/m);
    expect(dump).not.toContain('R8');
  });

  it('are dumped in 32 bits in protected mode, with the segments of its tables', () => {
    const { outcome, dump, registers, system } = runSource(
      kvm,
      `${TO_PROTECTED_MODE}\nmov esi, 0x87654321\nhlt`,
    );
    expect(outcome).toEqual({ kind: 'halted' });
    expect(cpuMode(registers, system)).toBe('protected-32');
    expect(dump).toContain('ESI 87654321  EDI 00000000  EBP 00000000  ESP 00009000');
    expect(dump).toContain('mode protected-32');
    expect(dump).toMatch(/^CS {3}0008 {2}base 00000000 {2}limit FFFFFFFF {2}code 32-bit dpl 0$/m);
    expect(dump).toMatch(/^SS {3}0010 {2}base 00000000 {2}limit FFFFFFFF {2}data 32-bit dpl 0$/m);
    expect(dump).toMatch(/^GDT {8}base 00000008 {2}limit 00000017$/m);
    expect(dump).toMatch(/^IDT {8}base 00000000 {2}limit 00000000$/m);
    expect(dump).toMatch(/^CR0 {2}00000011 \[ET PE\]$/m);
  });

  it('are dumped in 64 bits in long mode', () => {
    const { outcome, dump, registers, system } = runSource(
      kvm,
      `${TO_LONG_MODE}\nmov r9, 0x123456789ABCDEF0\nmov rbx, -1\nhlt`,
    );
    expect(outcome).toEqual({ kind: 'halted' });
    expect(cpuMode(registers, system)).toBe('long-64');
    expect(dump).toContain('RBX FFFFFFFFFFFFFFFF');
    expect(dump).toContain('R9  123456789ABCDEF0');
    expect(dump).toContain('mode long-64');
    expect(dump).toMatch(/^CS {3}0008 {2}base 0{16} {2}limit [0-9A-F]{8} {2}code 64-bit dpl 0$/m);
    expect(dump).toMatch(/^CR0 {2}0000000080000011 \[PG ET PE\]$/m);
    expect(dump).toMatch(/^CR3 {2}0000000000010000$/m);
    expect(dump).toMatch(/^CR4 {2}0000000000000020 \[PAE\]$/m);
    expect(dump).toMatch(/^EFER 0000000000000500 \[LMA LME\]$/m);
  });
});
