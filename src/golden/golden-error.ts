import { GuestkitError } from '../errors.ts';

/** A golden that people write (registers, memory, port accesses) is wrong, and where: lines and columns count from 1. */
export class GoldenError extends GuestkitError {
  readonly file: string;
  readonly line: number;
  readonly column: number;

  constructor(file: string, line: number, column: number, problem: string, hint?: string) {
    super('file', `${file}:${line}:${column}: ${problem}`, { hint });
    this.file = file;
    this.line = line;
    this.column = column;
  }
}
