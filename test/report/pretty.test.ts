import { describe, expect, it } from 'vitest';
import { GuestkitError } from '../../src/errors.ts';
import { testCaseOf } from '../../src/golden/test-case.ts';
import { type GuestRun, judge, type Verdict } from '../../src/golden/verdict.ts';
import type { Outcome } from '../../src/machine/outcome.ts';
import { type Counts, count, milliseconds, prettyCounts, prettyVerdict } from '../../src/report/pretty.ts';
import type { Style } from '../../src/report/style.ts';

const plain: Style = (_name, text) => text;
/** Shows where a colour begins and ends. */
const marked: Style = (name, text) => `<${name}>${text}</${name}>`;

const CASE = testCaseOf('.', 'asm/uart/echo.asm');

function run(output: string, outcome: Outcome = { kind: 'exited', code: 0 }): GuestRun {
  return { outcome, output: Buffer.from(output), durationMs: 1.26 };
}

function verdictOf(golden: string | undefined, guestRun: GuestRun): Verdict {
  return judge(CASE, {}, golden === undefined ? undefined : Buffer.from(golden), guestRun);
}

const ERROR: Verdict = {
  status: 'error',
  case: CASE,
  error: new GuestkitError('file', 'cannot read it\nsecond line', { hint: 'Do this.' }),
  durationMs: 3,
};
const SKIPPED: Verdict = { status: 'skipped', case: CASE, why: 'no disk' };

describe('prettyVerdict', () => {
  it('passed', () => {
    expect(prettyVerdict(verdictOf('x', run('x')), plain)).toEqual(['✓ asm/uart/echo 1.3 ms']);
    expect(prettyVerdict(verdictOf('x', run('x')), marked)).toEqual([
      '<green>✓</green> asm/uart/echo <dim>1.3 ms</dim>',
    ]);
  });

  it('failed by output', () => {
    const [head, legend, ...diff] = prettyVerdict(verdictOf('a\nb\n', run('a\nc\r\n')), plain);
    expect([head, legend]).toEqual(['✗ asm/uart/echo 1.3 ms', '    - expected (golden)  + actual (guest)']);
    expect(diff.slice(-3)).toEqual(['      a', '    - b', '    + c\\r']);
  });

  it('failed by outcome, by both', () => {
    const crash = run('x', { kind: 'crashed', event: { kind: 'shutdown' } });
    const message = '    crashed: triple fault (KVM_EXIT_SHUTDOWN), expected to exit with 0 or halt';
    expect(prettyVerdict(verdictOf('x', crash), plain)).toEqual(['✗ asm/uart/echo 1.3 ms', message]);
    const both = prettyVerdict(verdictOf('y', crash), plain);
    expect(both.slice(0, 3)).toEqual([
      '✗ asm/uart/echo 1.3 ms',
      message,
      '    - expected (golden)  + actual (guest)',
    ]);
  });

  it('new', () => {
    expect(prettyVerdict(verdictOf(undefined, run('x')), plain)).toEqual([
      '+ asm/uart/echo 1.3 ms',
      '    it has no golden yet; to accept what it printed: guestkit test -u asm/uart/echo.asm',
    ]);
  });

  it('skipped', () => {
    expect(prettyVerdict(SKIPPED, plain)).toEqual(['- asm/uart/echo skipped: no disk']);
  });

  it('error', () => {
    expect(prettyVerdict(ERROR, plain)).toEqual([
      '✗ asm/uart/echo',
      '    cannot read it',
      '    second line',
      '    Do this.',
    ]);
  });

  it('colours whole pieces only, so that nothing is left in colour', () => {
    for (const verdict of [verdictOf('a\n', run('b\n')), ERROR, SKIPPED]) {
      for (const line of prettyVerdict(verdict, marked)) {
        const opened = line.match(/<\w+>/g)?.length ?? 0;
        expect(line.match(/<\/\w+>/g)?.length ?? 0).toBe(opened);
      }
    }
  });
});

describe('counts', () => {
  it('puts what is not as it should be under failed', () => {
    const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
    const all = [
      verdictOf('x', run('x')),
      verdictOf('x', run('y')),
      verdictOf(undefined, run('x')),
      SKIPPED,
      ERROR,
    ];
    for (const verdict of all) count(counts, verdict);
    expect(counts).toEqual({ passed: 1, failed: 3, skipped: 1 });
  });

  it('as text', () => {
    expect(prettyCounts({ passed: 12, failed: 0, skipped: 0 }, plain)).toBe('12 passed, 0 failed');
    expect(prettyCounts({ passed: 0, failed: 1, skipped: 2 }, plain)).toBe('0 passed, 1 failed, 2 skipped');
    expect(prettyCounts({ passed: 1, failed: 0, skipped: 1 }, marked)).toBe(
      '<green>1 passed</green>, <dim>0 failed</dim>, <yellow>1 skipped</yellow>',
    );
  });
});

it.each([
  [0, '0.0 ms'],
  [0.44, '0.4 ms'],
  [9.94, '9.9 ms'],
  [12.4, '12 ms'],
  [999.4, '999 ms'],
  [1000, '1.00 s'],
  [61_234, '61.23 s'],
])('%d milliseconds are "%s"', (ms, text) => {
  expect(milliseconds(ms)).toBe(text);
});
