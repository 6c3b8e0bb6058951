import { IOCTL, type IoctlName } from './ioctls.ts';
import { kvmError } from './kvm-error.ts';
import { EINTR, type Libc } from './libc.ts';

/**
 * A KVM file descriptor and its ioctls. Any signal, even SIGCHLD of a child that has nothing to do with
 * KVM, makes them return EINTR: they are asked again.
 */
export class KvmFile implements Disposable {
  readonly fd: number;
  /** What errors call it: "/dev/kvm", "vm", "vcpu 0". */
  readonly name: string;
  readonly libc: Libc;
  #open = true;

  constructor(libc: Libc, fd: number, name: string) {
    this.libc = libc;
    this.fd = fd;
    this.name = name;
  }

  /**
   * The result of an ioctl, 0 or more.
   * @throws GuestkitError `kvm` naming the ioctl, the errno and this file.
   */
  ioctl(name: IoctlName, argument: number | Uint8Array): number {
    const { libc } = this;
    for (;;) {
      const result =
        typeof argument === 'number'
          ? libc.ioctl(this.fd, IOCTL[name], argument)
          : libc.ioctlStruct(this.fd, IOCTL[name], argument);
      if (result >= 0) return result;
      if (libc.errno() !== EINTR) throw kvmError(libc, name, this.name);
    }
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.libc.close(this.fd);
  }
}
