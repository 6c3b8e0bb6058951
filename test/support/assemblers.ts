import { readdirSync, readlinkSync } from 'node:fs';

/** How many processes there are whose program is NASM and whose current folder this is. */
export function assemblersIn(folder: string): number {
  return readdirSync('/proc').filter((pid) => {
    try {
      return (
        readlinkSync(`/proc/${pid}/cwd`) === folder && readlinkSync(`/proc/${pid}/exe`).endsWith('/nasm')
      );
    } catch {
      return false;
    }
  }).length;
}
