import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GuestkitError } from '../../src/errors.ts';
import { type Directives, parseDirectives } from '../../src/golden/directives.ts';
import { testCaseOf } from '../../src/golden/test-case.ts';
import { acceptGolden, type FailedVerdict, judge, type NewVerdict } from '../../src/golden/verdict.ts';
import type { Outcome } from '../../src/machine/outcome.ts';

const exited = (code: number): Outcome => ({ kind: 'exited', code });
const halted: Outcome = { kind: 'halted' };
const timeout: Outcome = { kind: 'timeout', ms: 500 };
const stopped: Outcome = { kind: 'stopped' };
const crashed: Outcome = { kind: 'crashed', event: { kind: 'shutdown' } };
const ENDINGS: readonly Outcome[] = [exited(0), exited(3), halted, timeout, stopped, crashed];

const hello = Buffer.from('hello\n');
const testCase = testCaseOf('', 'asm/x.asm');
const run = (outcome: Outcome, output: Uint8Array = hello): Parameters<typeof judge>[3] => ({
  outcome,
  output,
  durationMs: 1.5,
});

describe('judge', () => {
  it.each<[string, readonly Outcome[], string]>([
    ['', [exited(0), halted], 'to exit with 0 or halt'],
    ['exit=0', [exited(0)], 'to exit with 0'],
    ['exit=3', [exited(3)], 'to exit with 3'],
    ['outcome=exited', [exited(0)], 'to exit with 0'],
    ['outcome=exited exit=3', [exited(3)], 'to exit with 3'],
    ['outcome=halted', [halted], 'to halt'],
    ['outcome=timeout', [timeout], 'to run into its time limit'],
    ['outcome=crashed', [crashed], 'to crash'],
  ])('with the setting %j passes only what it asks for', (setting, accepted, wording) => {
    const directives = setting === '' ? {} : parseDirectives(`; guestkit: ${setting}`, 'asm/x.asm');
    for (const outcome of ENDINGS) {
      const verdict = judge(testCase, directives, hello, run(outcome));
      if (accepted.some((each) => isDeepStrictEqual(each, outcome))) {
        expect(verdict.status).toBe('passed');
      } else {
        const reason = {
          kind: 'outcome',
          message: expect.stringMatching(new RegExp(`, expected ${wording}$`)),
        };
        expect(verdict).toMatchObject({ status: 'failed', reasons: [reason] });
      }
    }
  });

  it.each<[Outcome, string]>([
    [exited(4), 'exited with 4, expected to exit with 3'],
    [halted, 'halted, expected to exit with 3'],
    [timeout, 'timed out after 500 ms, expected to exit with 3'],
    [stopped, 'was stopped, expected to exit with 3'],
    [crashed, 'crashed: triple fault (KVM_EXIT_SHUTDOWN), expected to exit with 3'],
    [
      { kind: 'crashed', event: { kind: 'output-limit', bytes: 9 } },
      'crashed: it printed more than 9 bytes, expected to exit with 3',
    ],
  ])('words the ending %j', (outcome, message) => {
    expect(judge(testCase, { exit: 3 }, hello, run(outcome))).toMatchObject({ reasons: [{ message }] });
  });

  it('keeps all that a report needs', () => {
    expect(judge(testCase, { exit: 3 }, Buffer.from('help\n'), run(halted))).toEqual({
      status: 'failed',
      case: testCase,
      outcome: halted,
      expectedOutcome: { kind: 'exited', code: 3 },
      output: hello,
      expectedOutput: Buffer.from('help\n'),
      durationMs: 1.5,
      reasons: [
        { kind: 'outcome', message: 'halted, expected to exit with 3' },
        { kind: 'output', diff: expect.arrayContaining([{ kind: 'expected', text: 'help' }]) },
      ],
    });
  });

  it.each([
    ['one byte more', 'hello\n\0'],
    ['one byte less', 'hello'],
    ['another byte', 'hellO\n'],
    ['nothing', ''],
  ])('fails on %s', (_, output) => {
    const verdict = judge(testCase, {}, hello, run(halted, Buffer.from(output)));
    expect(verdict).toMatchObject({ status: 'failed', reasons: [{ kind: 'output' }] });
  });

  it('never passes without a comparison', () => {
    expect(judge(testCase, {}, undefined, run(halted)).status).toBe('new');
    expect(judge(testCase, {}, undefined, run(crashed))).toMatchObject({
      status: 'failed',
      expectedOutput: undefined,
      reasons: [{ kind: 'outcome' }],
    });
  });
});

