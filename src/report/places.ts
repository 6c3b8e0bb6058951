import { isAbsolute, relative, resolve } from 'node:path';
import type { TestCase } from '../golden/plan.ts';
import type { FailureReason, Verdict } from '../golden/verdict.ts';

/** A line of a file. */
export interface Place {
  file: string;
  line: number;
}

/** The line to look at first for a reason: the one that printed the wrong byte, or that says what to expect. */
export function placeOfReason(reason: FailureReason, { source, line }: TestCase): Place {
  if (reason.kind === 'golden' && reason.writtenBy !== undefined) return reason.writtenBy;
  return { file: source, line: reason.kind === 'expectation' ? reason.line : line };
}

/** The line to look at first for a verdict. */
export function placeOf(verdict: Verdict): Place {
  const { source, line } = verdict.case;
  if (verdict.status === 'failed') {
    const [first] = verdict.reasons;
    if (first !== undefined) return placeOfReason(first, verdict.case);
  }
  if (verdict.status === 'error') {
    const { place, diagnostics = [] } = verdict.error;
    if (place !== undefined) return place;
    for (const said of diagnostics) {
      if (said.severity !== 'warning' && said.line !== undefined) return { file: said.file, line: said.line };
    }
  }
  return { file: source, line };
}

/** A path of the project as a CI service shows it, from its checkout; one outside of that stays as it is. */
export function pathInWorkspace(file: string, root: string, workspace: string | undefined): string {
  const base = workspace ?? root;
  const path = relative(base, resolve(root, file));
  return path === '..' || path.startsWith('../') || isAbsolute(path) ? file : path;
}

/** The name of a source as its cases begin: `asm/echo` for `asm/echo.asm`. */
export function sourceName(source: string): string {
  return source.replace(/\.asm$/, '');
}

/** A case's name without that of its source: `two` for `asm/echo > two`. */
export function ownName({ name, source }: TestCase): string {
  const prefix = `${sourceName(source)} > `;
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
