import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe } from 'vitest';
import { KVM_DEVICE } from '../../src/hypervisor/kvm/system.ts';

/** In the names of the tests that run on the real KVM, so that a summary can count them. */
export const KVM_LABEL = '[kvm]';

/**
 * Tests that need the real KVM. Without `/dev/kvm` they are skipped by name; where it is there and does not
 * work they fail, since a host that should run guests and cannot is a finding.
 */
export function describeKvm(name: string, body: () => void): void {
  describe.skipIf(!existsSync(KVM_DEVICE))(`${KVM_LABEL} ${name}`, body);
}

/** What this process holds of the kernel on account of KVM. */
export interface KvmHoldings {
  descriptors: string[];
  mappings: number;
  /** POSIX timers; 0 also where the kernel does not list them. */
  timers: number;
}

export function kvmHoldings(): KvmHoldings {
  const descriptors = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.includes('kvm') ? [target] : [];
    } catch {
      return []; // the descriptor of the listing itself
    }
  });
  const lines = (path: string, word: string): number =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.includes(word)).length;
  return {
    descriptors: descriptors.sort(),
    mappings: lines('/proc/self/maps', 'kvm-vcpu'),
    timers: existsSync('/proc/self/timers') ? lines('/proc/self/timers', 'ID:') : 0,
  };
}
