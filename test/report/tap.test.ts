import { describe, expect, it } from 'vitest';
import type { ReportedCase } from '../../src/report/read-case.ts';
import type { SuiteSummary } from '../../src/report/reporter.ts';
import { createTap } from '../../src/report/reporters/tap.ts';
import { oneLine } from '../../src/report/text.ts';
import {
  caseOf,
  failed,
  HOSTILE,
  OPTIONS,
  passed,
  report,
  SUITE,
  SUMMARY,
  skipped,
  summaryOf,
} from './fixtures.ts';
import { readTap, type TapDocument } from './read-tap.ts';

function tap(cases: readonly ReportedCase[], summary?: SuiteSummary): TapDocument {
  return readTap(report(createTap(OPTIONS), cases, summary));
}

describe('TAP', () => {
  it('has a point for every case, by its name', () => {
    const { planned, points } = tap(SUITE, SUMMARY);
    expect(planned).toBe(SUITE.length);
    expect(points.map(({ description }) => description)).toEqual(
      SUITE.map(({ verdict }) => oneLine(verdict.case.name)),
    );
    expect(points.map(({ ok }) => (ok ? '.' : 'F')).join('')).toBe('.FFFF.F....FFFF..');
    expect(points[7]).toMatchObject({ skip: 'needs a second UART' });
    expect(points[15]).toMatchObject({ skip: 'no disk # yet' });
  });

  it('says why in YAML, only where something is wrong', () => {
    const { points } = tap(SUITE);
    expect(points.map(({ diagnostics }) => diagnostics !== undefined)).toEqual(points.map(({ ok }) => !ok));
    expect(points[6]?.diagnostics).toEqual({
      severity: 'fail',
      at: { file: 'asm/echo.asm', line: 8 },
      duration_ms: 1.264,
      attempts: 1,
      details: [
        "asm/echo.asm:8: expected 'ready' behind line 2\n",
        '  the scan stood at line 2, column 4\n',
        "  nearest: line 3: 'reday'\n",
      ].join(''),
    });
    expect(points[2]?.diagnostics).toMatchObject({
      severity: 'error',
      at: { file: 'asm/broken.asm', line: 3 },
    });
  });

  it('cannot be broken by a name or a reason', () => {
    const names = [
      '# SKIP',
      '  x',
      '\n',
      '\\',
      '\\# TODO', // TAP's own word, which a name must not become
      'a\nnot ok 2 - b',
      '1..0',
      '  ---',
      'Bail out!',
      '...',
      '  ...',
      HOSTILE,
    ];
    const cases = names.flatMap((name) => [
      { verdict: passed({ ...caseOf('asm/a.asm'), name }), wrote: [] },
      { verdict: skipped({ ...caseOf('asm/a.asm'), name }, name), wrote: [] },
      { verdict: failed({ ...caseOf(name), name }, [{ kind: 'outcome', message: name }]), wrote: [] },
    ]);
    const { points } = tap(cases);
    expect(points.map(({ ok, skip }) => [ok, skip])).toEqual(
      names.flatMap((name) => [
        [true, undefined],
        [true, oneLine(name)],
        [false, undefined],
      ]),
    );
  });

  it('plans what was to run, and bails out', () => {
    const few = SUITE.slice(0, 2);
    const bailed = tap(few, summaryOf(few, { bailed: true, notRun: 3 }));
    expect(bailed).toMatchObject({ planned: 5, bailedOut: 'stopped by --bail after 2 of 5' });
    expect(tap([])).toMatchObject({ planned: 0, points: [], bailedOut: undefined });
  });
});
