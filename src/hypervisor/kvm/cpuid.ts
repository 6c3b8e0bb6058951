import { StructView } from './layout.ts';
import { KVM_CPUID_ENTRY2, KVM_CPUID_FLAG_SIGNIFCANT_INDEX, KVM_CPUID2 } from './structs.ts';

/** CPUID leaves with an answer; all others answer zeros (Intel SDM vol. 2, CPUID). */
const LEAVES: readonly {
  function: number;
  flags?: number;
  eax?: number;
  ebx?: number;
  edx?: number;
}[] = [
  // IA32_TSC_ADJUST. KVM counts a guest's writes to the TSC there in any case, and lets the host set it back
  // only where CPUID knows it. Below the highest basic leaf, 0, guests find nothing.
  { function: 7, flags: KVM_CPUID_FLAG_SIGNIFCANT_INDEX, ebx: 1 << 1 },
  // The highest extended leaf.
  { function: 0x8000_0000, eax: 0x8000_0001 },
  // SYSCALL, NX and long mode: without the last KVM refuses to set EFER.LME.
  { function: 0x8000_0001, edx: (1 << 11) | (1 << 20) | (1 << 29) },
];

/**
 * The argument of KVM_SET_CPUID2: the same small CPU on every host. Leaf 1, and the ones it
 * brings with it, would cost each new vCPU another 90 microseconds.
 */
export function cpuidTable(): Uint8Array {
  const bytes = new Uint8Array(KVM_CPUID2.size + LEAVES.length * KVM_CPUID_ENTRY2.size);
  new StructView(KVM_CPUID2, bytes).set('nent', LEAVES.length);
  for (const [index, leaf] of LEAVES.entries()) {
    const entry = new StructView(KVM_CPUID_ENTRY2, bytes, KVM_CPUID2.size + index * KVM_CPUID_ENTRY2.size);
    entry.set('function', leaf.function);
    entry.set('flags', leaf.flags ?? 0);
    entry.set('eax', leaf.eax ?? 0);
    entry.set('ebx', leaf.ebx ?? 0);
    entry.set('edx', leaf.edx ?? 0);
  }
  return bytes;
}
