import { now } from '../../clock.ts';
import { GuestkitError } from '../../errors.ts';
import { StructView } from './layout.ts';
import { errnoName, type Libc } from './libc.ts';
import { ITIMERSPEC, KERNEL_SIGSET_SIZE, POSIX, SIGEVENT, TIMESPEC_SIZE } from './posix.ts';

/** A real-time signal that neither libuv nor glibc uses; the kernel numbers signals from 1, masks from bit 0. */
const WATCHDOG_SIGNAL = 40;
const WATCHDOG_BIT = 1n << BigInt(WATCHDOG_SIGNAL - 1);

/**
 * The way to stop a guest that never exits. KVM_RUN holds its thread, so nothing in JavaScript can end it;
 * a POSIX timer aimed at the thread can. Its signal is blocked everywhere but inside KVM_RUN, which
 * unblocks it through KVM_SET_SIGNAL_MASK and returns EINTR (KVM API, KVM_SET_SIGNAL_MASK), so that no
 * handler, and no C code, is needed, and a signal that comes too early waits for the next KVM_RUN.
 *
 * A thread has one, shared by all who acquire it: one vCPU runs on a thread at a time. The signal stays
 * blocked there for good, since unblocked it would end the process.
 */
export class Watchdog implements Disposable {
  static #ofThread: Watchdog | undefined;

  /** This thread's watchdog; it is closed when everybody who acquired it has disposed of it. */
  static acquire(libc: Libc): Watchdog {
    Watchdog.#ofThread ??= new Watchdog(libc);
    Watchdog.#ofThread.#users += 1;
    return Watchdog.#ofThread;
  }

  readonly #libc: Libc;
  readonly #timerId: number;
  readonly #oldMask: Uint8Array = new Uint8Array(KERNEL_SIGSET_SIZE);
  readonly #set: Uint8Array = new Uint8Array(KERNEL_SIGSET_SIZE);
  readonly #zeroTime: Uint8Array = new Uint8Array(TIMESPEC_SIZE);
  readonly #spec: Uint8Array = new Uint8Array(ITIMERSPEC.size);
  readonly #specView: StructView<keyof (typeof ITIMERSPEC)['fields']> = new StructView(
    ITIMERSPEC,
    this.#spec,
  );
  #users = 0;
  #armed = false;
  /** When it fires, where it is armed: as {@link now} has it. */
  #expiry = 0;

  private constructor(libc: Libc) {
    this.#libc = libc;
    new DataView(this.#set.buffer).setBigUint64(0, WATCHDOG_BIT, true);
    const blocked = libc.syscallIntPtrPtrInt(
      POSIX.SYS_rt_sigprocmask,
      POSIX.SIG_BLOCK,
      this.#set,
      this.#oldMask,
      KERNEL_SIGSET_SIZE,
    );
    if (blocked < 0) throw watchdogError(libc, 'rt_sigprocmask');
    this.#timerId = this.#createTimer();
  }

  /** The signal mask for KVM_SET_SIGNAL_MASK: as it was on this thread, with the watchdog's signal open. */
  get runMask(): bigint {
    return new DataView(this.#oldMask.buffer).getBigUint64(0, true) & ~WATCHDOG_BIT;
  }

  /**
   * Fires once, when `ms` milliseconds have passed at the latest. A time that was set before and comes sooner
   * stays: guests that end within a slice of time need one setting of the timer together, not two each.
   */
  arm(ms: number): void {
    const expiry = now() + ms;
    if (this.#armed && this.#expiry <= expiry) return;
    if (this.#armed) this.disarm();
    // A time of zero would turn the timer off.
    const nanoseconds = Math.max(1, Math.round(ms * 1e6));
    this.#settime(Math.floor(nanoseconds / 1e9), nanoseconds % 1e9);
    this.#armed = true;
    this.#expiry = expiry;
  }

  /** Stops the timer, and takes back the signal if it is under way. */
  disarm(): void {
    if (!this.#armed) return;
    this.#settime(0, 0);
    this.#takeSignal();
    this.#armed = false;
  }

  /** After an EINTR: whether it was this watchdog's signal (then it is spent), or somebody else's. */
  fired(): boolean {
    // Taken even where nothing is armed: a signal left pending would end every KVM_RUN at once, for ever.
    const taken = this.#takeSignal();
    const fired = taken && this.#armed;
    if (fired) this.#armed = false;
    return fired;
  }

  [Symbol.dispose](): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.disarm();
    Watchdog.#ofThread = undefined;
    this.#libc.syscallInts(POSIX.SYS_timer_delete, this.#timerId, 0);
  }

  #createTimer(): number {
    const libc = this.#libc;
    const argument = new Uint8Array(SIGEVENT.size);
    const event = new StructView(SIGEVENT, argument);
    event.set('sigev_signo', WATCHDOG_SIGNAL);
    event.set('sigev_notify', POSIX.SIGEV_THREAD_ID);
    event.set('_sigev_un._tid', libc.syscallInts(POSIX.SYS_gettid, 0, 0));
    const id = new Uint8Array(4);
    if (libc.syscallIntPtrPtrInt(POSIX.SYS_timer_create, POSIX.CLOCK_MONOTONIC, argument, id, 0) < 0) {
      throw watchdogError(libc, 'timer_create');
    }
    return new DataView(id.buffer).getInt32(0, true);
  }

  #settime(seconds: number, nanoseconds: number): void {
    this.#specView.set64('it_value.tv_sec', BigInt(seconds));
    this.#specView.set64('it_value.tv_nsec', BigInt(nanoseconds));
    if (this.#libc.syscallIntIntPtrPtr(POSIX.SYS_timer_settime, this.#timerId, 0, this.#spec, null) < 0) {
      throw watchdogError(this.#libc, 'timer_settime');
    }
  }

  #takeSignal(): boolean {
    const signal = this.#libc.syscallPtrPtrPtrInt(
      POSIX.SYS_rt_sigtimedwait,
      this.#set,
      null,
      this.#zeroTime,
      KERNEL_SIGSET_SIZE,
    );
    return signal === WATCHDOG_SIGNAL;
  }
}

function watchdogError(libc: Libc, operation: string): GuestkitError {
  return new GuestkitError(
    'host',
    `${operation} failed: ${errnoName(libc.errno())} (the time limit's timer)`,
    {
      hint: 'POSIX timers are used to stop guests that never end. Raise the limit of pending signals: `ulimit -i`.',
    },
  );
}
