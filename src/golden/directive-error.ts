import { GuestkitError } from '../errors.ts';

/** A comment that guestkit reads and that is wrong, and where: lines and columns count from 1. */
export class DirectiveError extends GuestkitError {
  readonly file: string;
  readonly line: number;
  readonly column: number;

  constructor(file: string, line: number, column: number, problem: string, hint?: string) {
    super('directive', `${file}:${line}:${column}: ${problem}`, { hint });
    this.file = file;
    this.line = line;
    this.column = column;
  }
}

/** Throws a {@link DirectiveError} for a place of the source at hand. */
export type Fail = (at: { line: number; column: number }, problem: string, hint?: string) => never;

/** The same within one comment: `offset` is an index in its text. */
export type FailAt = (offset: number, problem: string, hint?: string) => never;
