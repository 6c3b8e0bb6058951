import { expect, it } from 'vitest';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { InputQueue } from '../../src/machine/channels.ts';
import { runGuest } from '../../src/runner/run-guest.ts';
import { ECHO, exit, guest, prints, SPIN, TRIPLE_FAULT } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { assemble } from '../support/nasm.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

describeKvm('runGuest', () => {
  it('gives the outcome and everything printed', async () => {
    using kvm = Kvm.open();
    const image = assemble(prints('all of it', ["mov al, 'D'", 'out 0xE9, al', exit(5)].join('\n')));
    const result = await runGuest(kvm, image, { timeoutMs: 5000 });
    expect(result.outcome).toEqual({ kind: 'exited', code: 5 });
    expect(text(result.output)).toBe('all of it');
    expect(text(result.debugOutput)).toBe('D');
    expect(result).toMatchObject({ unclaimedPorts: [], unclaimedMemory: [], registers: undefined });
    expect(result.durationMs).toBeGreaterThan(0);
  });

  it('hands on every byte once, in order', async () => {
    using kvm = Kvm.open();
    const pieces: string[] = [];
    const slow = prints(
      'one',
      ['mov ecx, 300000', 'a32 loop $', "mov al, '2'", 'out dx, al', exit(0)].join('\n'),
    );
    const result = await runGuest(kvm, assemble(slow), {
      timeoutMs: 20_000,
      onOutput: (serial) => pieces.push(text(serial)),
    });
    expect(text(result.output)).toBe('one2');
    expect(pieces.join('')).toBe('one2');
    expect(pieces.length).toBeGreaterThan(1);
  });

  it('takes input as bytes, or as a queue that is filled while the guest runs', async () => {
    using kvm = Kvm.open();
    const image = assemble(ECHO);
    const bytes = await runGuest(kvm, image, { timeoutMs: 5000, input: Buffer.from('bytes!') });
    expect(text(bytes.output)).toBe('bytes');
    const queue = new InputQueue();
    const words = ['late', 'r', '!'];
    const queued = await runGuest(kvm, image, {
      timeoutMs: 20_000,
      input: queue,
      onOutput: () => queue.push(Buffer.from(words.shift() ?? '')),
    });
    expect(text(queued.output)).toBe('later');
  });

  it('reads the registers of what did not end well, else only when asked to', async () => {
    using kvm = Kvm.open();
    const crash = await runGuest(kvm, assemble(TRIPLE_FAULT), { timeoutMs: 5000 });
    expect(crash.outcome).toMatchObject({ kind: 'crashed', event: { kind: 'shutdown' } });
    expect(crash.registers?.join('\n')).toContain('CR0');
    const timeout = await runGuest(kvm, assemble(guest(SPIN)), { timeoutMs: 30 });
    expect(timeout.outcome).toEqual({ kind: 'timeout', ms: 30 });
    expect(timeout.registers).toBeDefined();
    const halted = await runGuest(kvm, assemble(guest('hlt')), { timeoutMs: 5000, registers: true });
    expect(halted).toMatchObject({ outcome: { kind: 'halted' }, registers: expect.anything() });
  });

  it('ends at the exit ports that are asked for, which no device may have', async () => {
    using kvm = Kvm.open();
    const image = assemble('mov al, 9\nout 1, al\nmov al, 4\nmov dx, 0x501\nout dx, al\n');
    const { outcome } = await runGuest(kvm, image, { timeoutMs: 5000, exitPorts: [0x501] });
    expect(outcome).toEqual({ kind: 'exited', code: 4 });
    const taken = runGuest(kvm, image, { timeoutMs: 5000, exitPorts: [0x3f8] });
    await expect(taken).rejects.toThrow('the serial port and the exit port cannot both be at 0x3f8');
  });

  it('stops at the signal', async () => {
    using kvm = Kvm.open();
    const image = assemble(guest(SPIN));
    const stop = new AbortController();
    const run = runGuest(kvm, image, { timeoutMs: 3_600_000, signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    expect((await run).outcome).toEqual({ kind: 'stopped' });
    const early = await runGuest(kvm, image, { timeoutMs: 3_600_000, signal: AbortSignal.abort() });
    expect(early.outcome).toEqual({ kind: 'stopped' });
  });

  it('refuses an image that does not fit, and closes the machine', async () => {
    using kvm = Kvm.open();
    const large = new Uint8Array(700_000);
    await expect(runGuest(kvm, large, { timeoutMs: 1000 })).rejects.toMatchObject({ code: 'image' });
    await expect(
      runGuest(kvm, new Uint8Array(5000), { timeoutMs: 1000, memoryBytes: 4096 }),
    ).rejects.toMatchObject({ code: 'image' });
  });
});
