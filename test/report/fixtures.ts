import type { DiffLine } from '../../src/golden/diff-line.ts';
import type { TestCase } from '../../src/golden/plan.ts';
import type {
  ErrorVerdict,
  FailedVerdict,
  FailureReason,
  NewVerdict,
  PassedVerdict,
  PendingGolden,
  SkippedVerdict,
} from '../../src/golden/verdict.ts';
import { countVerdict, emptyCounts } from '../../src/report/counts.ts';
import type { ReportedCase } from '../../src/report/read-case.ts';
import type { Reporter, ReporterOptions, SuiteStart, SuiteSummary } from '../../src/report/reporter.ts';
import { PLAIN } from '../../src/report/style.ts';

export const OPTIONS: ReporterOptions = { style: PLAIN, version: '1.2.3', root: '/home/me/project' };

/** What a guest, a file name and a case's name can hold to break a report. */
export const HOSTILE: string =
  ']]> <b a="1"> &amp; %0A%25 ::add-mask::x ##[group]y # SKIP no \\ "q" \'s\'' +
  ' \u0000\u001b[31m\u0007\u007f\u009b2J \u202eback \u2028 \uffff \ud800 \u{1f600} \u{e0041} ---';

export function caseOf(source: string, name = '', line = 1): TestCase {
  const stem = source.replace(/\.asm$/, '');
  return name === ''
    ? { name: stem, source, line, stem }
    : { name: `${stem} > ${name}`, source, line, stem: `${stem}.${name}` };
}

export function passed(testCase: TestCase, more: Partial<PassedVerdict> = {}): PassedVerdict {
  const outcome = { kind: 'exited', code: 0 } as const;
  return { status: 'passed', case: testCase, durationMs: 1.264, attempts: 1, outcome, ...more };
}

export function failed(
  testCase: TestCase,
  reasons: readonly FailureReason[],
  more: Partial<FailedVerdict> = {},
): FailedVerdict {
  return { ...passed(testCase), status: 'failed', reasons, pending: [], refusal: undefined, ...more };
}

export function unwritten(testCase: TestCase, more: Partial<NewVerdict> = {}): NewVerdict {
  const pending = [pendingOf(`${testCase.stem}.golden`, undefined, 'hello\n')];
  return { ...passed(testCase), status: 'new', pending, refusal: undefined, ...more };
}

export function skipped(testCase: TestCase, why: string): SkippedVerdict {
  return { status: 'skipped', case: testCase, durationMs: 0, attempts: 0, why };
}

export function errored(testCase: TestCase, error: Partial<ErrorVerdict['error']>): ErrorVerdict {
  const nothing = { code: 'file', message: '', hint: undefined, diagnostics: undefined, place: undefined };
  return { status: 'error', case: testCase, durationMs: 0, attempts: 1, error: { ...nothing, ...error } };
}

export function golden(path: string, diff: readonly DiffLine[]): FailureReason & { kind: 'golden' } {
  const at = { offset: 4, line: 2, column: 1 };
  return { kind: 'golden', channel: 'serial', path, diff, at, writtenBy: undefined };
}

export function pendingOf(path: string, expected: string | undefined, actual: string): PendingGolden {
  return {
    channel: 'serial',
    path,
    expected: expected === undefined ? undefined : bytesOf(expected),
    actual: bytesOf(actual),
  };
}

export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

const DIFF: readonly DiffLine[] = [
  {
    kind: 'note',
    text: "first difference at offset 4 (0x4), line 2, column 1: expected 0x62 'b', actual the end",
  },
  { kind: 'note', text: 'expected 6 bytes, actual 4 bytes' },
  { kind: 'same', text: 'one' },
  { kind: 'expected', text: 'b' },
  { kind: 'actual', text: 'c\\r' },
];

const ECHO = 'asm/echo.asm';
const HOSTILE_CASE: TestCase = {
  name: `asm/hostile${HOSTILE} > ${HOSTILE}`,
  source: `asm/hostile${HOSTILE}.asm`,
  line: 3,
  stem: 'asm/hostile',
};

