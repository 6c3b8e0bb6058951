import { cpuidTable } from './cpuid.ts';
import { KvmFile } from './file.ts';
import type { IoctlName } from './ioctls.ts';
import { kvmError } from './kvm-error.ts';
import { StructView } from './layout.ts';
import { snapshotMsrs } from './msrs.ts';
import { KVM_DEBUGREGS, KVM_MP_STATE, KVM_MSRS, KVM_VCPU_EVENTS, KVM_XCRS, KVM_XSAVE } from './structs.ts';

/**
 * What a vCPU holds, beside its registers, when it is new; the same for every one of a host. It is taken once,
 * from a vCPU made for that.
 */
export class PristineCpu {
  /** `struct kvm_vcpu_events`: nothing pending, no interrupt shadow. */
  readonly events: Uint8Array;
  readonly #steps: readonly (readonly [set: IoctlName, argument: Uint8Array, result: number])[];

  /** @param system /dev/kvm */
  constructor(system: KvmFile) {
    const { libc } = system;
    using vm = new KvmFile(libc, system.ioctl('KVM_CREATE_VM', 0), 'vm');
    using vcpu = new KvmFile(libc, vm.ioctl('KVM_CREATE_VCPU', 0), 'vcpu 0');
    vcpu.ioctl('KVM_SET_CPUID2', cpuidTable());
    const read = (get: IoctlName, { size }: { size: number }): Uint8Array => {
      const bytes = new Uint8Array(size);
      vcpu.ioctl(get, bytes);
      return bytes;
    };
    this.events = read('KVM_GET_VCPU_EVENTS', KVM_VCPU_EVENTS);
    this.#steps = [
      ['KVM_SET_MP_STATE', read('KVM_GET_MP_STATE', KVM_MP_STATE), 0],
      ['KVM_SET_XCRS', read('KVM_GET_XCRS', KVM_XCRS), 0],
      ['KVM_SET_XSAVE', read('KVM_GET_XSAVE', KVM_XSAVE), 0],
      ['KVM_SET_DEBUGREGS', read('KVM_GET_DEBUGREGS', KVM_DEBUGREGS), 0],
      ...snapshotMsrs(system, vcpu).map(
        (msrs) => ['KVM_SET_MSRS', msrs, new StructView(KVM_MSRS, msrs).get('nmsrs')] as const,
      ),
    ];
  }

  /**
   * Gives `vcpu` all of it but {@link events}, which go with the registers.
   * @throws GuestkitError `kvm` when the host refuses; then the vCPU is in between, and no use.
   */
  restore(vcpu: KvmFile): void {
    for (const [set, argument, result] of this.#steps) {
      if (vcpu.ioctl(set, argument) !== result) throw kvmError(vcpu.libc, set, vcpu.name);
    }
  }
}
