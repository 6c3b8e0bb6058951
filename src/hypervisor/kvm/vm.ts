import type { MemoryRegion, Vm } from '../hypervisor.ts';
import { KvmFile } from './file.ts';
import type { KvmHost } from './host.ts';
import { StructView } from './layout.ts';
import { Mapping } from './mapping.ts';
import { KVM_COALESCED_MMIO_ZONE, KVM_USERSPACE_MEMORY_REGION } from './structs.ts';
import { KvmVcpu } from './vcpu.ts';

/** A virtual machine (KVM API, VM ioctls). It owns its memory and its vCPUs and closes them with itself. */
export class KvmVm implements Vm {
  readonly #file: KvmFile;
  readonly #host: KvmHost;
  readonly #memory: Mapping[] = [];
  readonly #vcpus: KvmVcpu[] = [];

  constructor(file: KvmFile, host: KvmHost) {
    this.#file = file;
    this.#host = host;
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
      clear(): void {
        mapping.clear();
      },
    };
  }

  createVcpu(id: number): KvmVcpu {
    const fd = this.#file.ioctl('KVM_CREATE_VCPU', id);
    const file = new KvmFile(this.#file.libc, fd, `vcpu ${id}`);
    try {
      const vcpu = new KvmVcpu(file, this.#host);
      this.#vcpus.push(vcpu);
      return vcpu;
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
  }

  coalesceWrites(port: number): boolean {
    const ring = this.#host.coalescedRingOffset;
    if (ring === 0) return false;
    const argument = new Uint8Array(KVM_COALESCED_MMIO_ZONE.size);
    const zone = new StructView(KVM_COALESCED_MMIO_ZONE, argument);
    zone.set64('addr', BigInt(port));
    zone.set('size', 1);
    zone.set('pio', 1);
    this.#file.ioctl('KVM_REGISTER_COALESCED_MMIO', argument);
    for (const vcpu of this.#vcpus) vcpu.openRing(ring);
    return true;
  }

  [Symbol.dispose](): void {
    for (const vcpu of this.#vcpus) vcpu[Symbol.dispose]();
    this.#file[Symbol.dispose]();
    for (const mapping of this.#memory) mapping[Symbol.dispose]();
  }
}
