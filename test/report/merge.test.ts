import { describe, expect, it } from 'vitest';
import { GuestkitError } from '../../src/errors.ts';
import { mergeReports, type ReportDocument } from '../../src/report/merge.ts';
import type { ReportedCase } from '../../src/report/read-case.ts';
import type { SuiteStart, SuiteSummary } from '../../src/report/reporter.ts';
import { createJson } from '../../src/report/reporters/json.ts';
import { parseReporter, REPORTERS } from '../../src/report/reporters.ts';
import { caseOf, OPTIONS, passed, report, START, SUITE, SUMMARY, summaryOf } from './fixtures.ts';

function json(
  file: string,
  cases: readonly ReportedCase[],
  start: SuiteStart = START,
  more: Partial<SuiteSummary> = {},
): ReportDocument {
  return { file, text: report(createJson(OPTIONS), cases, summaryOf(cases, more), start) };
}

function shard(index: number, count: number, cases: readonly ReportedCase[] = []): ReportDocument {
  return json(`${index}.json`, cases, { ...START, shard: { index, count } });
}

function refusal(...documents: ReportDocument[]): GuestkitError {
  try {
    mergeReports(documents);
  } catch (error) {
    if (error instanceof GuestkitError) return error;
    throw error;
  }
  throw new Error('it was merged');
}

/** A report of which one piece is another. */
function changed(from: string | RegExp, to: string): ReportDocument {
  const { text } = json('x.json', SUITE);
  const other = text.replace(from, to);
  if (other === text) throw new Error(`there is no ${from}`);
  return { file: 'x.json', text: other };
}

const SHUFFLED = SUITE.toSorted(
  (one, other) => one.verdict.case.stem.length - other.verdict.case.stem.length,
);

describe('a report that is read back', () => {
  const merged = mergeReports([{ file: 'all.json', text: report(createJson(OPTIONS), SUITE, SUMMARY) }]);

  it('has the same verdicts', () => {
    expect(merged.cases).toEqual(SUITE);
    expect(merged.summary).toEqual({ ...SUMMARY, obsolete: SUMMARY.obsolete.toSorted() });
  });

  it.each(Object.keys(REPORTERS))('makes the same text as %s', (name) => {
    const create = () => parseReporter(name).create(OPTIONS);
    const summary = { ...SUMMARY, obsolete: SUMMARY.obsolete.toSorted() };
    expect(report(create(), merged.cases, merged.summary, merged.start)).toBe(
      report(create(), SUITE, summary),
    );
  });

  it('has bytes as text only where they are UTF-8 and not many', () => {
    const long = { length: 65_537 };
    const outputs = [Buffer.from('é\ufeff'), Buffer.of(0xff), Buffer.alloc(long.length, 'a')];
    const pending = outputs.map((actual) => ({
      ...{ channel: 'serial' as const, path: 'asm/a.golden', expected: undefined },
      actual: new Uint8Array(actual),
    }));
    const verdict = { ...passed(caseOf('asm/a.asm')), status: 'new' as const, pending, refusal: undefined };
    const document = json('a.json', [{ verdict, wrote: [] }]);
    const parsed = JSON.parse(document.text);
    expect(parsed.cases[0].pending[0].actual).toEqual({ length: 5, text: 'é\ufeff', base64: 'w6nvu78=' });
    expect(parsed.cases[0].pending[1].actual).toEqual({ length: 1, text: null, base64: '/w==' });
    expect(parsed.cases[0].pending[2].actual).toMatchObject({ ...long, text: null });
    expect(mergeReports([document]).cases[0]?.verdict).toEqual(verdict);
  });

  it.each([
    { kind: 'halted' },
    { kind: 'stopped' },
    { kind: 'timeout', ms: 500 },
    { kind: 'crashed', event: { kind: 'shutdown' } },
    { kind: 'crashed', event: { kind: 'debug', rip: 0xffff_ffff_ffff_ffffn, dr6: 0n } },
    { kind: 'crashed', event: { kind: 'fail-entry', hardwareReason: 0x8000_0021n } },
    { kind: 'crashed', event: { kind: 'unsupported', exitReason: 99 } },
    { kind: 'crashed', event: { kind: 'run-failed', errno: 'EFAULT' } },
    { kind: 'crashed', event: { kind: 'output-limit', bytes: 16_777_216 } },
  ] as const)('has the same outcome: $kind $event.kind', (outcome) => {
    const verdict = passed(caseOf('asm/a.asm'), { outcome });
    expect(mergeReports([json('a.json', [{ verdict, wrote: [] }])]).cases[0]?.verdict).toEqual(verdict);
  });
});

