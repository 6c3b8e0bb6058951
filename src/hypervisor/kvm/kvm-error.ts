import { GuestkitError } from '../../errors.ts';
import { errnoName, type Libc } from './libc.ts';

const HINTS: Readonly<Record<string, string>> = {
  ENOMEM: 'The host has no memory left for the guest. Use less (--memory), or close other virtual machines.',
  EMFILE: 'This process has too many files open. Raise the limit with `ulimit -n`.',
  ENFILE: 'The system has too many files open.',
  EBUSY: 'Another hypervisor (VirtualBox, VMware) holds the CPU. Close its machines.',
  EEXIST: 'The guest-physical range is taken by another memory region.',
};

/** The error for a KVM call that failed, from the errno it left: "KVM_CREATE_VM failed: ENOMEM (/dev/kvm)". */
export function kvmError(libc: Libc, operation: string, object: string): GuestkitError {
  const name = errnoName(libc.errno());
  return new GuestkitError('kvm', `${operation} failed: ${name} (${object})`, { hint: HINTS[name] });
}
