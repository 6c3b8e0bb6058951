/** No file that NASM writes may grow beyond this. */
export const FILE_LIMIT_MIB = 64;
/** The same where its files are in memory; a build that needs more is made on disk. */
export const MEMORY_FILE_LIMIT_MIB = 2;
/** What NASM may allocate. It keeps the whole image in memory, `times` by `times`. */
export const MEMORY_LIMIT_MIB = 1024;
/** What NASM may print: enough for the 100,000 notes of a macro that calls itself without end. */
export const OUTPUT_LIMIT_MIB = 16;

/** How long one NASM may take before it is killed. NASM itself needs milliseconds; macros can loop. */
export const DEFAULT_TIMEOUT_MS = 20_000;

export const MIB: number = 2 ** 20;

/**
 * Shell commands after which the kernel holds the limits (RLIMIT_FSIZE, RLIMIT_AS, RLIMIT_CPU) for this shell
 * and what it starts, so that a hostile source can fill neither disk nor memory, and NASM ends by itself where
 * nobody is left to stop it. `ulimit -f` counts blocks of 512 bytes (POSIX), `-v` KiB, `-t` seconds. A limit
 * that is already lower stays.
 */
export function setLimits(limits: { fileMib: number; timeoutMs: number }): string {
  return [
    `ulimit -f ${(limits.fileMib * MIB) / 512}`,
    `ulimit -v ${(MEMORY_LIMIT_MIB * MIB) / 1024}`,
    `ulimit -t ${Math.ceil(limits.timeoutMs / 1000) + 1}`,
  ]
    .map((command) => `${command} 2>/dev/null`)
    .join('; ');
}
