import type { Project } from './cli.ts';

/** The marks and names of the verdicts in the order they were printed. */
export function verdicts(stdout: string): string[] {
  return Array.from(
    stdout.matchAll(/^([✓✗+-]) (asm\/\S+|other\/\S+)/gm),
    ([, mark, name]) => `${mark} ${name}`,
  );
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
