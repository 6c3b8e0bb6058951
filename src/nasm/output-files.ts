import { closeSync, fstatSync, ftruncateSync, openSync, readSync, statfsSync, unlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GuestkitError } from '../errors.ts';
import { readBytes } from './input.ts';
import { FILE_LIMIT_MIB, MEMORY_FILE_LIMIT_MIB, MIB } from './limits.ts';

/** What one run of NASM writes, in the order of its descriptors. */
const NAMES = ['image', 'listing', 'rule', 'stdout', 'stderr'] as const;
export type OutputName = (typeof NAMES)[number];

/** execa takes any descriptor of this process, its types only these. */
type Inherited = 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** Behind standard input, output and error. */
const FIRST_DESCRIPTOR = 3;
/** POSIX shared memory, a tmpfs (shm_overview(7)). Writing the five to a disk costs NASM as much as its work. */
const MEMORY = '/dev/shm';
/** What must be free there: several runs at a time, each at its limit. */
const LEAST_FREE_MIB = 48;

/** A file of fewer bytes takes one call to read. */
const SMALL = 32_768;

/** Where a process that has {@link OutputFiles.descriptors} finds one of them (proc(5), /proc/self/fd). */
export function outputPath(name: OutputName): string {
  return `/proc/self/fd/${FIRST_DESCRIPTOR + NAMES.indexOf(name)}`;
}

/**
 * Files for what NASM writes. They have no name and are gone with the last process that holds them, however
 * that ends. A reader must be done with them before the next run writes them.
 */
export class OutputFiles implements Disposable {
  /** To be inherited in this order from descriptor 3 on. */
  readonly descriptors: readonly Inherited[];
  /** They take memory, not a disk, and must be smaller. */
  readonly inMemory: boolean;
  readonly #small: Buffer = Buffer.allocUnsafe(SMALL);

  private constructor(folder: string) {
    this.inMemory = folder === MEMORY;
    const opened: Inherited[] = [];
    this.descriptors = opened;
    try {
      for (const _ of NAMES) opened.push(openNameless(folder) as Inherited);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * In memory where there is room, else on disk.
   * @throws GuestkitError `file` when neither can be written
   */
  static open(): OutputFiles {
    if (!memoryHasRoom()) return OutputFiles.openOnDisk();
    try {
      return new OutputFiles(MEMORY);
    } catch {
      // Not for us.
      return OutputFiles.openOnDisk();
    }
  }

  /**
   * Among the system's temporary files.
   * @throws GuestkitError `file` when these cannot be written
   */
  static openOnDisk(): OutputFiles {
    const folder = resolve(process.getBuiltinModule('node:os').tmpdir());
    try {
      return new OutputFiles(folder);
    } catch (error) {
      throw new GuestkitError('file', `cannot make files for NASM's output in ${folder}: ${String(error)}`, {
        hint: 'Set TMPDIR to a folder that can be written.',
        cause: error,
      });
    }
  }

  /** No file may be larger. */
  get limitMib(): number {
    return this.inMemory ? MEMORY_FILE_LIMIT_MIB : FILE_LIMIT_MIB;
  }

  /** NASM does not say when there is none for a listing. */
  get hasRoom(): boolean {
    return !this.inMemory || memoryHasRoom();
  }

  /** The first `limit` bytes, which is more than {@link SMALL}. */
  read(name: OutputName, limit: number = Number.POSITIVE_INFINITY): Buffer {
    const descriptor = this.#descriptor(name);
    const count = readSync(descriptor, this.#small, 0, SMALL, 0);
    if (count < SMALL) return Buffer.from(this.#small.subarray(0, count));
    return readBytes(descriptor, Math.min(fstatSync(descriptor).size, limit));
  }

  empty(name: OutputName): void {
    ftruncateSync(this.#descriptor(name));
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.descriptors) closeSync(descriptor);
  }

  #descriptor(name: OutputName): number {
    return this.descriptors[NAMES.indexOf(name)] ?? -1;
  }
}

function memoryHasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= LEAST_FREE_MIB * MIB;
  } catch {
    return false;
  }
}

function openNameless(folder: string): number {
  const path = join(folder, `guestkit-${process.pid}-${Math.random().toString(36).slice(2)}`);
  const descriptor = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return descriptor;
}
