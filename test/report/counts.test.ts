import { describe, expect, it } from 'vitest';
import { badCases, countedCases, countVerdict, emptyCounts, standingOf } from '../../src/report/counts.ts';
import { caseOf, failed, golden, passed, pendingOf, SUITE, unwritten } from './fixtures.ts';

const A = caseOf('asm/a.asm');
const PENDING = [pendingOf('asm/a.golden', 'a', 'b'), pendingOf('asm/a.regs.golden', undefined, 'b')];
const PATHS = PENDING.map(({ path }) => path);

describe('standingOf', () => {
  const both = PATHS.map((path) => golden(path, []));

  it('is passed once every golden is written that was the only fault', () => {
    const differs = failed(A, both, { pending: PENDING });
    expect(standingOf(differs, [])).toBe('failed');
    expect(standingOf(differs, PATHS.slice(0, 1))).toBe('failed');
    expect(standingOf(differs, PATHS)).toBe('passed');
    expect(standingOf(unwritten(A), [])).toBe('new');
    expect(standingOf(unwritten(A), ['asm/a.golden'])).toBe('passed');
  });

  it('stays failed where there is another fault, or one of the goldens is not to be written', () => {
    const reasons = [...both, { kind: 'outcome', message: 'halted' } as const];
    expect(standingOf(failed(A, reasons, { pending: PENDING }), PATHS)).toBe('failed');
    const oneOnly = PENDING.slice(0, 1);
    expect(standingOf(failed(A, both, { pending: oneOnly }), PATHS.slice(0, 1))).toBe('failed');
  });
});

it('counts', () => {
  const counts = emptyCounts();
  for (const { verdict, wrote } of SUITE) countVerdict(counts, verdict, wrote);
  expect(counts).toEqual({ passed: 6, failed: 5, new: 2, error: 2, skipped: 2, flaky: 2, written: 2 });
  expect(countedCases(counts)).toBe(SUITE.length);
  expect(badCases(counts)).toBe(9);
  countVerdict(counts, passed(A));
  expect(counts.passed).toBe(7);
});
