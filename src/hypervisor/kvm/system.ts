import { GuestkitError } from '../../errors.ts';
import type { Hypervisor } from '../hypervisor.ts';
import { KvmFile } from './file.ts';
import { KvmHost } from './host.ts';
import { CAPABILITIES, KVM_API_VERSION } from './ioctls.ts';
import { errnoName, type Libc, loadLibc, O_CLOEXEC, O_RDWR } from './libc.ts';
import { KvmVm } from './vm.ts';
import { Watchdog } from './watchdog.ts';

/** Where KVM is. */
export const KVM_DEVICE = '/dev/kvm';

/** `/dev/kvm`, opened on this thread (KVM API, system ioctls). */
export class Kvm implements Hypervisor {
  readonly #file: KvmFile;
  readonly #host: KvmHost;
  #open = true;

  private constructor(file: KvmFile, host: KvmHost) {
    this.#file = file;
    this.#host = host;
  }

  /**
   * Opens KVM and checks that it can do what guestkit needs.
   * @throws GuestkitError `host` when KVM is missing, forbidden or too old, with what to do about it.
   */
  static open(libc: Libc = loadLibc(), device: string = KVM_DEVICE): Kvm {
    const fd = libc.open(device, O_RDWR | O_CLOEXEC);
    if (fd < 0) throw cannotOpen(device, errnoName(libc.errno()));
    const file = new KvmFile(libc, fd, device);
    try {
      checkApi(file);
      const vcpuMapSize = file.ioctl('KVM_GET_VCPU_MMAP_SIZE', 0);
      return new Kvm(file, new KvmHost(file, vcpuMapSize, Watchdog.acquire(libc)));
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
  }

  createVm(): KvmVm {
    const fd = this.#file.ioctl('KVM_CREATE_VM', 0);
    return new KvmVm(new KvmFile(this.#file.libc, fd, 'vm'), this.#host);
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#host.watchdog[Symbol.dispose]();
    this.#file[Symbol.dispose]();
  }
}

function checkApi(file: KvmFile): void {
  let version: number;
  try {
    version = file.ioctl('KVM_GET_API_VERSION', 0);
  } catch (cause) {
    throw new GuestkitError('host', `${file.name} is not KVM: it does not answer KVM_GET_API_VERSION`, {
      hint: 'Something else is at this path. In a container pass --device /dev/kvm; elsewhere remove it and load the module again.',
      cause,
    });
  }
  if (version !== KVM_API_VERSION) {
    throw new GuestkitError(
      'host',
      `${file.name} speaks KVM API version ${version}, not ${KVM_API_VERSION}`,
      {
        hint: 'Every Linux since 2.6.22 has version 12; this kernel cannot be used.',
      },
    );
  }
  for (const [name, number] of Object.entries(CAPABILITIES)) {
    if (file.ioctl('KVM_CHECK_EXTENSION', number) > 0) continue;
    throw new GuestkitError('host', `this kernel's KVM lacks ${name}`, {
      hint: 'guestkit needs Linux 4.17 or newer.',
    });
  }
}

function cannotOpen(device: string, errno: string): GuestkitError {
  const message = `cannot open ${device}: ${errno}`;
  if (errno === 'EACCES' || errno === 'EPERM') {
    return new GuestkitError('host', message, {
      hint: 'You may not use KVM. Join its group and log in again: sudo usermod -aG kvm "$USER". In a container, also pass --device /dev/kvm.',
    });
  }
  return new GuestkitError('host', message, {
    hint: [
      'KVM is not there. Load its module (sudo modprobe kvm_intel, or kvm_amd) and switch on VT-x or AMD-V in the firmware;',
      'in a virtual machine switch on nested virtualisation; in a container pass --device /dev/kvm.',
      '`guestkit doctor` tells more.',
    ].join(' '),
  });
}
