import { describe, expect, it } from 'vitest';
import type { CasePlan, SourcePlan } from '../../src/golden/plan.ts';
import { parseSourcePlan } from '../../src/golden/plan-parser.ts';
import { failureOf, problemOf } from './plan-support.ts';

const parse = (source: string): SourcePlan => parseSourcePlan(source, 'asm/x.asm');
const lines = (...text: string[]): string => text.join('\n');

function caseOf(plan: SourcePlan, name: string): CasePlan {
  const found = plan.cases.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no case ${name}`);
  return found;
}

const patterns = ({ expectations }: CasePlan): string[] => expectations.map(({ pattern }) => pattern);

describe('which cases a source has', () => {
  it('itself, when it says nothing', () => {
    expect(parse('hlt ; the end')).toEqual({
      settings: {},
      cases: [{ name: '', line: 1, settings: {}, expectations: [], call: undefined }],
      whole: undefined,
      hasExpectations: false,
      hasDirectives: false,
    });
  });

  it('itself, with its settings and expectations', () => {
    const plan = parse('; guestkit: timeout=1s\n; expect: a');
    expect(plan.cases).toEqual([
      {
        name: '',
        line: 1,
        settings: { timeoutMs: 1000 },
        expectations: [{ kind: 'text', pattern: 'a', line: 2 }],
        call: undefined,
      },
    ]);
  });

  it('those of its case: comments instead, in their order', () => {
    const plan = parse(lines('; guestkit: exit=1', '; case: two', 'hlt ;case:One-1_x', '; test: f'));
    expect(plan.cases.map(({ name, line }) => [name, line])).toEqual([
      ['two', 2],
      ['One-1_x', 3],
      ['f', 4],
    ]);
    expect(plan.whole).toBeUndefined();
  });

  it('those of its test: comments, and itself aside', () => {
    const plan = parse(lines('', '; test: f ax=1', '; test: g', '; guestkit: input="x"'));
    expect(plan.cases.map(({ name, line }) => [name, line])).toEqual([
      ['f ax=1', 2],
      ['g', 3],
    ]);
    const input = Uint8Array.of(0x78);
    expect(plan.whole).toEqual({ name: '', line: 1, settings: { input }, expectations: [], call: undefined });
  });

  it.each([['; expect: a'], ['; expect-not: a'], ['; guestkit: exit=1'], ['; guestkit: outcome=halted']])(
    'those of its test: comments and itself, where %j asks for it',
    (asking) => {
      const plan = parse(lines('; test: f', asking));
      expect(plan.cases.map(({ name }) => name)).toEqual(['', 'f']);
      expect(plan.whole).toBeUndefined();
    },
  );

  it.each([
    ['', false, false],
    ['; guestkit: timeout=1s', false, true],
    ['; guestkit: exit=0', true, true],
    ['; guestkit: outcome=exited', true, true],
    ['; expect-re: x', true, true],
    ['; case: a', true, true],
    ['; case: a exit=1', true, true],
    ['; test: f', true, true],
  ])('tells for %j whether there are expectations (%j) and directives (%j)', (source, expectations, any) => {
    expect(parse(source)).toMatchObject({ hasExpectations: expectations, hasDirectives: any });
  });
});

describe('what a case has from its source', () => {
  it('has the settings of the source, wherever they stand, but for its own', () => {
    const plan = parse(
      lines(
        '; guestkit: timeout=1s input="abc" memory=2M',
        '; case: a',
        '; case: b input="" timeout=2s skip="later"',
        '; guestkit: skip="now"',
      ),
    );
    const shared = { timeoutMs: 1000, memoryBytes: 2_097_152, skip: 'now' };
    expect(caseOf(plan, 'a').settings).toEqual({ ...shared, input: Uint8Array.of(0x61, 0x62, 0x63) });
    expect(caseOf(plan, 'b').settings).toEqual({
      ...shared,
      input: new Uint8Array(),
      timeoutMs: 2000,
      skip: 'later',
    });
    expect(plan.settings).toMatchObject(shared);
  });

  it.each([
    ['exit=1', 'exit=2', { exit: 2 }],
    ['exit=1', 'outcome=halted', { outcome: 'halted' }],
    ['outcome=halted', 'exit=2', { exit: 2 }],
    ['outcome=halted', 'outcome=crashed', { outcome: 'crashed' }],
    ['exit=1 outcome=exited', 'exit=2', { exit: 2 }],
    ['exit=1', 'outcome=exited', { outcome: 'exited' }],
    ['exit=1', 'outcome=exited exit=2', { outcome: 'exited', exit: 2 }],
    ['exit=1', 'timeout=1ms', { exit: 1, timeoutMs: 1 }],
    ['outcome=crashed', '', { outcome: 'crashed' }],
  ])('with %s and its own %s it ends as it says itself', (source, own, settings) => {
    expect(caseOf(parse(`; guestkit: ${source}\n; case: a ${own}`), 'a').settings).toEqual(settings);
  });

  it('has the expectations before the first case, then those that follow it', () => {
    const plan = parse(
      lines(
        '; expect: 1',
        '; case: a',
        '; expect: 2',
        '; test: f',
        '; expect-not: 3',
        '; case: b',
        '; case: c',
        '; expect-re: 4',
      ),
    );
    expect(patterns(caseOf(plan, 'a'))).toEqual(['1', '2', '3']);
    expect(patterns(caseOf(plan, 'b'))).toEqual(['1']);
    expect(patterns(caseOf(plan, 'c'))).toEqual(['1', '4']);
    expect(patterns(caseOf(plan, 'f'))).toEqual([]);
    expect(caseOf(plan, 'c').expectations[1]).toEqual({ kind: 'regex', pattern: '4', line: 8 });
  });

  it('gives a routine test all settings but the ending', () => {
    const plan = parse(
      '; guestkit: exit=3 outcome=exited timeout=1s memory=2M input="a" skip="x"\n; test: f',
    );
    expect(caseOf(plan, 'f').settings).toEqual({
      timeoutMs: 1000,
      memoryBytes: 2_097_152,
      input: Uint8Array.of(0x61),
      skip: 'x',
    });
  });
});

describe('a case: that is wrong', () => {
  const rule = "a name is 1 to 64 letters of A-Z, a-z, 0-9, '-' and '_', and begins with no mark";
  const taken = (name: string): string =>
    `'${name}' cannot name a case: its goldens would end like the '.${name}.golden' of others`;
  it.each([
    ['; case:', "1:1: there is no name after 'case:'"],
    ['; case: exit=3', `1:9: 'exit=3' cannot name a case: ${rule}`],
    ['; case: a/b', `1:9: 'a/b' cannot name a case: ${rule}`],
    ['; case: -a', `1:9: '-a' cannot name a case: ${rule}`],
    ['; case: \x1bx', `1:9: '\\x1bx' cannot name a case: ${rule}`],
    [`; case: ${'a'.repeat(65)}`, `1:9: '${'a'.repeat(40)}...' cannot name a case: ${rule}`],
    ['; case: debug', `1:9: ${taken('debug')}`],
    ['; case: regs', `1:9: ${taken('regs')}`],
    ['; case: mem', `1:9: ${taken('mem')}`],
    ['; case: exits', `1:9: ${taken('exits')}`],
    ['; case: a exti=3', "1:11: unknown setting 'exti' (did you mean 'exit'?)"],
    ['; case: a when AL is 3', "1:11: unknown setting 'when'"],
    ['; case: a exit=1 ; why', "1:18: ';' is out of place: only settings may follow 'case:'"],
    ['; case: a exit=1 exit=2', "1:18: 'exit' is set on line 1 and again on line 1"],
    ['; case: a exit=1 outcome=halted', '1:18: exit=1 and outcome=halted contradict each other'],
    ['; case: a exit=300', "1:16: exit: '300' is out of range; an exit status is 0 to 255"],
    ['; case: a\n\nhlt ; case: a', "3:13: two cases are named 'a': on line 1 and on line 3"],
    ['; case: a\n; case: a exti=1', "2:9: two cases are named 'a': on line 1 and on line 2"],
    ['; test: f\n; case: f', "2:9: two cases are named 'f': on line 1 and on line 2"],
  ])('%.60j', (source, message) => {
    expect(problemOf(source)).toBe(message);
  });

  it('says how one is written', () => {
    expect(failureOf('; case:').hint).toBe(
      'A case is written like this: "; case: name input="abc\\r" exit=2". Begin a comment that is none with another word.',
    );
    expect(failureOf('; case: a exti=1').hint).toMatch(/^Allowed are exit=3/);
  });

  it('takes a name of 64 letters, and the names of the reserved in capitals', () => {
    const name = 'a'.repeat(64);
    expect(parse(`; case: ${name}\n; case: Debug`).cases.map((each) => each.name)).toEqual([name, 'Debug']);
  });
});

describe('typing errors', () => {
  it.each([
    ['; expct: x', 'expect'],
    ['; expec: x', 'expect'],
    ['; exepct: x', 'expect'],
    ['; Expect: x', 'expect'],
    ['; EXPECT: x', 'expect'],
    ['; expect : x', 'expect'],
    ['; expect-no: x', 'expect-not'],
    ['; expect_not: x', 'expect-not'],
    ['; expectnot: x', 'expect-not'],
    ['; expected-not: x', 'expect-not'],
    ['; Expect-Not: x', 'expect-not'],
    ['; expect-rx: x', 'expect-re'],
    ['; expect_re: x', 'expect-re'],
    ['; expect-regexp: x', 'expect-re'],
    ['; expect-text: x', 'expect'],
  ])('%j is not read, and guestkit says so', (source, meant) => {
    const error = failureOf(`\nhlt ${source}`);
    expect(error.message).toBe(`asm/x.asm:2:5: this comment is not read (did you mean '${meant}:'?)`);
    expect(error.hint).toBe(
      'Expectations begin with "expect:", "expect-not:" or "expect-re:". Begin a comment that is none with another word.',
    );
  });

  it.each([
    ['; except: on a 286'],
    ['; expected: 5'],
    ['; Expected: 5'],
    ['; expects: DS:SI = text'],
    ['; Expects: DS:SI = text'],
    ['; expert: mode'],
    ['; inspect: x'],
    ['; respect: x'],
    ['; aspect: x'],
    ['; export: x'],
    ['; exact: x'],
    ['; text: ends in 0'],
    ['; rest: unused'],
    ['; testing: 1'],
    ['; tests: 1'],
    ['; Test: 1'],
    ['; TEST: 1'],
    ['; Case: 1'],
    ['; CASE: 1'],
    ['; cases: 1'],
    ['; test : 1'],
    ['; in this case: exit'],
    ['; what we expect: nothing'],
    ['; expect nothing'],
    ['; expect-not nothing'],
    [`; ${'expect-'.repeat(10)}: x`],
    [`; ${'expect'.repeat(100_000)}: x`],
  ])('leaves %.40j alone', (source) => {
    expect(parse(source)).toMatchObject({ hasDirectives: false });
  });
});

describe('limits', () => {
  it('takes 10,000 cases and no more', () => {
    const source = Array.from({ length: 10_000 }, (_, index) => `; case: c${index}`).join('\n');
    expect(parse(source).cases).toHaveLength(10_000);
    expect(problemOf(`${source}\n; test: f`)).toBe('10001:1: a source has at most 10000 cases');
  });

  it('takes 1,000 expectations a case and no more', () => {
    const some = '; expect: a\n'.repeat(600);
    const rest = '; expect: b\n'.repeat(400);
    const plan = parse(`${some}; case: a\n${rest}; case: b\n${rest}`);
    expect(plan.cases.map(({ expectations }) => expectations.length)).toEqual([1000, 1000]);
    expect(problemOf(`${some}; case: a\n${rest}; expect: c`)).toBe(
      '1002:1: a case has at most 1000 expectations',
    );
    expect(problemOf(some + some)).toBe('1001:1: a case has at most 1000 expectations');
  });

  it('reads large hostile sources in one go', () => {
    const size = 2 ** 20;
    for (const source of [
      ';'.repeat(size),
      '\n'.repeat(size),
      ';\n'.repeat(size / 2),
      "'".repeat(size),
      `; guestkit ${' '.repeat(size)}x`,
      `; ${'guestkit'.repeat(size / 8)} exit=1`,
      `; ${'expect-'.repeat(size / 8)}`,
      `; expect${' '.repeat(size)}x`,
      `; ${' '.repeat(size)}: x`,
      '; a: b\n'.repeat(size / 8),
    ]) {
      expect(parse(source).hasDirectives).toBe(false);
    }
    for (const head of [
      'guestkit',
      'case',
      'case: a',
      'test',
      'test: f',
      'test: f [',
      'expect',
      'expect-re',
    ]) {
      for (const piece of ['x', ' ', '"', '[', 'a=', '\\']) {
        const source = `; ${head}: ${piece.repeat(size / piece.length)}`;
        expect(failureOf(source).message.length).toBeLessThan(250);
      }
    }
  });
});
