import { describe, expect, it } from 'vitest';
import { GuestkitError } from '../../src/errors.ts';
import { parseReporter, REPORTERS } from '../../src/report/reporters.ts';

function refusal(value: string): GuestkitError {
  try {
    parseReporter(value);
  } catch (error) {
    if (error instanceof GuestkitError) return error;
  }
  throw new Error(`'${value}' was not refused`);
}

describe('parseReporter', () => {
  it.each([
    ['pretty', 'pretty', undefined, false],
    ['junit=out.xml', 'junit', 'out.xml', true],
    ['json=a=b.json', 'json', 'a=b.json', true],
    ['github', 'github', undefined, false],
  ])('%s', (value, name, file, document) => {
    expect(parseReporter(value)).toMatchObject({ name, file, document });
  });

  it('offers what was meant', () => {
    const error = refusal('junti=x.xml');
    expect(error.code).toBe('usage');
    expect(error.message).toBe("there is no reporter 'junti' (did you mean 'junit'?)");
    expect(error.hint).toBe('The reporters are pretty, verbose, dot, github, json, junit, tap.');
    expect(refusal('constructor').message).toBe("there is no reporter 'constructor'");
  });

  it('wants a file behind =', () => {
    expect(refusal('junit=').message).toBe('--reporter junit= names no file');
    expect(refusal('').message).toBe("there is no reporter ''");
  });
});

it('every reporter has a description that fits beside its name', () => {
  for (const { description } of Object.values(REPORTERS)) expect(description).toMatch(/^\S.{10,68}\S$/);
});
