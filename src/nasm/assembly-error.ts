import { GuestkitError } from '../errors.ts';
import type { Diagnostic } from './diagnostics.ts';

/** NASM refused a source, or was stopped at a limit while it worked on it. */
export class AssemblyError extends GuestkitError {
  /** The source as it was named. */
  readonly source: string;
  /** At least one, warnings included, in NASM's order. */
  readonly diagnostics: readonly Diagnostic[];
  /**
   * Absolute paths whose change may mend the build, the source first: its includes and, for each one that is
   * missing, every place where it would be found.
   */
  readonly dependencies: readonly string[];

  constructor(
    source: string,
    diagnostics: readonly Diagnostic[],
    dependencies: readonly string[],
    hint?: string,
  ) {
    super('assembly', summary(source, diagnostics), { hint });
    this.name = 'AssemblyError';
    this.source = source;
    this.diagnostics = diagnostics;
    this.dependencies = dependencies;
  }
}

function summary(source: string, diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity !== 'warning');
  const first = errors[0];
  if (first === undefined) return `NASM refused ${source}`;
  const place = first.line === undefined ? '' : `${first.file}:${first.line}: `;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return `NASM refused ${source}: ${place}${first.message}${more}`;
}
