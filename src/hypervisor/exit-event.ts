/**
 * Why the CPU handed control to the host, parsed once from what the hypervisor reported.
 *
 * `data` of `io` holds `size * count` bytes (`count` > 1 for string I/O) and is a window onto memory
 * shared with the hypervisor: valid until the vCPU runs again, and for `in` and `read` it is where
 * the answer is put.
 */
export type ExitEvent =
  | { kind: 'io'; direction: 'in' | 'out'; port: number; size: 1 | 2 | 4; data: Uint8Array }
  | { kind: 'mmio'; direction: 'read' | 'write'; address: number; data: Uint8Array }
  | { kind: 'hlt' }
  | { kind: 'shutdown' }
  /** The host interrupted the guest; it can go on. */
  | { kind: 'interrupted' }
  | { kind: 'debug'; rip: bigint; dr6: bigint }
  | { kind: 'fail-entry'; hardwareReason: bigint }
  | { kind: 'internal-error'; suberror: number; data: bigint[] }
  /** An exit that guestkit knows by number only, or one that reports what cannot be. */
  | { kind: 'unsupported'; exitReason: number }
  /** The hypervisor refused to go on, as KVM_RUN does with EFAULT for memory it cannot reach. */
  | { kind: 'run-failed'; errno: string };
