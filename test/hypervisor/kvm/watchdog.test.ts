import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Hypervisor, Vcpu, Vm } from '../../../src/hypervisor/hypervisor.ts';
import { IOCTL } from '../../../src/hypervisor/kvm/ioctls.ts';
import { EINTR, loadLibc } from '../../../src/hypervisor/kvm/libc.ts';
import { Kvm } from '../../../src/hypervisor/kvm/system.ts';
import { flatRegisters, flatSystemRegisters } from '../../../src/machine/boot-state.ts';
import { describeKvm } from '../../support/kvm.ts';
import { assemble } from '../../support/nasm.ts';
import type { SpinTask } from '../../support/spin-worker.ts';

const SPIN = 'jmp $';
/** Exits as often as a guest can, and never ends. */
const EXITING = 'again: out 0x80, al\njmp again';
const HALT = 'hlt';

/** A VM that is about to execute `source`. */
function boot(hypervisor: Hypervisor, source: string): { vm: Vm; vcpu: Vcpu } {
  const vm = hypervisor.createVm();
  vm.mapMemory(0, 0x10000).bytes.set(assemble(source));
  const vcpu = vm.createVcpu(0);
  reset(vcpu);
  return { vm, vcpu };
}

function reset(vcpu: Vcpu): void {
  vcpu.setSystemRegisters(flatSystemRegisters());
  vcpu.setRegisters(flatRegisters());
}

