import { describe, expect, it } from 'vitest';
import type { FailedVerdict } from '../../src/golden/verdict.ts';
import type { ReporterOptions, SuiteStart, SuiteSummary } from '../../src/report/reporter.ts';
import { parseReporter, REPORTERS } from '../../src/report/reporters.ts';
import type { Style } from '../../src/report/style.ts';
import {
  caseOf,
  failed,
  golden,
  OPTIONS,
  passed,
  pendingOf,
  report,
  SUITE,
  SUMMARY,
  summaryOf,
  unwritten,
} from './fixtures.ts';

/*
 * The texts are in `expected/`. After a change that is meant: npx vitest run --config test/vitest.config.ts
 * test/report -u, and read what git says is different.
 */

/** Shows where a colour begins and ends. */
const marked: Style = (name, text) => `<${name}>${text}</${name}>`;

const NAMES = Object.keys(REPORTERS);

function text(name: string, options: Partial<ReporterOptions> = {}, start?: SuiteStart): string {
  return report(parseReporter(name).create({ ...OPTIONS, ...options }), SUITE, SUMMARY, start);
}

describe('a suite with everything in it', () => {
  it.each(NAMES)('as %s', async (name) => {
    await expect(text(name)).toMatchFileSnapshot(`expected/${name}.txt`);
  });

  it.each(['pretty', 'dot'])('as %s in colours', async (name) => {
    await expect(text(name, { style: marked })).toMatchFileSnapshot(`expected/${name}-colours.txt`);
  });

  it('colours whole pieces of lines, so that nothing is left in colour', () => {
    for (const name of ['pretty', 'verbose', 'dot']) {
      for (const line of text(name, { style: marked }).split('\n')) {
        const opened = line.match(/<(red|green|yellow|cyan|dim|bold)>/g)?.length ?? 0;
        expect(line.match(/<\/(red|green|yellow|cyan|dim|bold)>/g)?.length ?? 0, line).toBe(opened);
      }
    }
  });
});

describe('a run that', () => {
  const few = SUITE.slice(0, 3);
  const endings: [string, SuiteStart, SuiteSummary][] = [
    ['interrupted', {}, summaryOf(few, { interrupted: true, notRun: 7, durationMs: 12 })],
    ['bailed', {}, summaryOf(few, { bailed: true, notRun: 7, durationMs: 12 })],
    ['shard', { shard: { index: 2, count: 4 } }, summaryOf(few, { durationMs: 12 })],
  ];
  it.each(endings)('%s', async (ending, start, summary) => {
    const texts = NAMES.map(
      (name) => `== ${name}\n${report(parseReporter(name).create(OPTIONS), few, summary, start)}`,
    );
    await expect(texts.join('')).toMatchFileSnapshot(`expected/${ending}.txt`);
  });

  it('had nothing to run', async () => {
    const texts = NAMES.map((name) => `== ${name}\n${report(parseReporter(name).create(OPTIONS), [])}`);
    await expect(texts.join('')).toMatchFileSnapshot('expected/empty.txt');
  });

  it('was accepting: it says why a golden is not written, and does not tell how to accept', () => {
    const accepting = text('pretty', {}, { updating: true });
    expect(accepting).toContain(
      '    no golden is written from a crash\n    Set outcome=crashed, or repair it.\n',
    );
    expect(accepting).not.toContain('accept it');
    expect(text('pretty')).not.toContain('from a crash');
  });
});