describe('acceptGolden', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'guestkit-accept-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function verdictOf(
    outcome: Outcome,
    directives: Directives = {},
    output?: Uint8Array,
  ): FailedVerdict | NewVerdict {
    const verdict = judge(testCaseOf(root, join(root, 'x.asm')), directives, undefined, run(outcome, output));
    if (verdict.status === 'passed') throw new Error('nothing to accept');
    return verdict;
  }

  it('writes the bytes as they are, and leaves no other file', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    acceptGolden(verdictOf(halted, {}, bytes));
    expect(Buffer.compare(readFileSync(join(root, 'x.golden')), bytes)).toBe(0);
    acceptGolden(verdictOf(exited(3), { exit: 3 }, Buffer.of()));
    expect(readFileSync(join(root, 'x.golden'))).toHaveLength(0);
    expect(readdirSync(root)).toEqual(['x.golden']);
  });

  it('keeps the mode, and a link a link', () => {
    writeFileSync(join(root, 'real.golden'), 'old');
    chmodSync(join(root, 'real.golden'), 0o640);
    symlinkSync('real.golden', join(root, 'x.golden'));
    acceptGolden(verdictOf(halted));
    expect(readlinkSync(join(root, 'x.golden'))).toBe('real.golden');
    expect(readFileSync(join(root, 'real.golden'), 'utf8')).toBe('hello\n');
    expect(statSync(join(root, 'real.golden')).mode & 0o777).toBe(0o640);
    expect(readdirSync(root)).toEqual(['real.golden', 'x.golden']);
  });

  it('says why it could not write, and leaves nothing behind', () => {
    mkdirSync(join(root, 'x.golden'));
    const problem = `cannot write ${join(root, 'x.golden')}: EISDIR: illegal operation on a directory`;
    expect(() => acceptGolden(verdictOf(halted))).toThrow(
      expect.objectContaining({ code: 'file', message: problem }),
    );
    expect(readdirSync(root)).toEqual(['x.golden']);
    rmSync(root, { recursive: true });
    expect(() => acceptGolden(verdictOf(halted))).toThrow('ENOENT: no such file or directory');
  });

  function refusalOf(verdict: FailedVerdict | NewVerdict): GuestkitError {
    writeFileSync(join(root, 'x.golden'), 'old');
    try {
      acceptGolden(verdict);
    } catch (error) {
      if (!(error instanceof GuestkitError)) throw error;
      expect(readFileSync(join(root, 'x.golden'), 'utf8')).toBe('old');
      expect(readdirSync(root)).toEqual(['x.golden']);
      return error;
    }
    throw new Error('it was written');
  }

  it.each<[Outcome, string]>([
    [timeout, 'timed out after 500 ms'],
    [stopped, 'was stopped'],
    [crashed, 'crashed: triple fault (KVM_EXIT_SHUTDOWN)'],
  ])('refuses a guest with the ending %j', (outcome, wording) => {
    const refusal = refusalOf(verdictOf(outcome));
    expect(refusal.message).toBe(`${join(root, 'x.golden')} was not written: the guest ${wording}`);
    expect(refusal.hint).toContain('No golden is written from such a run. Let the guest write 0');
  });

  it.each<[Outcome, Directives]>([
    [timeout, { outcome: 'timeout' }],
    [crashed, { outcome: 'crashed' }],
  ])('refuses the ending %j even where it is expected', (outcome, directives) => {
    expect(refusalOf(verdictOf(outcome, directives)).hint).toContain('even where it is expected');
  });

  it.each<[Outcome, Directives, string, string]>([
    [
      exited(4),
      {},
      'exited with 4',
      "It was expected to exit with 0 or halt. Mend the guest, or say '; guestkit: exit=4' in it.",
    ],
    [
      halted,
      { exit: 0 },
      'halted',
      "It was expected to exit with 0. Mend the guest, or say '; guestkit: outcome=halted' in it.",
    ],
    [
      exited(0),
      { outcome: 'timeout' },
      'exited with 0',
      "It was expected to run into its time limit. Mend the guest, or say '; guestkit: exit=0' in it.",
    ],
  ])('refuses the ending %j where %j asks for another', (outcome, directives, wording, hint) => {
    const refusal = refusalOf(verdictOf(outcome, directives));
    expect(refusal.message).toBe(`${join(root, 'x.golden')} was not written: the guest ${wording}`);
    expect(refusal.hint).toBe(hint);
  });
});
