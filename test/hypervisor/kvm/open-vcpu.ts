import { IOCTL, type IoctlName } from '../../../src/hypervisor/kvm/ioctls.ts';
import { type Layout, StructView } from '../../../src/hypervisor/kvm/layout.ts';
import { EINTR, type Libc, loadLibc } from '../../../src/hypervisor/kvm/libc.ts';
import {
  KVM_DEBUGREGS,
  KVM_MP_STATE,
  KVM_MSR_ENTRY,
  KVM_MSRS,
  KVM_REGS,
  KVM_RUN,
  KVM_SREGS,
  KVM_VCPU_EVENTS,
  KVM_XCRS,
  KVM_XSAVE,
} from '../../../src/hypervisor/kvm/structs.ts';

/** The KVM calls of a test, in which it may leave some out, and the vCPU made last, of which it can see all. */
export interface OpenVcpu {
  libc: Libc;
  /** All that KVM tells of the vCPU made last, by the names of the calls; registers as they were last run with. */
  state(): Record<string, string>;
}

/** What a test does to the calls. */
export interface Tampering {
  /** Calls that are not made, and succeed. */
  without?: (call: IoctlName | 'madvise') => boolean;
  /** Called before each KVM_RUN, with the vCPU's `kvm_run`. */
  beforeRun?: (page: Uint8Array) => void;
  /** Calls of KVM_RUN that are not made, and seem to be interrupted. */
  withoutRun?: (page: Uint8Array) => boolean;
}

const NAMES = new Map(Object.entries(IOCTL).map(([name, request]) => [request, name as IoctlName]));

/** Reading calls that fill a structure. */
const READS: readonly (readonly [IoctlName, Layout])[] = [
  ['KVM_GET_REGS', KVM_REGS],
  ['KVM_GET_SREGS', KVM_SREGS],
  ['KVM_GET_MP_STATE', KVM_MP_STATE],
  ['KVM_GET_XCRS', KVM_XCRS],
  ['KVM_GET_XSAVE', KVM_XSAVE],
  ['KVM_GET_DEBUGREGS', KVM_DEBUGREGS],
  ['KVM_GET_VCPU_EVENTS', KVM_VCPU_EVENTS],
];

/** Where hosts have model-specific registers. */
const MSR_RANGES: readonly (readonly [first: number, behind: number])[] = [
  [0, 0x600],
  [0xc80, 0xe00],
  [0xc000_0080, 0xc000_0110],
  [0xc001_0000, 0xc001_0200],
  [0xc001_1000, 0xc001_1100],
  [0x4b56_4d00, 0x4b56_4d40],
];
const TIME_STAMP_COUNTER = 0x10;
/** XSTATE_BV (Intel SDM vol. 1, 13.4.2): which parts are not as after reset. What the host did in between shows. */
const XSTATE_BV = { start: 512, end: 520 };
const MSRS_AT_A_TIME = 255;

/** The real C library, tampered with; KVM opened with it can be looked into. */
export function openVcpu({ without, beforeRun, withoutRun }: Tampering = {}): OpenVcpu {
  const real = loadLibc();
  let fd = -1;
  let page: Uint8Array | undefined;
  let readableMsrs: number[] | undefined;
  let interrupted = false;
  const libc: Libc = {
    ...real,
    ioctl(file, request, argument) {
      interrupted = false;
      if (request === IOCTL.KVM_RUN && page !== undefined) {
        beforeRun?.(page);
        interrupted = withoutRun?.(page) === true;
        if (interrupted) return -1;
      }
      const result = real.ioctl(file, request, argument);
      if (request === IOCTL.KVM_CREATE_VCPU) fd = result;
      return result;
    },
    ioctlStruct(file, request, argument) {
      const name = NAMES.get(request);
      if (name !== undefined && without?.(name) === true) {
        return name === 'KVM_SET_MSRS' ? new StructView(KVM_MSRS, argument).get('nmsrs') : 0;
      }
      return real.ioctlStruct(file, request, argument);
    },
    madvise: (address, length, advice) =>
      without?.('madvise') === true ? 0 : real.madvise(address, length, advice),
    view(address, length) {
      const bytes = real.view(address, length);
      // The first view behind KVM_CREATE_VCPU, larger than KVM_RUN and smaller than any memory of a test.
      if (length > KVM_RUN.size && length < 0x8000) page = bytes;
      return bytes;
    },
    errno: () => (interrupted ? EINTR : real.errno()),
  };
  const read = (name: IoctlName, { size }: Layout): string => {
    const bytes = new Uint8Array(size);
    if (real.ioctlStruct(fd, IOCTL[name], bytes) < 0) throw new Error(`${name} failed`);
    if (name === 'KVM_GET_XSAVE') bytes.fill(0, XSTATE_BV.start, XSTATE_BV.end);
    return Buffer.from(bytes).toString('hex');
  };
  return {
    libc,
    state() {
      readableMsrs ??= readMsrs(real, fd, numbers(MSR_RANGES)).map(([index]) => index);
      const msrs = readMsrs(real, fd, readableMsrs);
      return Object.fromEntries([
        ...READS.map(([name, layout]) => [name, read(name, layout)]),
        ...msrs
          .filter(([index]) => index !== TIME_STAMP_COUNTER)
          .map(([index, data]) => [`MSR 0x${index.toString(16)}`, data.toString(16)]),
      ]);
    },
  };
}

function numbers(ranges: readonly (readonly [first: number, behind: number])[]): number[] {
  return ranges.flatMap(([first, behind]) => Array.from({ length: behind - first }, (_, i) => first + i));
}

/** Of these registers those that can be read, and their values. */
function readMsrs(libc: Libc, fd: number, indices: readonly number[]): [index: number, data: bigint][] {
  const found: [number, bigint][] = [];
  for (let at = 0; at < indices.length; ) {
    const chunk = indices.slice(at, at + MSRS_AT_A_TIME);
    const argument = new Uint8Array(KVM_MSRS.size + chunk.length * KVM_MSR_ENTRY.size);
    const entryAt = (i: number): StructView<keyof (typeof KVM_MSR_ENTRY)['fields']> =>
      new StructView(KVM_MSR_ENTRY, argument, KVM_MSRS.size + i * KVM_MSR_ENTRY.size);
    new StructView(KVM_MSRS, argument).set('nmsrs', chunk.length);
    for (const [i, index] of chunk.entries()) entryAt(i).set('index', index);
    const count = libc.ioctlStruct(fd, IOCTL.KVM_GET_MSRS, argument);
    if (count < 0) throw new Error('KVM_GET_MSRS failed');
    for (let i = 0; i < count; i += 1) found.push([entryAt(i).get('index'), entryAt(i).get64('data')]);
    at += count < chunk.length ? count + 1 : count;
  }
  return found;
}
