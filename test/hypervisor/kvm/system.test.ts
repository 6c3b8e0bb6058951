import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { GuestkitError } from '../../../src/errors.ts';
import { CAPABILITIES, IOCTL } from '../../../src/hypervisor/kvm/ioctls.ts';
import { errnoName, type Libc, loadLibc } from '../../../src/hypervisor/kvm/libc.ts';
import { POSIX } from '../../../src/hypervisor/kvm/posix.ts';
import { Kvm } from '../../../src/hypervisor/kvm/system.ts';
import { flatRegisters, flatSystemRegisters } from '../../../src/machine/boot-state.ts';
import { faultyLibc } from '../../support/faulty-libc.ts';
import { describeKvm, kvmHoldings } from '../../support/kvm.ts';
import { assemble } from '../../support/nasm.ts';

const { EACCES, EBUSY, EINTR, EINVAL, EMFILE, ENOENT, ENOMEM, EPERM } = constants.errno;
const TIMER_DELETE = `syscall ${POSIX.SYS_timer_delete}`;

/** The error that `action` ends in. */
function failure(action: () => unknown): GuestkitError {
  try {
    action();
  } catch (error) {
    if (error instanceof GuestkitError) return error;
    throw error;
  }
  return expect.unreachable('nothing was thrown');
}

/** Opens KVM, makes a VM with memory and a vCPU, makes them new, and closes it all. */
function wholeLife(libc: Libc): void {
  using kvm = Kvm.open(libc);
  using vm = kvm.createVm();
  const memory = vm.mapMemory(0, 0x10000);
  const extended = vm.mapMemory(0x100000, 0x200000);
  const vcpu = vm.createVcpu(0);
  vcpu.getRegisters();
  vcpu.getSystemRegisters();
  vm.coalesceWrites(0x3f8);
  memory.clear();
  extended.clear();
  vcpu.reset(vcpu.prepareState(flatRegisters(), flatSystemRegisters()));
}

describe('a host that has no KVM to give', () => {
  it('names a device that is not there, and how to get it', () => {
    const error = failure(() => Kvm.open(loadLibc(), '/dev/no-such-kvm'));
    expect(error).toMatchObject({ code: 'host', message: 'cannot open /dev/no-such-kvm: ENOENT' });
    expect(error.hint).toMatch(/modprobe kvm_intel.*nested virtualisation.*--device \/dev\/kvm/);
  });

  it('says when something else is at the path', () => {
    const error = failure(() => Kvm.open(loadLibc(), '/dev/null'));
    expect(error).toMatchObject({
      code: 'host',
      message: '/dev/null is not KVM: it does not answer KVM_GET_API_VERSION',
    });
    expect(error.hint).toMatch(/--device \/dev\/kvm/);
    expect(error.cause).toMatchObject({
      code: 'kvm',
      message: 'KVM_GET_API_VERSION failed: ENOTTY (/dev/null)',
    });
  });

  it.each([
    ['EACCES', EACCES],
    ['EPERM', EPERM],
  ])('tells how to get permission after %s', (name, errno) => {
    const { libc } = faultyLibc(loadLibc(), (call) => (call === 'open' ? errno : undefined));
    const error = failure(() => Kvm.open(libc));
    expect(error).toMatchObject({ code: 'host', message: `cannot open /dev/kvm: ${name}` });
    expect(error.hint).toMatch(/usermod -aG kvm/);
  });

  it('tells how to get the device after any other error', () => {
    const { libc } = faultyLibc(loadLibc(), (call) => (call === 'open' ? ENOENT : undefined));
    expect(failure(() => Kvm.open(libc)).hint).toMatch(/modprobe/);
  });
});

describeKvm('a KVM that is too old', () => {
  /** The real KVM, but one request is answered by `answer`. */
  function answering(request: number, answer: (argument: number) => number | undefined): Libc {
    const real = loadLibc();
    return {
      ...real,
      ioctl: (fd, asked, argument) =>
        (asked === request ? answer(argument) : undefined) ?? real.ioctl(fd, asked, argument),
    };
  }

  it('names the API version it speaks', () => {
    const error = failure(() => Kvm.open(answering(IOCTL.KVM_GET_API_VERSION, () => 11)));
    expect(error).toMatchObject({ code: 'host', message: '/dev/kvm speaks KVM API version 11, not 12' });
    expect(error.hint).toMatch(/2\.6\.22/);
    expect(kvmHoldings().descriptors).toEqual([]);
  });

  it.each(Object.entries(CAPABILITIES))('names %s when that is missing', (name, number) => {
    const libc = answering(IOCTL.KVM_CHECK_EXTENSION, (asked) => (asked === number ? 0 : undefined));
    const error = failure(() => Kvm.open(libc));
    expect(error).toMatchObject({ code: 'host', message: `this kernel's KVM lacks ${name}` });
    expect(error.hint).toMatch(/Linux 4\.17/);
    expect(kvmHoldings().descriptors).toEqual([]);
  });
});

