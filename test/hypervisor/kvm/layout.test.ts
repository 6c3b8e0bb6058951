import { beforeAll, expect, it } from 'vitest';
import { EXIT_REASONS, exitReasonName } from '../../../src/hypervisor/kvm/exit-reasons.ts';
import {
  CAPABILITIES,
  IOCTL,
  KVM_API_VERSION,
  OPTIONAL_CAPABILITIES,
} from '../../../src/hypervisor/kvm/ioctls.ts';
import { C_TYPE_SIZE, type CType, type Layout } from '../../../src/hypervisor/kvm/layout.ts';
import * as libc from '../../../src/hypervisor/kvm/libc.ts';
import {
  ITIMERSPEC,
  KERNEL_SIGSET_SIZE,
  POSIX,
  SIGEVENT,
  TIMESPEC_SIZE,
} from '../../../src/hypervisor/kvm/posix.ts';
import {
  ALL_LAYOUTS,
  KVM_COALESCED_MMIO_MAX,
  KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
  KVM_DTABLE,
  KVM_EXIT_IO_OUT,
  KVM_INTERNAL_DATA_WORDS,
  KVM_RUN,
  KVM_RUN_SYNC,
  KVM_SEGMENT,
  KVM_SREGS,
  KVM_SREGS_SEGMENTS,
  KVM_SREGS_TABLES,
  KVM_SYNC_X86_EVENTS,
  KVM_SYNC_X86_REGS,
  KVM_SYNC_X86_SREGS,
} from '../../../src/hypervisor/kvm/structs.ts';
import { describeC, runC } from '../../support/c-compiler.ts';

/** A C expression, and the value that the TypeScript declares for it. */
type Fact = [expression: string, declared: bigint | number];

const LAYOUTS: readonly Layout[] = [...ALL_LAYOUTS, SIGEVENT, ITIMERSPEC];

/** Arrays of which the layout declares the first element: their size is so many elements. */
const ARRAY_LENGTHS: Readonly<Record<string, number>> = { 'internal.data': KVM_INTERNAL_DATA_WORDS };

function layoutFacts(layout: Layout): Fact[] {
  const type = `struct ${layout.name}`;
  return [
    [`sizeof(${type})`, layout.size],
    ...Object.entries<readonly [number, CType]>(layout.fields).flatMap(
      ([field, [offset, fieldType]]): Fact[] => [
        [`offsetof(${type}, ${field})`, offset],
        [`sizeof(((${type} *)0)->${field})`, C_TYPE_SIZE[fieldType] * (ARRAY_LENGTHS[field] ?? 1)],
      ],
    ),
  ];
}

/** Structures inside another one: their offset, and that they are what the TypeScript reads there. */
function nestedFacts(outer: Layout, offsets: Readonly<Record<string, number>>, size?: number): Fact[] {
  return Object.entries(offsets).flatMap(([field, offset]): Fact[] => {
    const place: Fact = [`offsetof(struct ${outer.name}, ${field})`, offset];
    return size === undefined ? [place] : [place, [`sizeof(((struct ${outer.name} *)0)->${field})`, size]];
  });
}

function libcFacts(): Fact[] {
  const { PROT_READ_WRITE, MAP_FAILED, ...others } = libc;
  return [
    ['PROT_READ | PROT_WRITE', PROT_READ_WRITE],
    ['(uintptr_t)MAP_FAILED', MAP_FAILED],
    ...Object.entries(others).flatMap(([name, value]): Fact[] =>
      typeof value === 'number' ? [[name, value]] : [],
    ),
  ];
}

