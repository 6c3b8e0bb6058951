import { readdirSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Device } from '../../src/devices/device.ts';
import { GuestkitError } from '../../src/errors.ts';
import { loadLibc } from '../../src/hypervisor/kvm/libc.ts';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { Machine } from '../../src/machine/machine.ts';
import { faultyLibc } from '../support/faulty-libc.ts';
import { prints } from '../support/guests.ts';
import { describeKvm, kvmHoldings } from '../support/kvm.ts';
import { TO_PROTECTED_MODE } from '../support/modes.ts';
import { assemble } from '../support/nasm.ts';

const HELLO = assemble(prints('Hello from a bare CPU!\n'));
const ENOMEM = 12;

describeKvm('the reuse of a machine', () => {
  let kvm: Kvm;
  beforeAll(() => {
    kvm = Kvm.open();
  });
  afterAll(() => kvm[Symbol.dispose]());

  function run(machine: Machine, source: string | Uint8Array, timeoutMs = 5000): string {
    machine.memory.load(typeof source === 'string' ? assemble(source) : source, 0);
    return machine.run({ timeoutMs }).kind;
  }

  it('leaves what was read of the earlier guest as it is', () => {
    using machine = new Machine(kvm, { coalesceSerialAfter: 0 });
    run(machine, 'mov al, "1"\nmov dx, 0x3F8\nout dx, al\nout 0xE9, al\nout 0x55, al\nhlt');
    const { bytes } = machine.serial;
    const debug = machine.debugConsole.bytes;
    const ports = machine.ports.unclaimed.list();
    const rip = machine.getRegisters().rip;
    const memory = machine.memory.read(0, 16);
    const before = JSON.stringify([
      [...bytes],
      [...debug],
      ports.map(String),
      String(rip),
      [...(memory ?? [])],
    ]);
    machine.reset();
    expect(machine.serial.bytes).toHaveLength(0);
    expect(machine.ports.unclaimed.list()).toEqual([]);
    run(machine, 'mov al, "2"\nmov dx, 0x3F8\nout dx, al\nout 0xE9, al\nout 0x66, al\nhlt');
    expect(Buffer.from(machine.serial.bytes).toString()).toBe('2');
    const after = JSON.stringify([
      [...bytes],
      [...debug],
      ports.map(String),
      String(rip),
      [...(memory ?? [])],
    ]);
    expect(after).toBe(before);
  });

  it.each([
    ['the exit port', 'out 0x01, al', true],
    ['HLT', 'hlt', true],
    ['the time limit', 'jmp $', false],
    ['a triple fault', `${TO_PROTECTED_MODE}\nud2`, false],
    ['the output limit', 'mov dx, 0x3F8\nagain: out dx, al\njmp again', false],
  ])('after an end by %s: possible is %s', (_, source, possible) => {
    using machine = new Machine(kvm, { outputLimit: 100 });
    expect(machine.reusable).toBe(true);
    run(machine, source, 20);
    expect(machine.reusable).toBe(possible);
    if (possible) machine.reset();
    else expect(() => machine.reset()).toThrow('did not end by itself');
  });

  it('is not possible after a guest that was stopped, nor while one runs', async () => {
    using machine = new Machine(kvm);
    machine.memory.load(assemble('jmp $'), 0);
    const stop = new AbortController();
    const seen: boolean[] = [];
    const onSlice = (): void => {
      seen.push(machine.reusable);
      stop.abort();
    };
    await machine.runInSlices({ timeoutMs: 60_000, signal: stop.signal, onSlice });
    expect([...seen, machine.reusable]).toEqual([false, false]);
  });

  it('is not possible after the host failed at it', () => {
    let failing = false;
    const { libc } = faultyLibc(loadLibc(), (call) =>
      failing && call === 'KVM_SET_XSAVE' ? ENOMEM : undefined,
    );
    using faulty = Kvm.open(libc);
    using machine = new Machine(faulty);
    run(machine, 'hlt');
    failing = true;
    expect(() => machine.reset()).toThrow(GuestkitError);
    expect(machine.reusable).toBe(false);
  });

  it('resets devices of others, too', () => {
    using machine = new Machine(kvm);
    let resets = 0;
    const device: Device = {
      read: (_, data) => data.fill(0),
      write: () => undefined,
      reset: () => {
        resets += 1;
      },
    };
    machine.ports.attach({ name: 'a port', base: 0x500, length: 1, width: 1, device });
    machine.mmio.attach({ name: 'a chip', base: 0xd0000, length: 4, width: 4, device });
    machine.reset();
    expect(resets).toBe(2);
  });

  it('holds no more of the kernel after 2,000 times', () => {
    const held = (): unknown => ({
      ...kvmHoldings(),
      files: readdirSync('/proc/self/fd').length,
      views: readFileSync('/proc/self/maps', 'utf8').split('\n').length,
    });
    using machine = new Machine(kvm, { memoryBytes: 0x400000, coalesceSerialAfter: 100 });
    for (let i = 0; i < 100; i += 1) {
      run(machine, HELLO);
      machine.reset();
    }
    const before = held();
    for (let i = 0; i < 2000; i += 1) {
      run(machine, HELLO);
      machine.reset();
    }
    const after = held() as Record<string, number>;
    // Node maps memory for itself now and then.
    const { views, ...rest } = before as Record<string, number>;
    expect(after).toMatchObject(rest);
    expect(after['views']).toBeLessThan((views ?? 0) + 50);
  });

  it('takes no more memory after 10,000 times', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const used = (): NodeJS.MemoryUsage => {
      collect();
      collect();
      return process.memoryUsage();
    };
    using machine = new Machine(kvm, { coalesceSerialAfter: 0 });
    const runMany = (count: number): void => {
      for (let i = 0; i < count; i += 1) {
        if (i > 0) machine.reset();
        if (run(machine, HELLO) !== 'exited' || machine.serial.length !== 23) throw new Error('not hello');
      }
      machine.reset();
    };
    runMany(1000);
    const before = used();
    runMany(9000);
    const after = used();
    expect(after.heapUsed - before.heapUsed).toBeLessThan(300_000);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(300_000);
    // 225 bytes a time, as a view would cost, are 2 MB.
    expect(after.external - before.external).toBeLessThan(300_000);
    expect(after.rss - before.rss).toBeLessThan(12 * 2 ** 20);
  });
});
