import { GuestkitError, unforeseen } from '../errors.ts';
import type { CaseError } from '../golden/verdict.ts';
import { AssemblyError } from '../nasm/assembly-error.ts';

/** Whatever was thrown as plain data, to cross threads: structured cloning drops an error's own fields. */
export function caseError(cause: unknown): CaseError {
  if (!(cause instanceof GuestkitError)) {
    return { code: 'host', ...unforeseen(cause), diagnostics: undefined, place: undefined };
  }
  return {
    code: cause.code,
    message: cause.message,
    hint: cause.hint,
    diagnostics: cause instanceof AssemblyError ? cause.diagnostics : undefined,
    place: placeOf(cause),
  };
}

/** Errors of comments and goldens know their place. */
function placeOf(error: GuestkitError): CaseError['place'] {
  if (!('file' in error && 'line' in error && 'column' in error)) return undefined;
  const { file, line, column } = error;
  if (typeof file !== 'string' || typeof line !== 'number' || typeof column !== 'number') return undefined;
  return { file, line, column };
}
