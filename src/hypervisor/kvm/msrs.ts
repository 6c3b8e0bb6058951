import type { KvmFile } from './file.ts';
import { StructView } from './layout.ts';
import { KVM_MSR_ENTRY, KVM_MSR_LIST, KVM_MSRS } from './structs.ts';

/** IA32_TIME_STAMP_COUNTER (Intel SDM vol. 4, 2.1). */
const IA32_TIME_STAMP_COUNTER = 0x10;

/**
 * What guests can write and KVM_GET_MSR_INDEX_LIST leaves out, as a first number and how many there are (Intel
 * SDM vol. 4, 2.1; KVM's own from <asm/kvm_para.h>). What a host does not have is passed over.
 */
const UNLISTED: readonly (readonly [first: number, count: number])[] = [
  [0x200, 2 * 8], // IA32_MTRR_PHYSBASEn, PHYSMASKn
  [0x250, 1], // IA32_MTRR_FIX64K_00000
  [0x258, 2], // IA32_MTRR_FIX16K_80000, A0000
  [0x268, 8], // IA32_MTRR_FIX4K_C0000 to F8000
  [0x2ff, 1], // IA32_MTRR_DEF_TYPE
  [0x400, 4 * 32], // IA32_MCi_CTL, STATUS, ADDR, MISC: every vCPU has 32 banks
  [0xc001_1029, 1], // DE_CFG of AMD
  [0x4b56_4d00, 32], // KVM's own; from 0x10 on PVM's
];

/** Numbers that KVM_GET_MSR_INDEX_LIST has room for here; hosts list about a hundred. */
const LIST_ROOM = 1024;
/** KVM takes fewer than MAX_IO_MSRS, 256, at a time. */
const MAX_AT_A_TIME = 255;

interface Msr {
  index: number;
  data: bigint;
}

/**
 * The arguments of KVM_SET_MSRS, mostly one, that take a vCPU's model-specific registers back to what they are
 * in `vcpu`, a new one: all of them that this host lets be read and written.
 *
 * The time stamp counter is put right and not back: zero stands for the VM's own count, which goes on since the
 * VM was made, and which a guest's write has left alone.
 */
export function snapshotMsrs(system: KvmFile, vcpu: KvmFile): Uint8Array[] {
  const unlisted = UNLISTED.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i));
  const asked = [...new Set([...listedMsrs(system), ...unlisted])].map((index) => ({ index, data: 0n }));
  const fresh = accepted(vcpu, 'KVM_GET_MSRS', asked);
  for (const msr of fresh) {
    if (msr.index === IA32_TIME_STAMP_COUNTER) msr.data = 0n;
  }
  return chunks(accepted(vcpu, 'KVM_SET_MSRS', fresh)).map(pack);
}

function listedMsrs(system: KvmFile): number[] {
  const argument = new Uint8Array(KVM_MSR_LIST.size + LIST_ROOM * 4);
  const list = new StructView(KVM_MSR_LIST, argument);
  list.set('nmsrs', LIST_ROOM);
  system.ioctl('KVM_GET_MSR_INDEX_LIST', argument);
  return Array.from(new Uint32Array(argument.buffer, KVM_MSR_LIST.size, list.get('nmsrs')));
}

/** The registers that `request` does not refuse, as it leaves them. It stops at each that it refuses. */
function accepted(vcpu: KvmFile, request: 'KVM_GET_MSRS' | 'KVM_SET_MSRS', msrs: readonly Msr[]): Msr[] {
  const good: Msr[] = [];
  for (let at = 0; at < msrs.length; ) {
    const chunk = msrs.slice(at, at + MAX_AT_A_TIME);
    const argument = pack(chunk);
    const count = vcpu.ioctl(request, argument);
    good.push(...unpack(argument, count));
    at += count < chunk.length ? count + 1 : count;
  }
  return good;
}

function chunks(msrs: readonly Msr[]): Msr[][] {
  const count = Math.ceil(msrs.length / MAX_AT_A_TIME);
  return Array.from({ length: count }, (_, i) => msrs.slice(i * MAX_AT_A_TIME, (i + 1) * MAX_AT_A_TIME));
}

function pack(msrs: readonly Msr[]): Uint8Array {
  const argument = new Uint8Array(KVM_MSRS.size + msrs.length * KVM_MSR_ENTRY.size);
  new StructView(KVM_MSRS, argument).set('nmsrs', msrs.length);
  for (const [i, { index, data }] of msrs.entries()) {
    const entry = entryAt(argument, i);
    entry.set('index', index);
    entry.set64('data', data);
  }
  return argument;
}

function unpack(argument: Uint8Array, count: number): Msr[] {
  return Array.from({ length: count }, (_, i) => {
    const entry = entryAt(argument, i);
    return { index: entry.get('index'), data: entry.get64('data') };
  });
}

function entryAt(argument: Uint8Array, i: number): StructView<keyof (typeof KVM_MSR_ENTRY)['fields']> {
  return new StructView(KVM_MSR_ENTRY, argument, KVM_MSRS.size + i * KVM_MSR_ENTRY.size);
}
