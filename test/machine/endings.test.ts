import { afterAll, beforeAll, expect, it } from 'vitest';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { InputQueue } from '../../src/machine/channels.ts';
import { crashHint, describeOutcome } from '../../src/machine/describe-outcome.ts';
import { Machine } from '../../src/machine/machine.ts';
import { runSource } from '../support/guest.ts';
import { describeKvm } from '../support/kvm.ts';
import { TO_PROTECTED_MODE } from '../support/modes.ts';
import { assemble } from '../support/nasm.ts';

describeKvm('the end of a guest', () => {
  let kvm: Kvm;
  beforeAll(() => {
    kvm = Kvm.open();
  });
  afterAll(() => kvm[Symbol.dispose]());

  it('is HLT', () => {
    expect(runSource(kvm, 'hlt').outcome).toEqual({ kind: 'halted' });
    expect(runSource(kvm, 'sti\nhlt').outcome).toEqual({ kind: 'halted' });
  });

  it.each([0x01, 0xf4])('is a write to exit port %i, whose value is the code', (port) => {
    for (const code of [0, 1, 0x7f, 0xff]) {
      expect(runSource(kvm, `mov al, ${code}\nout ${port}, al\nhlt`).outcome).toEqual({
        kind: 'exited',
        code,
      });
    }
  });

  it('is the first write of all to an exit port', () => {
    const source = 'mov al, 3\nout 0x01, al\nmov al, 4\nout 0xF4, al\nhlt';
    expect(runSource(kvm, source).outcome).toEqual({ kind: 'exited', code: 3 });
    // One write of 16 bits to two exit ports, and a string of writes.
    const both = { exitPorts: [0x500, 0x501] };
    expect(runSource(kvm, 'mov dx, 0x500\nmov ax, 0x0605\nout dx, ax', both).outcome).toEqual({
      kind: 'exited',
      code: 5,
    });
    const string = 'mov si, codes\nmov cx, 3\nmov dx, 1\nrep outsb\nhlt\ncodes: db 7, 8, 9';
    expect(runSource(kvm, string).outcome).toEqual({ kind: 'exited', code: 7 });
  });

  it('is a wide write, of which the exit port takes its byte', () => {
    expect(runSource(kvm, 'mov ax, 0x1122\nout 0x01, ax').outcome).toEqual({ kind: 'exited', code: 0x22 });
    expect(runSource(kvm, 'mov eax, 0x11223344\nout 0, eax').outcome).toEqual({ kind: 'exited', code: 0x33 });
  });

  it('is a write to other ports where these are asked for, and to them only', () => {
    const source = 'mov al, 1\nout 0x01, al\nout 0xF4, al\nmov al, 9\nmov dx, 0x501\nout dx, al\nhlt';
    const { outcome, ports } = runSource(kvm, source, { exitPorts: [0x501] });
    expect(outcome).toEqual({ kind: 'exited', code: 9 });
    expect(ports.map(({ address }) => address)).toEqual([0x01, 0xf4]);
    expect(runSource(kvm, source, { exitPorts: [] }).outcome).toEqual({ kind: 'halted' });
  });

  it('is a triple fault, when no handler is found', () => {
    const { outcome, system, registers } = runSource(kvm, `${TO_PROTECTED_MODE}\nud2`);
    expect(outcome).toEqual({ kind: 'crashed', event: { kind: 'shutdown' } });
    expect(describeOutcome(outcome)).toBe('crashed: triple fault (KVM_EXIT_SHUTDOWN)');
    expect(system.cr0 & 1n).toBe(1n);
    expect(registers.rip).toBe(BigInt(assemble(`${TO_PROTECTED_MODE}\nud2`).length - 2));
  });

  it('is an instruction that the host cannot carry out, or none at all', () => {
    // x87 in real mode: hardware runs it, a host that emulates real mode cannot.
    const { outcome } = runSource(kvm, 'fninit\nfld1\nfistp word [0x800]\nhlt');
    if (outcome.kind === 'halted') return;
    expect(outcome).toMatchObject({ kind: 'crashed', event: { kind: 'internal-error', suberror: 1 } });
    expect(describeOutcome(outcome)).toMatch(
      /^crashed: KVM could not emulate the instruction: d9 e8( [0-9a-f]{2})* \(KVM_EXIT_INTERNAL_ERROR\)$/,
    );
    if (outcome.kind === 'crashed') expect(crashHint(outcome.event)).toMatch(/x87/);
  });

  it.each([
    ['spins', 'jmp $'],
    ['spins with interrupts on', 'sti\njmp $'],
    ['prints for ever to nobody', 'mov dx, 0x5678\nagain: out dx, al\njmp again'],
    ['waits for input for ever', 'mov dx, 0x3FD\nagain: in al, dx\ntest al, 1\njz again\nhlt'],
    ['reads memory that is not there for ever', 'mov ax, 0xC000\nmov ds, ax\nagain: mov al, [0]\njmp again'],
    [
      'writes memory that is not there for ever',
      'mov ax, 0xC000\nmov es, ax\nagain: mov [es:0], ax\njmp again',
    ],
    ['repeats a string of 64 KiB for ever', 'again: mov cx, 0xFFFF\nrep lodsb\njmp again'],
    ['spins in protected mode', `${TO_PROTECTED_MODE}\njmp $`],
  ])('is the time limit, when it %s', (_, source) => {
    const start = performance.now();
    expect(runSource(kvm, source, { timeoutMs: 25 }).outcome).toEqual({ kind: 'timeout', ms: 25 });
    expect(performance.now() - start).toBeGreaterThanOrEqual(25);
  });

  it('is the time limit at once, when there is no time', () => {
    expect(runSource(kvm, 'hlt', { timeoutMs: 0 }).outcome).toEqual({ kind: 'timeout', ms: 0 });
  });

  it('is the output limit, when it prints too much', () => {
    const forever = 'mov dx, 0x3F8\nmov al, "x"\nagain: out dx, al\njmp again';
    for (const outputLimit of [0, 1, 255, 1000]) {
      const { outcome, bytes } = runSource(kvm, forever, { outputLimit });
      expect(outcome).toEqual({ kind: 'crashed', event: { kind: 'output-limit', bytes: outputLimit } });
      expect(bytes).toEqual(Array(outputLimit).fill(0x78));
    }
    expect(runSource(kvm, forever.replace('0x3F8', '0xE9'), { outputLimit: 10 }).outcome).toMatchObject({
      event: { kind: 'output-limit' },
    });
  });

  it('is whatever comes first within one access', () => {
    const outputLimit = 0;
    const exitFirst = 'mov ax, 0x4105\nmov dx, 0x3F7\nout dx, ax';
    expect(runSource(kvm, exitFirst, { outputLimit, exitPorts: [0x3f7] }).outcome).toEqual({
      kind: 'exited',
      code: 5,
    });
    const outputFirst = 'mov ax, 0x0541\nout 0xE9, ax';
    expect(runSource(kvm, outputFirst, { outputLimit, exitPorts: [0xea] }).outcome).toMatchObject({
      kind: 'crashed',
    });
  });

  it('is not the output limit, when it prints just as much', () => {
    const source = 'mov cx, 1000\nmov dx, 0x3F8\nrep outsb\nhlt';
    expect(runSource(kvm, source, { outputLimit: 1000 }).outcome).toEqual({ kind: 'halted' });
    expect(runSource(kvm, source, { outputLimit: 999 }).outcome).toMatchObject({ kind: 'crashed' });
  });

  it('comes from outside, through the signal', async () => {
    using machine = new Machine(kvm);
    machine.memory.load(assemble('jmp $'), 0);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 5);
    expect(await machine.runInSlices({ timeoutMs: 60_000, signal: stop.signal })).toEqual({
      kind: 'stopped',
    });
  });

  it('never begins, when the signal came before', async () => {
    using machine = new Machine(kvm);
    machine.memory.load(assemble('mov dx, 0x3F8\nout dx, al\nhlt'), 0);
    const outcome = await machine.runInSlices({ timeoutMs: 60_000, signal: AbortSignal.abort() });
    expect(outcome).toEqual({ kind: 'stopped' });
    expect(machine.serial.bytes).toHaveLength(0);
  });

  it('is waited for in slices, in which output can be shown and input can come', async () => {
    const input = new InputQueue();
    using machine = new Machine(kvm, { input });
    // Says "?", waits for a byte, sends it back.
    const wait =
      'mov dx, 0x3FD\nagain: in al, dx\ntest al, 1\njz again\nmov dx, 0x3F8\nin al, dx\nout dx, al\nhlt';
    machine.memory.load(assemble(`mov dx, 0x3F8\nmov al, "?"\nout dx, al\n${wait}`), 0);
    const shown: number[] = [];
    const onSlice = (): void => {
      shown.push(...machine.serial.takeNew());
      if (shown.length > 0 && input.length === 0) input.push(Uint8Array.of(0x21));
    };
    expect(await machine.runInSlices({ timeoutMs: 60_000, onSlice })).toEqual({ kind: 'halted' });
    expect(shown).toEqual([0x3f]);
    expect([...machine.serial.takeNew()]).toEqual([0x21]);
  });
});
