import type { MemoryRegion, Vm } from '../hypervisor.ts';
import { KvmFile } from './file.ts';
import { StructView } from './layout.ts';
import { Mapping } from './mapping.ts';
import { KVM_USERSPACE_MEMORY_REGION } from './structs.ts';
import { KvmVcpu } from './vcpu.ts';
import type { Watchdog } from './watchdog.ts';

/** A virtual machine (KVM API, VM ioctls). It owns its memory and its vCPUs and closes them with itself. */
export class KvmVm implements Vm {
  readonly #file: KvmFile;
  readonly #vcpuMapSize: number;
  readonly #watchdog: Watchdog;
  readonly #memory: Mapping[] = [];
  readonly #vcpus: KvmVcpu[] = [];

  constructor(file: KvmFile, vcpuMapSize: number, watchdog: Watchdog) {
    this.#file = file;
    this.#vcpuMapSize = vcpuMapSize;
    this.#watchdog = watchdog;
  }

  mapMemory(address: number, size: number): MemoryRegion {
    const mapping = Mapping.anonymous(this.#file.libc, size);
    const argument = new Uint8Array(KVM_USERSPACE_MEMORY_REGION.size);
    const region = new StructView(KVM_USERSPACE_MEMORY_REGION, argument);
    region.set('slot', this.#memory.length);
    region.set64('guest_phys_addr', BigInt(address));
    region.set64('memory_size', BigInt(size));
    region.set64('userspace_addr', mapping.address);
    // Owned from here on, whatever the ioctl says.
    this.#memory.push(mapping);
    this.#file.ioctl('KVM_SET_USER_MEMORY_REGION', argument);
    return {
      address,
      size,
      get bytes(): Uint8Array {
        return mapping.bytes;
      },
    };
  }

  createVcpu(id: number): KvmVcpu {
    const fd = this.#file.ioctl('KVM_CREATE_VCPU', id);
    const file = new KvmFile(this.#file.libc, fd, `vcpu ${id}`);
    try {
      const vcpu = new KvmVcpu(file, this.#vcpuMapSize, this.#watchdog);
      this.#vcpus.push(vcpu);
      return vcpu;
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const vcpu of this.#vcpus) vcpu[Symbol.dispose]();
    this.#file[Symbol.dispose]();
    for (const mapping of this.#memory) mapping[Symbol.dispose]();
  }
}
