import { statSync } from 'node:fs';

/**
 * Inode, size in bytes, and times of the last change of the content and of the file itself in milliseconds:
 * what differs when a file was written or replaced. The second time no program can set, so that not even a
 * restored modification time hides a change.
 */
export type FileSignature = readonly [ino: number, size: number, mtimeMs: number, ctimeMs: number];

/**
 * File systems stamp files with the time of the last timer tick, up to this much ago: two writes within it
 * can look the same.
 */
export const CLOCK_GRAIN_MS = 20;

/** `undefined` also for a path that can lead to no file, such as one below a file or with too long a name. */
export function fileSignature(path: string): FileSignature | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? undefined : [stat.ino, stat.size, stat.mtimeMs, stat.ctimeMs];
  } catch {
    return undefined;
  }
}

export function sameSignature(one: FileSignature | undefined, other: FileSignature | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one[0] === other[0] && one[1] === other[1] && one[2] === other[2] && one[3] === other[3];
}