const FACTS: readonly Fact[] = [
  ...LAYOUTS.flatMap(layoutFacts),
  ...nestedFacts(KVM_SREGS, KVM_SREGS_SEGMENTS, KVM_SEGMENT.size),
  ...nestedFacts(KVM_SREGS, KVM_SREGS_TABLES, KVM_DTABLE.size),
  ...nestedFacts(KVM_RUN, KVM_RUN_SYNC),
  ...Object.entries(IOCTL),
  ...Object.entries(CAPABILITIES),
  ...Object.entries(OPTIONAL_CAPABILITIES),
  ['KVM_API_VERSION', KVM_API_VERSION],
  ['KVM_EXIT_IO_OUT', KVM_EXIT_IO_OUT],
  ['KVM_SYNC_X86_REGS', KVM_SYNC_X86_REGS],
  ['KVM_SYNC_X86_SREGS', KVM_SYNC_X86_SREGS],
  ['KVM_SYNC_X86_EVENTS', KVM_SYNC_X86_EVENTS],
  ['KVM_CPUID_FLAG_SIGNIFCANT_INDEX', KVM_CPUID_FLAG_SIGNIFCANT_INDEX],
  ['KVM_COALESCED_MMIO_MAX', KVM_COALESCED_MMIO_MAX],
  ...libcFacts(),
  ...Object.entries(POSIX),
  ['_NSIG / 8', KERNEL_SIGSET_SIZE],
  ['sizeof(struct timespec)', TIMESPEC_SIZE],
];

/** A program that prints a line for each expression; of `newer` names only those that the headers define. */
function probe(expressions: readonly string[], newer: readonly string[]): string {
  const print = (expression: string): string =>
    `  printf("%llu\\t%s\\n", (unsigned long long)(${expression}), "${expression}");`;
  return [
    '#define _GNU_SOURCE',
    '#define PAGE_SIZE 4096', // of the kernel's own headers, which <linux/kvm.h> refers to
    ...['errno.h', 'fcntl.h', 'signal.h', 'stddef.h', 'stdint.h', 'stdio.h', 'time.h'].map(
      (h) => `#include <${h}>`,
    ),
    ...['linux/kvm.h', 'sys/ioctl.h', 'sys/mman.h', 'sys/syscall.h'].map((h) => `#include <${h}>`),
    'int main(void) {',
    ...expressions.map(print),
    ...newer.flatMap((name) => [`#ifdef ${name}`, print(name), '#endif']),
    '  return 0;',
    '}',
  ].join('\n');
}

describeC('what is declared of the KVM API', () => {
  let seen: ReadonlyMap<string, bigint>;

  beforeAll(() => {
    const output = runC(
      probe(
        FACTS.map(([expression]) => expression),
        Object.keys(EXIT_REASONS),
      ),
    );
    const lines = output.trimEnd().split('\n');
    seen = new Map(
      lines.map((line) => {
        const [value = '', expression = ''] = line.split('\t');
        return [expression, BigInt(value)];
      }),
    );
  });

  it('has the sizes, offsets and numbers of the C headers', () => {
    const declared = FACTS.map(([expression, value]) => `${expression} = ${BigInt(value)}`);
    expect(declared).toEqual(FACTS.map(([expression]) => `${expression} = ${seen.get(expression)}`));
    expect(new Set(declared).size).toBeGreaterThan(150);
  });

  it('has the exit reasons of the C headers, as far as these know them', () => {
    const known = Object.entries(EXIT_REASONS).filter(([name]) => seen.has(name));
    expect(known).toEqual(known.map(([name]) => [name, Number(seen.get(name))]));
    expect(known.length, `compared: ${known.join(' ')}`).toBeGreaterThanOrEqual(30);
    // A name may be missing because it is newer than the headers, not because it is misspelt.
    const newest = Math.max(...known.map(([, number]) => number));
    const missing = Object.entries(EXIT_REASONS).filter(([name]) => !seen.has(name));
    expect(missing.filter(([, number]) => number < newest)).toEqual([]);
  });

  it('names every exit reason once', () => {
    for (const [name, number] of Object.entries(EXIT_REASONS)) expect(exitReasonName(number)).toBe(name);
    expect(exitReasonName(4096)).toBe('exit reason 4096');
    expect(exitReasonName(-1)).toBe('exit reason -1');
  });
});