/** A case of every kind, in the order of a suite. */
export const SUITE: readonly ReportedCase[] = [
  { verdict: passed(caseOf('asm/a.asm')), wrote: [] },
  {
    verdict: failed(
      caseOf('asm/boot.asm'),
      [
        {
          ...golden('asm/boot.golden', DIFF),
          writtenBy: { file: 'asm/lib/print.inc', line: 14, text: 'out dx, al' },
        },
      ],
      { pending: [pendingOf('asm/boot.golden', 'one\nb\n', 'one\nc\r\n')] },
    ),
    wrote: [],
  },
  {
    verdict: errored(caseOf('asm/broken.asm'), {
      code: 'assembly',
      message: "NASM refused asm/broken.asm: asm/broken.asm:3: symbol `foo' not defined",
      diagnostics: [
        {
          file: 'asm/broken.asm',
          line: 3,
          severity: 'error',
          message: "symbol `foo' not defined",
          flag: undefined,
          notes: [],
        },
        {
          file: 'asm/lib/print.inc',
          line: 9,
          severity: 'warning',
          message: 'byte data exceeds bounds',
          flag: 'number-overflow',
          notes: [{ file: 'asm/broken.asm', line: 7, message: "from macro 'PRINT' defined here" }],
        },
        {
          file: 'asm/broken.asm',
          line: undefined,
          severity: 'fatal',
          message: 'too many errors',
          flag: undefined,
          notes: [],
        },
      ],
    }),
    wrote: [],
  },
  {
    verdict: failed(
      caseOf('asm/crash.asm'),
      [
        {
          kind: 'outcome',
          message:
            'crashed: KVM could not emulate the instruction: d9 c0 (KVM_EXIT_INTERNAL_ERROR), expected to exit with 0 or halt',
        },
        {
          ...golden('asm/crash.regs.golden', [
            { kind: 'expected', text: 'eax=00000001' },
            { kind: 'actual', text: 'eax=00000002' },
          ]),
          channel: 'regs',
        },
      ],
      {
        attempts: 3,
        outcome: {
          kind: 'crashed',
          event: { kind: 'internal-error', suberror: 1, data: [1n, 0xffff_ffff_ffff_ffffn] },
        },
        pending: [{ ...pendingOf('asm/crash.regs.golden', 'eax=1\n', '\x80\0\n'), channel: 'regs' }],
        refusal: { message: 'no golden is written from a crash', hint: 'Set outcome=crashed, or repair it.' },
      },
    ),
    wrote: [],
  },
  {
    verdict: errored(caseOf('asm/directive.asm'), {
      code: 'directive',
      message: "unknown setting 'exti' (did you mean 'exit'?)",
      hint: 'Allowed are exit=3, timeout=500ms.',
      place: { file: 'asm/directive.asm', line: 2, column: 13 },
    }),
    wrote: [],
  },
  { verdict: passed(caseOf(ECHO, 'one', 2), { durationMs: 0.4 }), wrote: [] },
  {
    verdict: failed(caseOf(ECHO, 'two', 6), [
      {
        kind: 'expectation',
        line: 8,
        message: "expected 'ready' behind line 2",
        notes: ['the scan stood at line 2, column 4', "nearest: line 3: 'reday'"],
      },
    ]),
    wrote: [],
  },
  { verdict: skipped(caseOf(ECHO, 'three', 10), 'needs a second UART'), wrote: [] },
  { verdict: passed(caseOf(ECHO, 'four', 14), { attempts: 2, durationMs: 620.5 }), wrote: [] },
  { verdict: unwritten(caseOf(ECHO, 'five', 18)), wrote: ['asm/echo.five.golden'] },
  { verdict: passed(caseOf('asm/flaky.asm'), { attempts: 2, durationMs: 1420 }), wrote: [] },
  {
    verdict: failed(
      HOSTILE_CASE,
      [
        {
          ...golden(HOSTILE, [
            { kind: 'note', text: HOSTILE },
            { kind: 'same', text: '::error::mine' },
            { kind: 'same', text: `  ::${HOSTILE}` },
            { kind: 'expected', text: HOSTILE },
            { kind: 'actual', text: `${HOSTILE}\n::stop-commands::x\r\n...` },
          ]),
          writtenBy: { file: HOSTILE, line: 5, text: HOSTILE },
        },
        {
          kind: 'expectation',
          line: 9,
          message: `${HOSTILE}\n::error::${HOSTILE}`,
          notes: [HOSTILE, '...\n---'],
        },
        { kind: 'outcome', message: HOSTILE },
      ],
      { pending: [pendingOf(HOSTILE, undefined, '\0\x1b]]>\xff')] },
    ),
    wrote: [],
  },
  { verdict: unwritten(caseOf("asm/it's new.asm")), wrote: [] },
  {
    verdict: failed(caseOf('asm/itoa.asm', 'itoa ax=42 di=buffer -> [buffer]="42" cx=2', 5), [
      { kind: 'routine', message: 'cx is 0x0003 (3), expected 2' },
      { kind: 'routine', message: 'sp is 0xfffa, expected 0xfffc: it does not balance' },
    ]),
    wrote: [],
  },
  {
    verdict: unwritten(caseOf('asm/refused.asm'), {
      refusal: { message: 'no golden is written from a timeout', hint: 'Write it yourself.' },
      outcome: { kind: 'timeout', ms: 500 },
    }),
    wrote: [],
  },
  { verdict: skipped(caseOf('asm/skipped.asm'), 'no disk # yet'), wrote: [] },
  {
    verdict: failed(caseOf('asm/updated.asm'), [golden('asm/updated.golden', DIFF)], {
      pending: [pendingOf('asm/updated.golden', 'one\nb\n', 'one\nc\r\n')],
    }),
    wrote: ['asm/updated.golden'],
  },
];

export const START: SuiteStart = { attempts: 3 };

/** What the end of a run knows of these cases. */
export function summaryOf(cases: readonly ReportedCase[], more: Partial<SuiteSummary> = {}): SuiteSummary {
  const counts = emptyCounts();
  for (const { verdict, wrote } of cases) countVerdict(counts, verdict, wrote);
  const ended = { obsolete: [], pruned: [], interrupted: false, bailed: false, notRun: 0 };
  return { counts, durationMs: 2345.678, ...ended, ...more };
}

export const SUMMARY: SuiteSummary = summaryOf(SUITE, {
  obsolete: ['asm/gone.golden', `asm/${HOSTILE}.golden`],
  pruned: ['asm/pruned.golden'],
});

/** The whole text of a report. */
export function report(
  reporter: Reporter,
  cases: readonly ReportedCase[] = SUITE,
  summary: SuiteSummary = summaryOf(cases),
  start: SuiteStart = START,
): string {
  const parts = [reporter.begin(start)];
  for (const { verdict, wrote } of cases) parts.push(reporter.verdict(verdict, wrote));
  parts.push(reporter.end(summary));
  return parts.join('');
}
