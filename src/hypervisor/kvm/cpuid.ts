import { StructView } from './layout.ts';
import { KVM_CPUID_ENTRY2, KVM_CPUID2 } from './structs.ts';

/** CPUID leaves with an answer; all others answer zeros (Intel SDM vol. 2, CPUID). */
const LEAVES: readonly { function: number; eax: number; edx: number }[] = [
  // The highest extended leaf.
  { function: 0x8000_0000, eax: 0x8000_0001, edx: 0 },
  // SYSCALL, NX and long mode: without the last KVM refuses to set EFER.LME.
  { function: 0x8000_0001, eax: 0, edx: (1 << 11) | (1 << 20) | (1 << 29) },
];

/**
 * The argument of KVM_SET_CPUID2: the same small CPU on every host. A fuller table (leaf 1 and on) would
 * cost each new vCPU another 90 microseconds.
 */
export function cpuidTable(): Uint8Array {
  const bytes = new Uint8Array(KVM_CPUID2.size + LEAVES.length * KVM_CPUID_ENTRY2.size);
  new StructView(KVM_CPUID2, bytes).set('nent', LEAVES.length);
  for (const [index, leaf] of LEAVES.entries()) {
    const entry = new StructView(KVM_CPUID_ENTRY2, bytes, KVM_CPUID2.size + index * KVM_CPUID_ENTRY2.size);
    entry.set('function', leaf.function);
    entry.set('eax', leaf.eax);
    entry.set('edx', leaf.edx);
  }
  return bytes;
}
