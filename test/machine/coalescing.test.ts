import { afterAll, beforeAll, expect, it } from 'vitest';
import { IOCTL, OPTIONAL_CAPABILITIES } from '../../src/hypervisor/kvm/ioctls.ts';
import { type Libc, loadLibc } from '../../src/hypervisor/kvm/libc.ts';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { Machine } from '../../src/machine/machine.ts';
import { type GuestOptions, runSource } from '../support/guest.ts';
import { describeKvm } from '../support/kvm.ts';
import { assemble } from '../support/nasm.ts';

const COALESCED = { coalesceSerialAfter: 0 };
/** Puts the byte counts of a loop out: 0, 1, 2 and on, CX times. */
const COUNT = 'mov dx, 0x3F8\nxor al, al\nnext: out dx, al\ninc al\nloop next\n';

/** The real C library, which counts how often the guest is entered and the zones made. */
function counting(): { libc: Libc; count: { runs: number; zones: number } } {
  const real = loadLibc();
  const count = { runs: 0, zones: 0 };
  const libc: Libc = {
    ...real,
    ioctl(fd, request, argument) {
      if (request === IOCTL.KVM_RUN) count.runs += 1;
      return real.ioctl(fd, request, argument);
    },
    ioctlStruct(fd, request, argument) {
      if (request === IOCTL.KVM_REGISTER_COALESCED_MMIO) count.zones += 1;
      return real.ioctlStruct(fd, request, argument);
    },
  };
  return { libc, count };
}

