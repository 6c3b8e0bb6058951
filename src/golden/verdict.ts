import type { Outcome } from '../machine/outcome.ts';
import type { UnclaimedAccess } from '../machine/unclaimed.ts';
import type { Diagnostic } from '../nasm/diagnostics.ts';
import type { Channel } from './channels.ts';
import type { DiffLine } from './diff-line.ts';
import type { TestCase } from './plan.ts';

/** A line of a source, to be shown beside a failure. */
export interface SourcePlace {
  /** As it was named, or found as an include. */
  file: string;
  line: number;
  /** The line itself, without surrounding blanks. */
  text: string;
}

/** Why a case failed, ready to be printed. Plain data, as all of a verdict: it crosses threads and files. */
export type FailureReason =
  /** The ending: "timed out after 500 ms, expected to exit with 0 or halt". */
  | { kind: 'outcome'; message: string }
  /** A channel is not as its golden has it. */
  | {
      kind: 'golden';
      channel: Channel;
      /** The path of the golden. */
      path: string;
      diff: readonly DiffLine[];
      /** Where the two part: offset in bytes, and as lines and columns from 1 (columns in bytes). */
      at: { offset: number; line: number; column: number };
      /** The source line whose `out` wrote the byte at `at`, where it is known. */
      writtenBy: SourcePlace | undefined;
    }
  /** An `expect` comment is not met. `notes` say where the scan stood and what came nearest. */
  | { kind: 'expectation'; line: number; message: string; notes: readonly string[] }
  /** A routine did not do what its `test:` says: "ax is 0x0029 (41), expected 42". */
  | { kind: 'routine'; message: string };

/** A golden that is missing or another than what the guest gave, and what accepting it would write. */
export interface PendingGolden {
  channel: Channel;
  path: string;
  /** `undefined`: there is none yet. */
  expected: Uint8Array | undefined;
  actual: Uint8Array;
}

/** An error as plain data. */
export interface CaseError {
  code: string;
  message: string;
  hint: string | undefined;
  /** What NASM said, where NASM refused the source. */
  diagnostics: readonly Diagnostic[] | undefined;
  /** The place of a wrong comment, where it is one. */
  place: { file: string; line: number; column: number } | undefined;
}

/** What a person who watches a guest sees of its last run besides the verdict. */
export interface Witness {
  /** The first bytes that it printed, and how many there were; `undefined` where a golden has them. */
  printed: { start: Uint8Array; length: number } | undefined;
  /** Of a guest that did not end by itself: its registers, as lines, and accesses that no device claimed. */
  end:
    | {
        registers: readonly string[];
        unclaimedPorts: readonly UnclaimedAccess[];
        unclaimedMemory: readonly UnclaimedAccess[];
      }
    | undefined;
}

interface VerdictBase {
  case: TestCase;
  /** Of the last attempt, in milliseconds: from the guest's first instruction to its end. */
  durationMs: number;
  /** How often it ran; more than once with `--retry`, and then a pass is flaky. */
  attempts: number;
  /** Of a case that ran, where it was asked for. */
  witness?: Witness;
}

/** It ended as expected, and everything it was compared with is equal. */
export interface PassedVerdict extends VerdictBase {
  status: 'passed';
  outcome: Outcome;
}

/** It ran, and something is not as expected: one or more reasons. */
export interface FailedVerdict extends VerdictBase {
  status: 'failed';
  outcome: Outcome;
  reasons: readonly FailureReason[];
  /** What `-u` would write; empty where goldens are not the reason. */
  pending: readonly PendingGolden[];
  /** Why `-u` writes nothing all the same: it crashed, or ended another way than expected. */
  refusal: { message: string; hint: string } | undefined;
}

/** It ran and ended as expected, and there is nothing yet to compare it with. */
export interface NewVerdict extends VerdictBase {
  status: 'new';
  outcome: Outcome;
  /** Never empty. */
  pending: readonly PendingGolden[];
  refusal: { message: string; hint: string } | undefined;
}

/** Its settings say that it is not to be run. */
export interface SkippedVerdict extends VerdictBase {
  status: 'skipped';
  why: string;
}

/** It could not be built, run or compared. */
export interface ErrorVerdict extends VerdictBase {
  status: 'error';
  error: CaseError;
}

/** What became of one test case. */
export type Verdict = PassedVerdict | FailedVerdict | NewVerdict | SkippedVerdict | ErrorVerdict;