describe('the reports of shards', () => {
  it('are put together in the order of the suite', () => {
    const parts = [0, 1, 2].map((index) => SHUFFLED.filter((_, at) => at % 3 === index));
    const merged = mergeReports(parts.map((cases, index) => shard(index + 1, 3, cases)).reverse());
    expect(merged.cases).toEqual(SUITE);
    expect(merged.start).toEqual({ attempts: 3, updating: false });
    expect(merged.summary.counts).toEqual(SUMMARY.counts);
  });

  it('order sources by name, so that a-b stands behind a', () => {
    const cases = ['asm/a-b.asm', 'asm/a/c.asm', 'asm/a.asm', 'asm/B.asm'].map((source) => ({
      ...{ verdict: passed(caseOf(source)), wrote: [] },
    }));
    const merged = mergeReports([json('x.json', cases)]);
    expect(merged.cases.map(({ verdict }) => verdict.case.name)).toEqual([
      'asm/B',
      'asm/a',
      'asm/a-b',
      'asm/a/c',
    ]);
  });

  it('say together how they ended', () => {
    const at = (index: number): SuiteStart => ({
      attempts: index,
      updating: index === 2,
      shard: { index, count: 2 },
    });
    const merged = mergeReports([
      json('1.json', [], at(1), { durationMs: 10, obsolete: ['b', 'a'], interrupted: true, notRun: 2 }),
      json('2.json', [], at(2), {
        durationMs: 7,
        obsolete: ['b', 'c'],
        bailed: true,
        notRun: 3,
        pruned: ['p'],
      }),
    ]);
    expect(merged.start).toEqual({ attempts: 2, updating: true });
    expect(merged.summary).toMatchObject({
      ...{ durationMs: 10, obsolete: ['a', 'b', 'c'], pruned: ['p'] },
      ...{ interrupted: true, bailed: true, notRun: 5 },
    });
  });

  it('must be all of them', () => {
    const error = refusal(shard(1, 4), shard(2, 4), shard(4, 4));
    expect(error.code).toBe('usage');
    expect(error.message).toBe('the report of shard 3 of 4 is missing');
    expect(refusal(shard(2, 9)).message).toBe('the report of shard 1 of 9 is missing, and 7 more');
    expect(refusal(shard(1, 1e15)).message).toContain('shard 2 of 1000000000000000 is missing');
  });

  it.each([
    ['are none', [], 'there are no reports to merge'],
    [
      'are of one',
      [shard(1, 2), { ...shard(1, 2), file: 'b.json' }],
      '1.json and b.json are both shard 1 of 2',
    ],
    ['are of two suites', [shard(1, 2), shard(2, 3)], '1.json is a shard of 2, 2.json one of 3'],
    [
      'are no shards',
      [json('a.json', []), json('b.json', [])],
      'a.json is the report of a whole suite, not of a shard',
    ],
    [
      'were cut differently',
      [json('1.json', [], { ...START, shard: { index: 1, count: 2, cut: 'a' } }), shard(2, 2)],
      '1.json and 2.json are shards of a suite that was cut differently',
    ],
    ['are mixed', [shard(1, 2), json('b.json', [])], 'b.json is the report of a whole suite, not of a shard'],
    [
      'have one case',
      [shard(1, 2, SUITE.slice(0, 1)), shard(2, 2, SUITE.slice(0, 1))],
      'asm/a is in 1.json and in 2.json',
    ],
  ])('are refused when they %s', (_, documents, message) => {
    const error = refusal(...documents);
    expect([error.code, error.message]).toEqual(['usage', message]);
  });

  it('may have a case several times in one report', () => {
    const twice = [...SUITE.slice(0, 1), ...SUITE.slice(0, 1)];
    expect(mergeReports([json('a.json', twice)]).cases).toHaveLength(2);
  });
});

describe('a document that is no report', () => {
  it.each([
    ['', 'it is not JSON, or not all of it'],
    [`${'['.repeat(1e5)}`, 'it is not JSON, or not all of it'],
    ['[]', 'the document is not an object'],
    ['null', 'the document is not an object'],
    ['{}', 'the document is not a report of guestkit'],
    ['{"format":"guestkit-report"}', 'version is not a whole number from 1'],
    [
      '{"format":"guestkit-report","version":2,"guestkit":"9.0"}',
      'it has version 2 of the report format, this guestkit knows version 1',
    ],
  ])('%.40s', (text, message) => {
    const error = refusal({ file: 'x.json', text });
    expect([error.code, error.message]).toEqual(['file', `cannot read x.json: ${message}`]);
    expect(error.hint).toMatch(/\w/);
  });

  it('ends in the middle', () => {
    const { text } = json('x.json', SUITE);
    expect(refusal({ file: 'x.json', text: text.slice(0, -2) }).message).toContain('not all of it');
  });

  it.each<[string | RegExp, string, string]>([
    ['"attempts":3', '"attempts":0', 'start.attempts is not a whole number from 1'],
    ['"shard":null', '"shard":{"index":5,"count":4,"cut":null}', 'start.shard is not a shard: 5 of 4'],
    ['"name":"asm/a"', '"name":7', 'cases[0].name is not text'],
    ['"line":1', '"line":1.5', 'cases[0].line is not a whole number from 1'],
    ['"durationMs":1.264', '"durationMs":-1', 'cases[0].durationMs is not a number from 0'],
    [
      '"status":"passed"',
      '"status":"pass"',
      'cases[0].status is not one of passed, failed, new, skipped, error',
    ],
    ['"wrote":[]', '"wrote":{}', 'cases[0].wrote is not a list'],
    ['"kind":"exited"', '"kind":"__proto__"', 'cases[0].outcome.kind is not one of exited'],
    ['"offset":4', '"offset":"4"', 'cases[1].reasons[0].at.offset is not a whole number from 0'],
    [/"base64":"[^"]*"/, '"base64":"!"', 'cases[1].pending[0].expected.base64 is not base64'],
    ['"0x1"', '"1"', 'cases[3].outcome.event.data[0] is not a hexadecimal number'],
    ['"summary"', '"sum"', 'summary is not an object'],
    ['"interrupted":false', '"interrupted":0', 'summary.interrupted is not true or false'],
  ])('has %s as %s', (from, to, message) => {
    expect(refusal(changed(from, to)).message).toContain(`cannot read x.json: ${message}`);
  });
});
