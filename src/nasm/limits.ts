/** No file that NASM writes may grow beyond this. */
export const FILE_LIMIT_MIB = 64;
/** What NASM may allocate. It keeps the whole image in memory, `times` by `times`. */
export const MEMORY_LIMIT_MIB = 1024;
/** What NASM may print: enough for the 100,000 notes of a macro that calls itself without end. */
export const OUTPUT_LIMIT_MIB = 16;

export const MIB: number = 2 ** 20;

/**
 * Shell commands after which the kernel holds the limits (RLIMIT_FSIZE, RLIMIT_AS) for this shell and what it
 * becomes, so that a hostile source can fill neither disk nor memory. `ulimit -f` counts blocks of 512 bytes
 * (POSIX), `-v` KiB. A limit that is already lower stays.
 */
export const SET_LIMITS: string = [
  `ulimit -f ${(FILE_LIMIT_MIB * MIB) / 512} 2>/dev/null`,
  `ulimit -v ${(MEMORY_LIMIT_MIB * MIB) / 1024} 2>/dev/null`,
].join('; ');
