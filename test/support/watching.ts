import type { Project } from './cli.ts';
import { prints } from './guests.ts';
import type { Running, StartOptions } from './running.ts';

/** A guest that prints its number, so that a verdict shows which content it is for. */
export function version(number: number, ending?: string, comment?: string): string {
  return prints(`version ${number}\n`, ending, comment);
}

/** Starts `guestkit watch FILES`. */
export async function watching(
  project: Project,
  files: readonly string[],
  options: StartOptions = {},
): Promise<Running> {
  const running = project.start(['watch', ...files], options);
  await running.sees('watching ');
  return running;
}

/** The numbers of the versions that verdicts were shown for, in order. */
export function shownVersions(stdout: string): number[] {
  return Array.from(stdout.matchAll(/\| version (\d+)$/gm), ([, number]) => Number(number));
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
