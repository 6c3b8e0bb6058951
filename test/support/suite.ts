import type { Project } from './cli.ts';
import { exit, guest } from './guests.ts';

/** The marks and names of the verdicts in the order they were printed. */
export function verdicts(stdout: string): string[] {
  return Array.from(
    stdout.matchAll(/^([✓✗+-]) (asm\/\S+|other\/\S+)/gm),
    ([, mark, name]) => `${mark} ${name}`,
  );
}

/** The last line of a report: "2 passed, 1 failed". */
export function countsOf(stdout: string): string {
  return stdout.trimEnd().split('\n').at(-1) ?? '';
}

/** Writes guests below `asm/`, each with its golden. */
export function withGoldens(
  project: Project,
  guests: Readonly<Record<string, [source: string, golden: string]>>,
): void {
  for (const [name, [source, golden]] of Object.entries(guests)) {
    project.write(`asm/${name}.asm`, source);
    project.write(`asm/${name}.golden`, golden);
  }
}

/** Fails about every second time it runs: what it prints is a bit of the time stamp counter. */
export const FLAKY: string = guest(
  '; expect: 0',
  'rdtsc',
  'shr ax, 6',
  'and al, 1',
  "add al, '0'",
  'mov dx, 0x3F8',
  'out dx, al',
  exit(0),
);
