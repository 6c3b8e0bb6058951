/**
 * What the watchdog asks of the kernel beside KVM, by the names of <sys/syscall.h>, <time.h> and <signal.h> on
 * x86-64 Linux; `test/hypervisor/kvm/layout.test.ts` compares it with those headers.
 */
export const POSIX = {
  SYS_rt_sigprocmask: 14,
  SYS_rt_sigtimedwait: 128,
  SYS_gettid: 186,
  SYS_timer_create: 222,
  SYS_timer_settime: 223,
  SYS_timer_delete: 226,
  CLOCK_MONOTONIC: 1,
  SIG_BLOCK: 0,
  /** `sigev_notify`: the signal goes to one thread (timer_create(2)). */
  SIGEV_THREAD_ID: 4,
} as const;

/** timer_create(2): which signal the timer sends, and to whom. */
export const SIGEVENT = {
  name: 'sigevent',
  size: 64,
  fields: {
    sigev_signo: [8, 'u32'],
    sigev_notify: [12, 'u32'],
    '_sigev_un._tid': [16, 'u32'],
  },
} as const;

/** timer_settime(2): `it_interval`, which stays zero, then `it_value`. */
export const ITIMERSPEC = {
  name: 'itimerspec',
  size: 32,
  fields: {
    'it_value.tv_sec': [16, 'u64'],
    'it_value.tv_nsec': [24, 'u64'],
  },
} as const;

/** The kernel's `sigset_t`, a bit for each of 64 signals; the C library's is larger. */
export const KERNEL_SIGSET_SIZE = 8;

/** `struct timespec`, of which all zero means: do not wait. */
export const TIMESPEC_SIZE = 16;
