import type { Outcome } from '../machine/outcome.ts';

/** The endings that a test case can ask for; nobody can ask for the host's own stop. */
export type ExpectableKind = Exclude<Outcome['kind'], 'stopped'>;

/** What settings such as `exit=3 timeout=500ms` say. What they do not say is absent. */
export interface Settings {
  /** The byte the guest must write to the exit port. */
  exit?: number;
  outcome?: ExpectableKind;
  timeoutMs?: number;
  memoryBytes?: number;
  /** What the serial port receives. */
  input?: Uint8Array;
  /** Why the case is not to be run. */
  skip?: string;
}

/** `; expect: text`, `; expect-not: text` or `; expect-re: regex`: what the serial output must or must not hold. */
export interface Expectation {
  kind: 'text' | 'not' | 'regex';
  /** The text as it is looked for, or the source of the regular expression (ECMAScript, flags `m` and `u`). */
  pattern: string;
  /** The line of the source, from 1. */
  line: number;
}

/** A number, or the address or value of a symbol of the image plus a number. */
export interface Operand {
  symbol: string | undefined;
  offset: number;
}

/** A place in memory (linear address) and how wide it is; `bytes` is as long as its value. */
export interface MemoryOperand {
  at: Operand;
  width: 'byte' | 'word' | 'dword' | 'bytes';
}

/** One `place=value` of a routine test. Places: a register (`ax`, `dl`, `esi`, `ds`), a flag (`cf`), memory. */
export type Assignment =
  | { kind: 'register'; name: string; value: Operand; text: string }
  | { kind: 'flag'; name: string; value: 0 | 1; text: string }
  | { kind: 'memory'; place: MemoryOperand; value: Operand | Uint8Array; text: string };

/**
 * `; test: itoa ax=42 di=buffer -> [buffer]="42" cx=2 cf=0`: calls a label with registers, flags and memory
 * set, and looks at them after its RET. `text` is each assignment as it is written.
 */
export interface RoutineCall {
  label: string;
  inputs: readonly Assignment[];
  results: readonly Assignment[];
  /** `serial="..."` among the results: all that the routine prints. */
  prints: Uint8Array | undefined;
}

/** One test case of a source, as its comments describe it. */
export interface CasePlan {
  /** What follows `case:`, the whole call of a `test:`; empty for the source itself. Unique in its source. */
  name: string;
  /** Where it is declared, from 1; 1 for the source itself. */
  line: number;
  /** With what the source says for all of its cases. */
  settings: Settings;
  /** In the order of the source; those before the first `case:` belong to every case, first. */
  expectations: readonly Expectation[];
  /** `undefined`: the guest runs from its first byte. */
  call: RoutineCall | undefined;
}

/** All that the comments of a source say. Plain data: it is sent to workers and kept on disk. */
export interface SourcePlan {
  /** What `; guestkit:` says for all of its cases. */
  settings: Settings;
  /**
   * The test cases in the order of the source. A source without `case:` and `test:` has one, itself; a source
   * with `test:` alone has itself only where `expect:`, `exit=` or `outcome=` asks for it (`whole` tells).
   */
  cases: readonly CasePlan[];
  /**
   * The source itself as a case, to be run as well when it has a golden though only `test:` lines are there;
   * `undefined` when it is among `cases` already, or `case:` blocks take its place.
   */
  whole: CasePlan | undefined;
  /** Whether a comment says what to expect (`expect*:`, `case:`, `test:`, `exit=`, `outcome=`). */
  hasExpectations: boolean;
  /** Whether there is a `; guestkit:`, `case:`, `test:` or `expect*:` comment at all. */
  hasDirectives: boolean;
}

/** A test case of a project. */
export interface TestCase {
  /** `asm/uart/echo`, or with the name of a case of that source `asm/uart/echo > two`. */
  name: string;
  /** The path of the source below the project's root, with slashes. */
  source: string;
  /** The line of the source that declares it. */
  line: number;
  /** The path of its goldens without their suffixes: `asm/uart/echo`, `asm/uart/echo.two`. */
  stem: string;
}
