import { describe, expect, it } from 'vitest';
import { DirectiveError } from '../../src/golden/directive-error.ts';
import type { SourcePlan } from '../../src/golden/plan.ts';
import { parseSourcePlan } from '../../src/golden/plan-parser.ts';
import { randomFrom } from './random.ts';

const HEADS = [
  '; guestkit: ',
  '; case: ',
  '; test: ',
  '; expect: ',
  '; expect-not: ',
  '; expect-re: ',
  '; expct: ',
  '; ',
];
const PIECES = [
  ...['exit=1', 'outcome=halted', 'timeout=1s', 'memory=4K', 'input="a"', 'skip="x"', 'exit', 'exti=1'],
  ...[
    'a',
    'b',
    'main.loop',
    '.loop',
    '$ax',
    'f',
    'ax=1',
    'al=2',
    'AH=-1',
    'cf=0',
    'zf=2',
    'sp=1',
    'es=buffer+2',
  ],
  ...[
    '->',
    '[b]="x"',
    'word[b]=1',
    'byte [ b - 1 ]=0ffh',
    'dword[0x500]=b',
    '[di]=1',
    'serial="y"',
    "al='A'",
  ],
  ...[
    '"',
    "'",
    '`',
    '\\',
    '=',
    '[',
    ']',
    '(',
    ')',
    '*',
    ';',
    ':',
    ',',
    '+',
    '-',
    '$',
    '.',
    '0x',
    '1b',
    '{',
    '}',
  ],
  ...[
    ' ',
    '  ',
    '\t',
    '\n',
    '\r\n',
    '\r',
    '\0',
    '\x1b',
    'é',
    '\u2028',
    '\uFEFF',
    '\uFFFD',
    '\uD800',
    '😀',
    '\\x',
    '\\n',
  ],
];

function randomSource(random: () => number): string {
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] ?? '';
  let source = '';
  for (let line = Math.floor(random() * 4); line >= 0; line -= 1) {
    source += random() < 0.9 ? pick(HEADS) : pick(PIECES);
    for (let piece = Math.floor(random() * 6); piece > 0; piece -= 1) {
      source += pick(PIECES) + (random() < 0.7 ? ' ' : '');
    }
    source += '\n';
  }
  return source;
}

function readOrFail(source: string): SourcePlan | DirectiveError {
  try {
    return parseSourcePlan(source, 'x');
  } catch (error) {
    if (error instanceof DirectiveError) return error;
    throw new Error(`${JSON.stringify(source)}: ${String(error)}`, { cause: error });
  }
}

describe('random sources', () => {
  it('are read, or refused at a place that is there', () => {
    const random = randomFrom(3);
    let read = 0;
    let refused = 0;
    for (let round = 0; round < 6000; round += 1) {
      const source = randomSource(random);
      const result = readOrFail(source);
      if (!(result instanceof DirectiveError)) {
        read += 1;
        checkPlan(result, source);
        continue;
      }
      refused += 1;
      const line = source.split(/\r\n|\n|\r/)[result.line - 1];
      expect(line, JSON.stringify(source)).toBeDefined();
      expect(result.column).toBeGreaterThan(0);
      expect(result.column).toBeLessThanOrEqual((line?.length ?? 0) + 1);
      expect(result.message, JSON.stringify(source)).not.toMatch(/[\p{Cc}\u2028\uFEFF]/u);
    }
    expect(Math.min(read, refused)).toBeGreaterThan(300);
  });

  it('of settings, cases and tests that are each right come out as they were written', () => {
    const random = randomFrom(4);
    for (let round = 0; round < 500; round += 1) {
      const values = Array.from({ length: 4 }, () => Math.floor(random() * 256));
      const [exit = 0, ax = 0, cx = 0, offset = 0] = values;
      const plan = parseSourcePlan(
        `; case: c exit=${exit}\n; test: f ax=0x${ax.toString(16)} -> cx=${cx.toString(2)}b dx=b+${offset}`,
        'x',
      );
      expect(plan.cases[0]?.settings).toEqual({ exit });
      expect(plan.cases[1]?.call).toMatchObject({
        inputs: [{ value: { symbol: undefined, offset: ax } }],
        results: [{ value: { symbol: undefined, offset: cx } }, { value: { symbol: 'b', offset } }],
      });
    }
  });
});

/** What holds for every plan. */
function checkPlan(plan: SourcePlan, source: string): void {
  const all = plan.whole === undefined ? plan.cases : [...plan.cases, plan.whole];
  const about = JSON.stringify(source);
  expect(new Set(all.map(({ name }) => name)).size, about).toBe(all.length);
  expect(plan.cases.length, about).toBeGreaterThan(0);
  expect(structuredClone(plan)).toEqual(plan);
  for (const { name, settings, expectations, call } of all) {
    expect(name, about).not.toMatch(/\p{Cc}/u);
    const { exit, outcome } = settings;
    expect(exit === undefined || outcome === undefined || outcome === 'exited', about).toBe(true);
    if (call !== undefined)
      expect([exit, outcome, expectations.length], about).toEqual([undefined, undefined, 0]);
    for (const { pattern } of expectations) expect(pattern, about).not.toBe('');
  }
}
