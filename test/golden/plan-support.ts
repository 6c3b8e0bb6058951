import { DirectiveError } from '../../src/golden/directive-error.ts';
import { parseSourcePlan } from '../../src/golden/plan-parser.ts';

/** The error that reading a source as `asm/x.asm` ends with; any other error is thrown on. */
export function failureOf(source: string): DirectiveError {
  try {
    parseSourcePlan(source, 'asm/x.asm');
  } catch (error) {
    if (error instanceof DirectiveError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The same as `1:13: problem`. */
export function problemOf(source: string): string {
  return failureOf(source).message.replace(/^asm\/x\.asm:/, '');
}
