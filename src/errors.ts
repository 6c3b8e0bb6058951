/**
 * What kind of thing went wrong, for callers that must tell errors apart.
 *
 * - `usage`: an argument, option or file name that cannot be right
 * - `file`: a file could not be read or written
 * - `host`: this machine cannot run guests (no KVM, no permission, other CPU)
 * - `kvm`: a KVM call failed
 * - `image`: the guest's bytes cannot be loaded
 * - `nasm`: NASM is missing or could not be started
 * - `assembly`: NASM refused the source
 * - `config`: the project's settings are wrong, or could not be loaded
 * - `directive`: a `; guestkit:` comment in a guest is wrong
 */
export type ErrorCode =
  | 'usage'
  | 'file'
  | 'host'
  | 'kvm'
  | 'image'
  | 'nasm'
  | 'assembly'
  | 'config'
  | 'directive';

/** What a {@link GuestkitError} carries beside its message. */
export interface ErrorDetails {
  /** What the person can do about it: one or more full sentences. */
  hint?: string | undefined;
  /** The error this one was made from. */
  cause?: unknown;
}

/**
 * Every failure that guestkit foresees. The message says what was tried, on what and why it failed
 * ("KVM_SET_SREGS failed: EINVAL (vcpu 0)"); the hint says what to do.
 */
export class GuestkitError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'GuestkitError';
    this.code = code;
    this.hint = details.hint;
  }
}

/** What is said of an error that nobody foresaw: a mistake of guestkit's own. */
export function unforeseen(error: unknown): { message: string; hint: string } {
  return {
    message: `an error that should not happen: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    hint: 'Please report it, with the guest that brings it about.',
  };
}
