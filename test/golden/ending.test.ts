import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { CaseRun } from '../../src/golden/case-run.ts';
import type { Goldens } from '../../src/golden/channels.ts';
import { judge } from '../../src/golden/judge.ts';
import type { RoutineCall, Settings } from '../../src/golden/plan.ts';
import type { Outcome } from '../../src/machine/outcome.ts';
import { caseRun, golden, hello, planOf, runOf, testCase, verdictOf } from './case-run.ts';

const exited = (code: number): Outcome => ({ kind: 'exited', code });
const halted: Outcome = { kind: 'halted' };
const timeout: Outcome = { kind: 'timeout', ms: 500 };
const stopped: Outcome = { kind: 'stopped' };
const crashed: Outcome = { kind: 'crashed', event: { kind: 'shutdown' } };
const ENDINGS: readonly Outcome[] = [exited(0), exited(3), halted, timeout, stopped, crashed];

describe('the ending', () => {
  it.each<[Settings, readonly Outcome[], string]>([
    [{}, [exited(0), halted], 'to exit with 0 or halt'],
    [{ exit: 0 }, [exited(0)], 'to exit with 0'],
    [{ exit: 3 }, [exited(3)], 'to exit with 3'],
    [{ outcome: 'exited' }, [exited(0)], 'to exit with 0'],
    [{ outcome: 'exited', exit: 3 }, [exited(3)], 'to exit with 3'],
    [{ outcome: 'halted' }, [halted], 'to halt'],
    [{ outcome: 'timeout' }, [timeout], 'to run into its time limit'],
    [{ outcome: 'crashed' }, [crashed], 'to crash'],
  ])('with %j passes only what it asks for', (settings, accepted, wording) => {
    for (const outcome of ENDINGS) {
      const verdict = verdictOf(settings, { serial: hello }, outcome);
      if (accepted.some((each) => isDeepStrictEqual(each, outcome))) {
        expect(verdict).toEqual({ status: 'passed', case: testCase, outcome, durationMs: 1.5, attempts: 1 });
      } else {
        const message = expect.stringMatching(new RegExp(`, expected ${wording}$`));
        expect(verdict).toMatchObject({ status: 'failed', reasons: [{ kind: 'outcome', message }] });
      }
    }
  });

  it.each<[Outcome, string]>([
    [exited(4), 'exited with 4, expected to exit with 3'],
    [halted, 'halted, expected to exit with 3'],
    [timeout, 'timed out after 500 ms, expected to exit with 3'],
    [stopped, 'was stopped, expected to exit with 3'],
    [crashed, 'crashed: triple fault (KVM_EXIT_SHUTDOWN), expected to exit with 3'],
  ])('%j is put into words', (outcome, message) => {
    expect(verdictOf({ exit: 3 }, { serial: hello }, outcome)).toMatchObject({ reasons: [{ message }] });
  });
});

describe('the refusal', () => {
  const refusalOf = (settings: Settings, outcome: Outcome, goldens: Goldens = { serial: golden('old') }) => {
    const verdict = verdictOf(settings, goldens, outcome);
    return verdict.status === 'passed' ? undefined : verdict.refusal;
  };

  it.each<[Outcome, string]>([
    [timeout, 'timed out after 500 ms'],
    [stopped, 'was stopped'],
    [crashed, 'crashed: triple fault (KVM_EXIT_SHUTDOWN)'],
  ])('is there after %j', (outcome, wording) => {
    expect(refusalOf({}, outcome)).toEqual({
      message: `asm/x.golden was not written: the guest ${wording}`,
      hint: 'No golden is written from such a run. Let the guest write 0 to the exit port, or halt, when it is done.',
    });
  });

  it.each<[Outcome, Settings]>([
    [timeout, { outcome: 'timeout' }],
    [crashed, { outcome: 'crashed' }],
  ])('is there after %j even where it is expected', (outcome, settings) => {
    expect(refusalOf(settings, outcome)?.hint).toContain('even where it is expected');
    expect(refusalOf(settings, outcome, { regs: golden('bx') })?.hint).toContain('even where it is expected');
  });

  it.each<[Outcome, Settings, string]>([
    [
      exited(4),
      {},
      "It was expected to exit with 0 or halt. Mend the guest, or say '; guestkit: exit=4' in it.",
    ],
    [
      halted,
      { exit: 0 },
      "It was expected to exit with 0. Mend the guest, or say '; guestkit: outcome=halted' in it.",
    ],
    [
      exited(0),
      { outcome: 'timeout' },
      "It was expected to run into its time limit. Mend the guest, or say '; guestkit: exit=0' in it.",
    ],
  ])('is there after %j where %j asks for another', (outcome, settings, hint) => {
    expect(refusalOf(settings, outcome)?.hint).toBe(hint);
    expect(refusalOf(settings, outcome, { serial: hello })).toMatchObject({
      message: expect.stringMatching(/^nothing was written: the guest /),
      hint,
    });
  });

  it('is not there when it ended as it should', () => {
    expect(refusalOf({}, halted)).toBeUndefined();
    expect(refusalOf({ exit: 3 }, exited(3))).toBeUndefined();
  });
});

describe('a routine', () => {
  const call: RoutineCall = {
    label: 'itoa',
    inputs: [],
    results: [{ kind: 'register', name: 'ax', value: { symbol: undefined, offset: 1 }, text: 'ax=1' }],
    prints: undefined,
  };
  const judged = (parts: Partial<CaseRun>, settings: Settings = {}): ReturnType<typeof judge> =>
    judge(testCase, planOf(settings, { call, name: 'itoa -> ax=1' }), {}, runOf(halted, parts), 1);

  it('passes by its results, whatever ending the source itself asks for', () => {
    const returned = { returned: true, stackDelta: 0 };
    const registers = (): ReturnType<CaseRun['registers']> => ({ ...caseRun().registers(), rax: 1n });
    expect(judged({ routine: returned, registers }, { exit: 3 }).status).toBe('passed');
    expect(judged({ routine: returned })).toMatchObject({
      status: 'failed',
      reasons: [{ kind: 'routine', message: 'ax is 0x0000 (0), expected 0x0001 (1)' }],
      pending: [],
      refusal: undefined,
    });
  });

  it.each<[Outcome, string]>([
    [exited(3), 'itoa did not return: the guest exited with 3'],
    [halted, 'itoa did not return: the guest halted'],
    [timeout, 'itoa did not return: the guest timed out after 500 ms'],
    [crashed, 'itoa did not return: the guest crashed: triple fault (KVM_EXIT_SHUTDOWN)'],
  ])('that ends with %j instead of its RET fails by that alone', (outcome, message) => {
    const verdict = judged({ outcome, routine: { returned: false, stackDelta: 0 } });
    expect(verdict).toMatchObject({
      status: 'failed',
      reasons: [{ kind: 'routine', message }],
      refusal: undefined,
    });
  });
});
