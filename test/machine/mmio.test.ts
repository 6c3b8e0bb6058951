import { afterAll, beforeAll, expect, it } from 'vitest';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { Machine } from '../../src/machine/machine.ts';
import { runSource } from '../support/guest.ts';
import { describeKvm } from '../support/kvm.ts';
import { assemble } from '../support/nasm.ts';

describeKvm('addresses without memory', () => {
  let kvm: Kvm;
  beforeAll(() => {
    kvm = Kvm.open();
  });
  afterAll(() => kvm[Symbol.dispose]());

  it('read all ones and swallow writes, which are listed', () => {
    const source = `
      mov ax, 0xC000
      mov es, ax
      mov byte [es:0x10], 0x12
      mov word [es:0x20], 0x3456
      mov dword [es:0x30], 0x789ABCDE
      mov bl, [es:0x10]
      mov cx, [es:0x20]
      mov esi, [es:0x30]
      hlt`;
    const { outcome, registers, mmio, ports } = runSource(kvm, source);
    expect(outcome).toEqual({ kind: 'halted' });
    expect([registers.rbx, registers.rcx, registers.rsi]).toEqual([0xffn, 0xffffn, 0xffffffffn]);
    expect(mmio).toEqual([
      { direction: 'write', address: 0xc0010, size: 1, value: 0x12n, count: 1 },
      { direction: 'write', address: 0xc0020, size: 2, value: 0x3456n, count: 1 },
      { direction: 'write', address: 0xc0030, size: 4, value: 0x789abcden, count: 1 },
      { direction: 'read', address: 0xc0010, size: 1, value: 0xffn, count: 1 },
      { direction: 'read', address: 0xc0020, size: 2, value: 0xffffn, count: 1 },
      { direction: 'read', address: 0xc0030, size: 4, value: 0xffffffffn, count: 1 },
    ]);
    expect(ports).toEqual([]);
  });

  it.each([
    ['0xA0000, where a VGA has its graphics', 0xa000, false],
    ['0xB8000, its text', 0xb800, true],
    ['0xC0000, adapters', 0xc000, false],
    ['0xF0000, the firmware', 0xf000, true],
    ['0x90000, conventional memory', 0x9000, true],
  ])('are not memory, and the others are: %s', (_, segment, memory) => {
    const { registers } = runSource(
      kvm,
      `mov ax, ${segment}\nmov es, ax\nmov byte [es:0], 0x5A\nmov bl, [es:0]\nhlt`,
    );
    expect(registers.rbx).toBe(memory ? 0x5an : 0xffn);
  });

  it('begin and end between two bytes of one access', () => {
    // The last byte of conventional memory and the first of nobody's.
    const source =
      'mov ax, 0x9000\nmov es, ax\nmov byte [es:0xFFFF], 0x11\nmov ax, 0x9FFF\nmov es, ax\nmov bx, [es:0xF]\nhlt';
    expect(runSource(kvm, source).registers.rbx).toBe(0xff11n);
  });

  it('reach a device that is there', () => {
    using machine = new Machine(kvm);
    const written: [number, number[]][] = [];
    machine.mmio.attach({
      name: 'register',
      base: 0xd0000,
      length: 0x100,
      width: 4,
      device: {
        read: (offset, data) => data.fill(offset),
        write: (offset, data) => written.push([offset, [...data]]),
        reset: () => undefined,
      },
    });
    const source = 'mov ax, 0xD000\nmov es, ax\nmov dword [es:0x40], 0x04030201\nmov ebx, [es:0x50]\nhlt';
    machine.memory.load(assemble(source), 0);
    expect(machine.run({ timeoutMs: 5000 })).toEqual({ kind: 'halted' });
    expect(written).toEqual([[0x40, [1, 2, 3, 4]]]);
    expect(machine.getRegisters().rbx).toBe(0x50505050n);
  });

  it('can be run into', () => {
    // What is fetched there depends on the host: it ends as a crash or goes on, but it ends.
    const { outcome } = runSource(kvm, 'jmp 0xC000:0', { timeoutMs: 50 });
    expect(['crashed', 'timeout', 'halted', 'exited']).toContain(outcome.kind);
  });
});