function waitUntilPast(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Runs a vCPU through its exits until it is interrupted; how many exits there were before. */
function exitsUntilInterrupted(vcpu: Vcpu): number {
  for (let exits = 0; ; exits += 1) {
    const event = vcpu.run();
    if (event.kind === 'interrupted') return exits;
    if (event.kind !== 'io') expect.unreachable(`ended with ${event.kind}`);
  }
}

describeKvm('the watchdog', () => {
  it('stops a guest that never exits', () => {
    using kvm = Kvm.open();
    const { vm, vcpu } = boot(kvm, SPIN);
    using _ = vm;
    for (let round = 0; round < 20; round += 1) {
      const start = performance.now();
      vcpu.interruptAfter(1);
      expect(vcpu.run()).toEqual({ kind: 'interrupted' });
      // Not an upper bound, which a busy host would break: a timer may come late, but not early.
      expect(performance.now() - start).toBeGreaterThanOrEqual(0.99);
    }
  });

  it('lets the guest go on where it was', () => {
    using kvm = Kvm.open();
    const { vm, vcpu } = boot(kvm, 'again: inc eax\njnz again\nhlt');
    using _ = vm;
    // A busy host may let a slice pass without an instruction: it counts how often EAX went on.
    let last = 0n;
    for (let grown = 0; grown < 3; ) {
      vcpu.interruptAfter(1);
      expect(vcpu.run()).toEqual({ kind: 'interrupted' });
      const { rax } = vcpu.getRegisters();
      expect(rax).toBeGreaterThanOrEqual(last);
      if (rax > last) grown += 1;
      last = rax;
    }
  });

  it('stops a guest that exits all the time', () => {
    using kvm = Kvm.open();
    const { vm, vcpu } = boot(kvm, EXITING);
    using _ = vm;
    let exits = 0;
    for (let round = 0; round < 5; round += 1) {
      vcpu.interruptAfter(5);
      exits += exitsUntilInterrupted(vcpu);
    }
    expect(exits).toBeGreaterThan(0);
  });

  it('interrupts once, and the next run if the time is over before it begins', () => {
    using kvm = Kvm.open();
    const { vm, vcpu } = boot(kvm, HALT);
    using _ = vm;
    vcpu.interruptAfter(0.01);
    waitUntilPast(0.5);
    expect(vcpu.run()).toEqual({ kind: 'interrupted' });
    expect(vcpu.run()).toEqual({ kind: 'hlt' });
  });

  it('has no time too short or too long', () => {
    using kvm = Kvm.open();
    const { vm, vcpu } = boot(kvm, SPIN);
    using _ = vm;
    for (const ms of [0, -1, 1e-9]) {
      vcpu.interruptAfter(ms);
      expect(vcpu.run()).toEqual({ kind: 'interrupted' });
    }
    vcpu.interruptAfter(1e9);
    vcpu.interruptAfter(1);
    expect(vcpu.run()).toEqual({ kind: 'interrupted' });
  });

  it('keeps a time that comes sooner than one asked for later', () => {
    using kvm = Kvm.open();
    const { vm, vcpu } = boot(kvm, SPIN);
    using _ = vm;
    vcpu.interruptAfter(1);
    vcpu.interruptAfter(60_000);
    expect(vcpu.run()).toEqual({ kind: 'interrupted' });
  });

  it('interrupts a later run once at the most for a time that nobody waited for', () => {
    using kvm = Kvm.open();
    const { vm, vcpu } = boot(kvm, HALT);
    using _ = vm;
    for (let round = 0; round < 200; round += 1) {
      vcpu.interruptAfter(0.001 * (1 + (round % 50)));
      // The signal comes before or during what follows.
      if (round % 2 === 0) waitUntilPast(0.025);
      reset(vcpu);
      const kinds = [vcpu.run().kind];
      if (kinds[0] === 'interrupted') kinds.push(vcpu.run().kind);
      expect(kinds.at(-1), `round ${round}`).toBe('hlt');
    }
  });

  it('is not taken in by signals that mean something else', async () => {
    const real = loadLibc();
    let interruptions = 0;
    using kvm = Kvm.open({
      ...real,
      ioctl(fd, request, argument) {
        const result = real.ioctl(fd, request, argument);
        if (request === IOCTL.KVM_RUN && result < 0 && real.errno() === EINTR) interruptions += 1;
        return result;
      },
    });
    const { vm, vcpu } = boot(kvm, SPIN);
    using _ = vm;
    let rounds = 0;
    // The children of a busy host may come too late for a round.
    for (; rounds < 3 || (interruptions <= rounds && rounds < 30); rounds += 1) {
      // A storm of SIGCHLD: children that end, and one that sends the signal itself.
      const storm = `i=0; while [ $i -lt 300 ]; do kill -CHLD ${process.pid} || exit; i=$((i+1)); done`;
      const children = [
        spawn('/bin/sh', ['-c', storm]),
        ...Array.from({ length: 8 }, (_, index) => spawn('/bin/sleep', [`0.0${index}`])),
      ];
      const start = performance.now();
      vcpu.interruptAfter(100);
      expect(vcpu.run()).toEqual({ kind: 'interrupted' });
      expect(performance.now() - start).toBeGreaterThanOrEqual(99);
      await Promise.all(children.map((child) => once(child, 'close')));
    }
    expect(interruptions, 'the storm reached KVM_RUN').toBeGreaterThan(rounds);
  });

  it('is shared by all who use KVM on a thread', () => {
    const first = Kvm.open();
    using second = Kvm.open();
    const { vm, vcpu } = boot(second, SPIN);
    using _ = vm;
    const other = boot(first, SPIN);
    other.vcpu.interruptAfter(1);
    expect(other.vcpu.run()).toEqual({ kind: 'interrupted' });
    other.vm[Symbol.dispose]();
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    vcpu.interruptAfter(1);
    expect(vcpu.run()).toEqual({ kind: 'interrupted' });
  });

  it('comes back after everybody closed it', () => {
    for (let round = 0; round < 3; round += 1) {
      using kvm = Kvm.open();
      const { vm, vcpu } = boot(kvm, SPIN);
      using _ = vm;
      vcpu.interruptAfter(1);
      expect(vcpu.run()).toEqual({ kind: 'interrupted' });
    }
  });
});

describeKvm('the watchdog in worker threads', () => {
  let folder: string;
  let entry: string;

  // Workers load JavaScript only, and koffi from a node_modules above them.
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'guestkit-test-'));
    entry = join(folder, 'spin-worker.mjs');
    symlinkSync(join(import.meta.dirname, '../../../node_modules'), join(folder, 'node_modules'));
    await using bundle = await rolldown({
      input: join(import.meta.dirname, '../../support/spin-worker.ts'),
      platform: 'node',
      external: /koffi/,
      transform: { target: 'node20.19' },
    });
    await bundle.write({ file: entry, format: 'esm' });
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('stops their guests while others run, each on its own thread', async () => {
    const task: SpinTask = { image: assemble(SPIN), rounds: 20, timeoutMs: 3 };
    const workers = [1, 2].map(() => new Worker(entry, { workerData: task }));
    const messages = workers.map((worker) => once(worker, 'message'));
    using kvm = Kvm.open();
    const { vm, vcpu } = boot(kvm, SPIN);
    using _ = vm;
    for (let round = 0; round < task.rounds; round += 1) {
      vcpu.interruptAfter(task.timeoutMs);
      expect(vcpu.run()).toEqual({ kind: 'interrupted' });
      await new Promise((done) => setImmediate(done));
    }
    const timeouts = Array(task.rounds).fill('timeout');
    for (const message of messages) expect(await message).toEqual([timeouts]);
  });
});