describeKvm('serial output that is coalesced', () => {
  let kvm: Kvm;
  beforeAll(() => {
    kvm = Kvm.open();
  });
  afterAll(() => kvm[Symbol.dispose]());

  /** What a guest does, which must be the same in both ways. */
  function inBothWays(source: string, options: GuestOptions = {}): ReturnType<typeof runSource> {
    const plain = runSource(kvm, source, options);
    const coalesced = runSource(kvm, source, { ...options, ...COALESCED });
    expect(coalesced).toEqual(plain);
    return coalesced;
  }

  it.each([1, 169, 170, 171, 1000, 40_000])('is all there and in order: %i bytes', (length) => {
    const { bytes, outcome } = inBothWays(`mov cx, ${length}\n${COUNT}hlt`);
    expect(outcome).toEqual({ kind: 'halted' });
    expect(bytes).toEqual(Array.from({ length }, (_, i) => i & 0xff));
  });

  it('leaves the guest far less often', () => {
    const { libc, count } = counting();
    using counted = Kvm.open(libc);
    runSource(counted, `mov cx, 1000\n${COUNT}hlt`, COALESCED);
    expect(count.runs).toBeLessThan(50);
    count.runs = 0;
    runSource(counted, `mov cx, 1000\n${COUNT}hlt`);
    expect(count.runs).toBeGreaterThan(1000);
  });

  it.each([
    ['HLT', 'hlt'],
    ['the exit port', 'mov al, 3\nout 0x01, al'],
    ['a crash', 'lidt [none]\nlgdt [none]\nmov eax, cr0\nor al, 1\nmov cr0, eax\njmp 8:0\nnone: dq 0'],
  ])('is taken before the end by %s', (_, ending) => {
    const { bytes } = inBothWays(`mov cx, 5\n${COUNT}${ending}`);
    expect(bytes).toEqual([0, 1, 2, 3, 4]);
  });

  it('is there after a time limit, too', () => {
    const { outcome, bytes } = runSource(kvm, `mov cx, 5\n${COUNT}jmp $`, { ...COALESCED, timeoutMs: 20 });
    expect(outcome).toEqual({ kind: 'timeout', ms: 20 });
    expect(bytes).toEqual([0, 1, 2, 3, 4]);
  });

  it('is shown while the guest runs', () => {
    using machine = new Machine(kvm, COALESCED);
    machine.memory.load(assemble(`mov cx, 5\n${COUNT}jmp $`), 0);
    const shown: number[] = [];
    machine.run({ timeoutMs: 50, onSlice: () => shown.push(...machine.serial.takeNew()) });
    expect(shown).toEqual([0, 1, 2, 3, 4]);
  });

  it('keeps its place among accesses to the other registers', () => {
    inBothWays(`
      mov dx, 0x3F8
      mov al, "a"
      out dx, al
      mov dx, 0x3FB
      mov al, 0x80                      ; DLAB: what follows is the divisor
      out dx, al
      mov dx, 0x3F8
      mov al, 0x34
      out dx, al
      in al, dx                         ; reads back
      mov bl, al
      mov al, 0x56
      out dx, al
      mov dx, 0x3FB
      mov al, 0x03
      out dx, al
      mov dx, 0x3F8
      mov al, bl
      out dx, al
      mov dx, 0x3FB                     ; and the last divisor
      mov al, 0x83
      out dx, al
      mov dx, 0x3F8
      in al, dx
      mov bl, al
      mov dx, 0x3FB
      mov al, 0x03
      out dx, al
      mov dx, 0x3F8
      mov al, bl
      out dx, al
      mov dx, 0x3FC                     ; loopback: bytes come back, and nothing is sent
      mov al, 0x10
      out dx, al
      mov dx, 0x3F8
      mov al, "L"
      out dx, al
      in al, dx
      mov bl, al
      mov dx, 0x3FC
      xor al, al
      out dx, al
      mov dx, 0x3F8
      mov al, bl
      out dx, al
      hlt`);
    const order = inBothWays(
      'mov dx, 0x3F8\nmov al, "1"\nout dx, al\nout 0xE9, al\nmov al, "2"\nout dx, al\nhlt',
    );
    expect(order.text).toBe('12');
  });

  it('takes wide and string writes as ever', () => {
    inBothWays('mov dx, 0x3F8\nmov ax, 0x0141\nout dx, ax\nmov eax, 0x42\nout dx, eax\nhlt');
    inBothWays('mov cx, 500\nmov si, 0\nmov dx, 0x3F8\ncld\nrep outsb\nhlt');
    inBothWays('mov cx, 10\nmov si, 0\nmov dx, 0x3F8\ncld\nrep outsw\nhlt');
  });

  it('ends the guest at the output limit, with just so many bytes', () => {
    for (const outputLimit of [0, 1, 100, 169, 170, 1000]) {
      const { outcome, bytes } = runSource(kvm, `mov cx, 5000\n${COUNT}hlt`, { ...COALESCED, outputLimit });
      expect(outcome).toEqual({ kind: 'crashed', event: { kind: 'output-limit', bytes: outputLimit } });
      expect(bytes).toEqual(Array.from({ length: outputLimit }, (_, i) => i & 0xff));
    }
    // The limit came before the exit port did.
    const { outcome } = runSource(kvm, `mov cx, 5\n${COUNT}out 0x01, al`, { ...COALESCED, outputLimit: 4 });
    expect(outcome.kind).toBe('crashed');
    expect(inBothWays(`mov cx, 5\n${COUNT}out 0x01, al`, { outputLimit: 5 }).outcome.kind).toBe('exited');
  });

  it('begins once so much was printed by all guests of a machine, and stays', () => {
    const { libc, count } = counting();
    using counted = Kvm.open(libc);
    using machine = new Machine(counted, { coalesceSerialAfter: 250 });
    const zones = Array.from({ length: 5 }, () => {
      machine.memory.load(assemble(`mov cx, 100\n${COUNT}hlt`), 0);
      expect(machine.run({ timeoutMs: 5000 })).toEqual({ kind: 'halted' });
      expect(machine.serial.length).toBe(100);
      machine.reset();
      return count.zones;
    });
    expect(zones).toEqual([0, 0, 0, 1, 1]);
  });

  it('never begins where nobody asks for it', () => {
    const { libc, count } = counting();
    using counted = Kvm.open(libc);
    runSource(counted, `mov cx, 5000\n${COUNT}hlt`);
    expect(count.zones).toBe(0);
  });

  it.each(Object.entries(OPTIONAL_CAPABILITIES))('is plain output on a host without %s', (_, number) => {
    const { libc: real, count } = counting();
    const libc: Libc = {
      ...real,
      ioctl: (fd, request, argument) =>
        request === IOCTL.KVM_CHECK_EXTENSION && argument === number ? 0 : real.ioctl(fd, request, argument),
    };
    using old = Kvm.open(libc);
    const { bytes, outcome } = runSource(old, `mov cx, 300\n${COUNT}hlt`, COALESCED);
    expect(outcome).toEqual({ kind: 'halted' });
    expect(bytes).toHaveLength(300);
    expect(count.zones).toBe(0);
    expect(count.runs).toBeGreaterThan(300);
  });
});
