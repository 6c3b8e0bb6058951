/** A register's named bits: the bit's number and its name. */
export type BitNames = readonly (readonly [bit: number, name: string])[];

/** EFLAGS (Intel SDM vol. 1, 3.4.3), highest first; IOPL, two bits wide, is left to {@link ioPrivilegeLevel}. */
export const RFLAGS_BITS: BitNames = [
  [21, 'ID'],
  [20, 'VIP'],
  [19, 'VIF'],
  [18, 'AC'],
  [17, 'VM'],
  [16, 'RF'],
  [14, 'NT'],
  [11, 'OF'],
  [10, 'DF'],
  [9, 'IF'],
  [8, 'TF'],
  [7, 'SF'],
  [6, 'ZF'],
  [4, 'AF'],
  [2, 'PF'],
  [0, 'CF'],
];

/** CR0 (Intel SDM vol. 3, 2.5). */
export const CR0_BITS: BitNames = [
  [31, 'PG'],
  [30, 'CD'],
  [29, 'NW'],
  [18, 'AM'],
  [16, 'WP'],
  [5, 'NE'],
  [4, 'ET'],
  [3, 'TS'],
  [2, 'EM'],
  [1, 'MP'],
  [0, 'PE'],
];

/** CR4 (Intel SDM vol. 3, 2.5). */
export const CR4_BITS: BitNames = [
  [21, 'SMAP'],
  [20, 'SMEP'],
  [18, 'OSXSAVE'],
  [17, 'PCIDE'],
  [16, 'FSGSBASE'],
  [14, 'SMXE'],
  [13, 'VMXE'],
  [12, 'LA57'],
  [11, 'UMIP'],
  [10, 'OSXMMEXCPT'],
  [9, 'OSFXSR'],
  [8, 'PCE'],
  [7, 'PGE'],
  [6, 'MCE'],
  [5, 'PAE'],
  [4, 'PSE'],
  [3, 'DE'],
  [2, 'TSD'],
  [1, 'PVI'],
  [0, 'VME'],
];

/** IA32_EFER (Intel SDM vol. 3, 2.2.1). */
export const EFER_BITS: BitNames = [
  [11, 'NXE'],
  [10, 'LMA'],
  [8, 'LME'],
  [0, 'SCE'],
];

/** The names of the bits set in `value`, in the table's order. */
export function namesOfBits(value: bigint, table: BitNames): string[] {
  return table.filter(([bit]) => ((value >> BigInt(bit)) & 1n) === 1n).map(([, name]) => name);
}

/** EFLAGS.IOPL, 0 to 3. */
export function ioPrivilegeLevel(rflags: bigint): number {
  return Number((rflags >> 12n) & 3n);
}
