import { readdirSync, readFileSync } from 'node:fs';

/** Waits until something is so; the test's own time limit ends a wait for what never comes. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Whether there is a process of this number that has not ended. */
export function isRunning(pid: number): boolean {
  const stat = statOf(pid);
  return stat !== undefined && stat.state !== 'Z' && stat.state !== 'X';
}

/** The shells that a process has started and that have not ended. */
export function shellsOf(pid: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((child) => {
      const stat = Number.isInteger(child) ? statOf(child) : undefined;
      return stat?.parent === pid && stat.name === 'sh' && isRunning(child);
    });
}

/** proc(5), /proc/pid/stat. */
function statOf(pid: number): { name: string; state: string; parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [, name = '', state = '', parent = ''] = /\((.*)\) (\S) (\d+)/.exec(text) ?? [];
    return { name, state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
