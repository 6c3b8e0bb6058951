import {
  type BitNames,
  CR0_BITS,
  CR4_BITS,
  EFER_BITS,
  ioPrivilegeLevel,
  namesOfBits,
  RFLAGS_BITS,
} from './flags.ts';
import {
  cpuMode,
  type DescriptorTable,
  type Registers,
  type Segment,
  type SystemRegisters,
} from './registers.ts';

const SEGMENTS = ['cs', 'ss', 'ds', 'es', 'fs', 'gs', 'tr', 'ldt'] as const;

/**
 * The CPU's registers as lines of text, in the order a person reads them: general registers, the
 * instruction pointer and flags as letters, segments with base and limit, tables, control registers.
 * Widths follow the mode: 64-bit registers show only where the guest can use them.
 */
export function registerDump(registers: Registers, system: SystemRegisters): string[] {
  const mode = cpuMode(registers, system);
  const wide = mode === 'long-64';
  const digits = wide ? 16 : 8;
  const show = (name: keyof Registers): string => {
    const label = wide ? name : name.replace(/^r(?=[a-z])/, 'e');
    return `${label.toUpperCase().padEnd(3)} ${hex(registers[name], digits)}`;
  };
  const rows: (keyof Registers)[][] = [
    ['rax', 'rbx', 'rcx', 'rdx'],
    ['rsi', 'rdi', 'rbp', 'rsp'],
  ];
  if (wide) rows.push(['r8', 'r9', 'r10', 'r11'], ['r12', 'r13', 'r14', 'r15']);
  const flags = [...namesOfBits(registers.rflags, RFLAGS_BITS), `IOPL=${ioPrivilegeLevel(registers.rflags)}`];
  return [
    ...rows.map((row) => row.map(show).join('  ')),
    `${show('rip')}  FLAGS ${hex(registers.rflags, 8)} [${flags.join(' ')}]  mode ${mode}`,
    ...SEGMENTS.map((name) => segmentLine(name, system[name], digits)),
    tableLine('gdt', system.gdt, digits),
    tableLine('idt', system.idt, digits),
    controlLine('CR0', system.cr0, digits, CR0_BITS),
    `CR2  ${hex(system.cr2, digits)}`,
    `CR3  ${hex(system.cr3, digits)}`,
    controlLine('CR4', system.cr4, digits, CR4_BITS),
    controlLine('EFER', system.efer, digits, EFER_BITS),
  ];
}

function segmentLine(name: string, segment: Segment, digits: number): string {
  const label = name.toUpperCase().padEnd(4);
  const place = `base ${hex(segment.base, digits)}  limit ${hex(BigInt(segment.limit), 8)}`;
  return `${label} ${hex(BigInt(segment.selector), 4)}  ${place}  ${segmentKind(segment)}`;
}

/** Type and size of a segment (Intel SDM vol. 3, 3.4.5): "code 32-bit dpl 0", "data 16-bit dpl 3". */
function segmentKind(segment: Segment): string {
  if (segment.unusable === 1 || segment.present === 0) return 'unusable';
  if (segment.s === 0) return `system type ${segment.type}`;
  const code = (segment.type & 8) !== 0;
  const size = code && segment.l === 1 ? '64' : segment.db === 1 ? '32' : '16';
  return `${code ? 'code' : 'data'} ${size}-bit dpl ${segment.dpl}`;
}

function tableLine(name: string, table: DescriptorTable, digits: number): string {
  return `${name.toUpperCase().padEnd(4)}       base ${hex(table.base, digits)}  limit ${hex(BigInt(table.limit), 8)}`;
}

function controlLine(name: string, value: bigint, digits: number, bits: BitNames): string {
  return `${name.padEnd(4)} ${hex(value, digits)} [${namesOfBits(value, bits).join(' ')}]`;
}

function hex(value: bigint, digits: number): string {
  return BigInt.asUintN(digits * 4, value)
    .toString(16)
    .toUpperCase()
    .padStart(digits, '0');
}