describeKvm('calls of KVM that fail', () => {
  it('are asked again after EINTR, each of them', () => {
    const asked = new Map<string, number>();
    const { libc } = faultyLibc(loadLibc(), (call) => {
      if (!call.startsWith('KVM_')) return undefined;
      const times = (asked.get(call) ?? 0) + 1;
      asked.set(call, times);
      return times <= 2 ? EINTR : undefined;
    });
    wholeLife(libc);
    // KVM_RUN has its own way with EINTR: watchdog.test.ts.
    const all = Object.keys(IOCTL).filter((name) => name !== 'KVM_RUN');
    expect([...asked.keys()].sort()).toEqual(all.sort());
    expect(Math.min(...asked.values())).toBeGreaterThanOrEqual(3);
  });

  it('name the operation, the errno and the object, with a hint where there is one', () => {
    const failing = (name: string, errno: number): GuestkitError => {
      const { libc } = faultyLibc(loadLibc(), (call) => (call === name ? errno : undefined));
      return failure(() => wholeLife(libc));
    };
    expect(failing('KVM_CREATE_VM', ENOMEM)).toMatchObject({
      code: 'kvm',
      message: 'KVM_CREATE_VM failed: ENOMEM (/dev/kvm)',
      hint: expect.stringContaining('--memory'),
    });
    expect(failing('KVM_CREATE_VM', EBUSY).hint).toMatch(/VirtualBox/);
    expect(failing('KVM_CREATE_VCPU', EMFILE)).toMatchObject({
      message: 'KVM_CREATE_VCPU failed: EMFILE (vm)',
      hint: expect.stringContaining('ulimit -n'),
    });
    expect(failing('KVM_GET_REGS', EINVAL)).toMatchObject({
      message: 'KVM_GET_REGS failed: EINVAL (vcpu 0)',
      hint: undefined,
    });
    expect(failing('mmap', ENOMEM).message).toBe('mmap failed: ENOMEM (65536 bytes of guest memory)');
    expect(failing(`syscall ${POSIX.SYS_timer_create}`, constants.errno.EAGAIN)).toMatchObject({
      code: 'host',
      message: "timer_create failed: EAGAIN (the time limit's timer)",
      hint: expect.stringContaining('ulimit -i'),
    });
  });

  it.each([ENOMEM, EMFILE, EINVAL].map((errno) => [errnoName(errno), errno] as const))(
    'leave nothing open or mapped, whichever call it is: %s',
    (_, errno) => {
      const before = kvmHoldings();
      let failures = 0;
      for (let nth = 1; ; nth += 1) {
        let calls = 0;
        const faulty = faultyLibc(loadLibc(), (call) => {
          // Nobody is left to tell, and the timer would stay.
          if (call === TIMER_DELETE) return undefined;
          calls += 1;
          return calls === nth ? errno : undefined;
        });
        let error: unknown;
        try {
          wholeLife(faulty.libc);
        } catch (thrown) {
          error = thrown;
        }
        expect([...faulty.openFds, ...faulty.mapped], `after failing call ${nth}`).toEqual([]);
        if (calls < nth) break;
        expect(error, `of call ${nth}`).toBeInstanceOf(GuestkitError);
        failures += 1;
      }
      expect(failures).toBeGreaterThanOrEqual(15);
      expect(kvmHoldings()).toEqual(before);
    },
  );

  it('do not end the process, nor throw, in KVM_RUN', () => {
    const { libc } = faultyLibc(loadLibc(), (call) =>
      call === 'KVM_RUN' ? constants.errno.EFAULT : undefined,
    );
    using kvm = Kvm.open(libc);
    using vm = kvm.createVm();
    expect(vm.createVcpu(0).run()).toEqual({ kind: 'run-failed', errno: 'EFAULT' });
  });
});

describeKvm('virtual machines', () => {
  it('give back everything they took, round after round', () => {
    const before = kvmHoldings();
    const faulty = faultyLibc(loadLibc(), () => undefined);
    for (let round = 0; round < 50; round += 1) wholeLife(faulty.libc);
    expect([...faulty.openFds, ...faulty.mapped]).toEqual([]);
    expect(kvmHoldings()).toEqual(before);
  });

  it('refuse memory that overlaps', () => {
    using kvm = Kvm.open();
    using vm = kvm.createVm();
    vm.mapMemory(0, 0x10000);
    expect(failure(() => vm.mapMemory(0xf000, 0x1000))).toMatchObject({
      code: 'kvm',
      message: 'KVM_SET_USER_MEMORY_REGION failed: EEXIST (vm)',
      hint: expect.stringContaining('taken'),
    });
  });

  it('can be closed twice', () => {
    const kvm = Kvm.open();
    const vm = kvm.createVm();
    vm.createVcpu(0);
    for (let times = 0; times < 2; times += 1) vm[Symbol.dispose]();
    for (let times = 0; times < 2; times += 1) kvm[Symbol.dispose]();
    expect(kvmHoldings()).toEqual({ descriptors: [], mappings: 0, timers: 0 });
  });

  it('throw instead of touching memory that is gone', () => {
    using kvm = Kvm.open();
    const vm = kvm.createVm();
    const memory = vm.mapMemory(0, 0x1000);
    memory.bytes.set(assemble('in al, 0'));
    const vcpu = vm.createVcpu(0);
    vcpu.setSystemRegisters(flatSystemRegisters());
    vcpu.setRegisters(flatRegisters());
    // Leaves an I/O pending, which a look at the registers would have to finish first.
    expect(vcpu.run()).toMatchObject({ kind: 'io', direction: 'in', port: 0 });
    vm[Symbol.dispose]();
    expect(() => memory.bytes).toThrow('after its machine was closed');
    expect(() => vcpu.run()).toThrow('after its machine was closed');
    expect(() => vcpu.getRegisters()).toThrow('after its machine was closed');
    expect(() => vcpu.getSystemRegisters()).toThrow('after its machine was closed');
    expect(() => vcpu.setRegisters(flatRegisters())).toThrow('after its machine was closed');
    expect(() => vcpu.setSystemRegisters(flatSystemRegisters())).toThrow('after its machine was closed');
  });
});
