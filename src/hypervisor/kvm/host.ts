import type { KvmFile } from './file.ts';
import { OPTIONAL_CAPABILITIES } from './ioctls.ts';
import { PristineCpu } from './pristine.ts';
import type { Watchdog } from './watchdog.ts';

/** KVM_COALESCED_MMIO_PAGE_OFFSET and its like count in these. */
const HOST_PAGE_SIZE = 4096;

/** What the virtual machines of one {@link Kvm} share. Most of it is found out when it is first asked for. */
export class KvmHost {
  /** KVM_GET_VCPU_MMAP_SIZE. */
  readonly vcpuMapSize: number;
  readonly watchdog: Watchdog;
  readonly #system: KvmFile;
  #pristine: PristineCpu | undefined;
  #ringOffset: number | undefined;

  constructor(system: KvmFile, vcpuMapSize: number, watchdog: Watchdog) {
    this.vcpuMapSize = vcpuMapSize;
    this.watchdog = watchdog;
    this.#system = system;
  }

  /** What a new vCPU holds. @throws GuestkitError `kvm` when none can be made. */
  get pristine(): PristineCpu {
    this.#pristine ??= new PristineCpu(this.#system);
    return this.#pristine;
  }

  /** Where in a vCPU's mapping the ring of coalesced writes is; 0 where this KVM cannot coalesce port writes. */
  get coalescedRingOffset(): number {
    this.#ringOffset ??= this.#findRing();
    return this.#ringOffset;
  }

  #findRing(): number {
    const { KVM_CAP_COALESCED_MMIO, KVM_CAP_COALESCED_PIO } = OPTIONAL_CAPABILITIES;
    if (this.#system.ioctl('KVM_CHECK_EXTENSION', KVM_CAP_COALESCED_PIO) <= 0) return 0;
    const offset = this.#system.ioctl('KVM_CHECK_EXTENSION', KVM_CAP_COALESCED_MMIO) * HOST_PAGE_SIZE;
    return offset + HOST_PAGE_SIZE <= this.vcpuMapSize ? offset : 0;
  }
}
