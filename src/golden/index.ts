/** Test cases, directives, comparing and accepting. Nothing here runs a guest. */
export { renderDiff } from './diff.ts';
export type { DiffLine } from './diff-line.ts';
export { DirectiveError, type Directives, parseDirectives } from './directives.ts';
export { parseDuration, parseSize, parseText, ValueError } from './parse-value.ts';
export { findTestCases, readDirectives, readGolden, type TestCase, testCaseOf } from './test-case.ts';
export {
  acceptGolden,
  type ExpectedOutcome,
  expectedOutcomeOf,
  type FailedVerdict,
  type FailureReason,
  type GuestRun,
  judge,
  type NewVerdict,
  type PassedVerdict,
  type Verdict,
} from './verdict.ts';