describe('pretty', () => {
  const reporter = parseReporter('pretty').create(OPTIONS);

  it('shows a source when the first case of the next is there', () => {
    expect(reporter.begin({})).toBe('');
    expect(reporter.verdict(passed(caseOf('asm/a.asm', 'one')))).toBe('');
    expect(reporter.verdict(passed(caseOf('asm/a.asm', 'two')))).toBe('');
    expect(reporter.verdict(passed(caseOf('asm/b.asm')))).toBe('✓ asm/a (2 cases) 2.5 ms\n');
    expect(reporter.end(summaryOf([]))).toMatch(/^✓ asm\/b 1\.3 ms\n/);
  });

  it('names guests where each has one case, and the slowest after a second only', () => {
    const cases = ['asm/a.asm', 'asm/b.asm'].map((source) => ({
      verdict: passed(caseOf(source)),
      wrote: [],
    }));
    expect(
      report(parseReporter('pretty').create(OPTIONS), cases, summaryOf(cases, { durationMs: 999 })),
    ).toBe('✓ asm/a 1.3 ms\n✓ asm/b 1.3 ms\n\n2 guests, 999 ms\n2 passed, 0 failed\n');
  });

  it('tells a golden that leaves values open from none', () => {
    const pending = [pendingOf('asm/a.regs.golden', 'bx=?\n', 'bx=0000\n')];
    const cases = [{ verdict: unwritten(caseOf('asm/a.asm'), { pending }), wrote: [] }];
    expect(report(parseReporter('pretty').create(OPTIONS), cases)).toContain(
      '    asm/a.regs.golden leaves values open; to accept what it printed: guestkit test -u asm/a.asm\n',
    );
  });

  it('tells how to accept only what can be accepted', () => {
    const hint = 'If what they print is right now, accept it: guestkit test -u\n';
    const differs = [golden('asm/a.golden', []), golden('asm/a.exits.golden', [])];
    const pending = [pendingOf('asm/a.golden', 'a', 'b'), pendingOf('asm/a.exits.golden', 'a', 'b')];
    const told = (more: Partial<FailedVerdict>, wrote: string[] = []): boolean =>
      report(parseReporter('pretty').create(OPTIONS), [
        { verdict: failed(caseOf('asm/a.asm'), differs, more), wrote },
      ]).includes(hint);
    expect(told({ pending })).toBe(true);
    expect(told({ pending: pending.slice(1) })).toBe(false);
    expect(told({ pending, refusal: { message: 'it crashed', hint: 'Mend it.' } })).toBe(false);
    expect(told({ pending }, ['asm/a.golden', 'asm/a.exits.golden'])).toBe(false);
  });

  it('leaves the rendering of diagnostics to whoever can quote the source', () => {
    const diagnostics = (): string[] => ['first', '   3 | mov'];
    expect(text('pretty', { diagnostics })).toContain('✗ asm/broken\n    first\n       3 | mov\n✗ asm/crash');
  });

  it('shows twenty diagnostics, errors first', () => {
    const said = (severity: 'warning' | 'error', line: number) => ({
      ...{ file: 'asm/x.asm', line, severity, message: 'm', flag: undefined, notes: [] },
    });
    const diagnostics = [
      ...Array.from({ length: 15 }, (_, index) => said('warning', index + 1)),
      ...Array.from({ length: 15 }, (_, index) => said('error', index + 1)),
    ];
    const error = { code: 'assembly', message: '', hint: 'Look.', diagnostics, place: undefined };
    const verdict = {
      status: 'error',
      case: caseOf('asm/x.asm'),
      durationMs: 0,
      attempts: 1,
      error,
    } as const;
    const lines = report(parseReporter('verbose').create(OPTIONS), [{ verdict, wrote: [] }]).split('\n');
    expect(lines[1]).toBe('    asm/x.asm:1: error: m');
    expect(lines[16]).toBe('    asm/x.asm:1: warning: m');
    expect(lines.slice(21, 23)).toEqual(['    and 10 more', '    Look.']);
  });
});

describe('dot', () => {
  it('wraps at 80', () => {
    const cases = Array.from({ length: 161 }, () => ({ verdict: passed(caseOf('asm/a.asm')), wrote: [] }));
    const [first, second, third] = report(parseReporter('dot').create(OPTIONS), cases).split('\n');
    expect([first, second, third]).toEqual(['.'.repeat(80), '.'.repeat(80), '.']);
  });
});

describe('a report of more than a megabyte', () => {
  it.each(NAMES)('as %s takes no more than the text is long', (name) => {
    const long = [
      golden('asm/a.golden', [{ kind: 'actual', text: `::\n\n##[${'\n<%\u001b'.repeat(2 ** 18)}` }]),
    ];
    const cases = [{ verdict: failed(caseOf('asm/a.asm'), long), wrote: [] }];
    const size = report(parseReporter(name).create({ ...OPTIONS, readByGithub: true }), cases).length;
    expect(size).toBeLessThan(name === 'github' ? 100_000 : 20 * 2 ** 20);
  });
});
