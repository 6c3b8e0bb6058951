import { describe, expect, it } from 'vitest';
import { GuestkitError } from '../../src/errors.ts';
import type { Settings } from '../../src/golden/plan.ts';
import { parseSourcePlan } from '../../src/golden/plan-parser.ts';
import { failureOf } from './plan-support.ts';

const settingsOf = (source: string): Settings => parseSourcePlan(source, 'asm/x.asm').settings;

describe('what a guestkit: comment sets', () => {
  it('knows every setting', () => {
    const source =
      '; guestkit: exit=3 timeout=500ms memory=2M input="abc\\r" outcome=exited skip="not \\"yet\\""';
    expect(settingsOf(source)).toEqual({
      exit: 3,
      outcome: 'exited',
      timeoutMs: 500,
      memoryBytes: 2_097_152,
      input: Uint8Array.of(0x61, 0x62, 0x63, 0x0d),
      skip: 'not "yet"',
    });
  });

  it('collects them from several lines, of their own or behind code', () => {
    const source =
      'bits 16\n  ;;; guestkit: exit=0xFf\nmov al, 1 ;guestkit:timeout=2s\r\n\t; guestkit:\tinput=""\n';
    expect(settingsOf(source)).toEqual({ exit: 255, timeoutMs: 2000, input: new Uint8Array() });
  });

  it.each(['exited', 'halted', 'timeout', 'crashed'])('can expect the outcome %s', (outcome) => {
    expect(settingsOf(`; guestkit: outcome=${outcome}`)).toEqual({ outcome });
  });

  it('sends text as UTF-8, and spaces, semicolons and equals signs as they are', () => {
    expect(settingsOf('; guestkit: input="é; a=b "')).toEqual({
      input: new TextEncoder().encode('é; a=b '),
    });
  });

  it('keeps no more memory than the input has, whatever it was made in', () => {
    expect(settingsOf('; guestkit: input="ab\\r"').input?.buffer.byteLength).toBe(3);
  });

  it.each([
    [''],
    ["db '; guestkit: exit=1'"],
    ['db "; guestkit: exit=1"'],
    ['; see guestkit: exit=1'],
    ['; guestkit runs this'],
    ['; guestkit sets DL=0x80 before it starts'],
    ['; Guestkit: the tool that runs this'],
    ['; Guestkit'],
    ['; guest exit=3 is what it returns'],
    ['; exit=3'],
    [`; ${'guestkit '.repeat(10_000)}`],
  ])('leaves %.40j alone', (source) => {
    const plan = parseSourcePlan(source, 'asm/x.asm');
    expect(plan).toMatchObject({ settings: {}, hasDirectives: false, hasExpectations: false });
  });

  it('does not mind bytes that are not UTF-8 outside of values', () => {
    const source = Buffer.from('; caf\xe9\ndb "\xff"\n; guestkit: exit=1\n', 'latin1').toString('utf8');
    expect(settingsOf(source)).toEqual({ exit: 1 });
  });
});

const LIST = 'Allowed are exit=3, outcome=halted, timeout=500ms, memory=2M, input="abc\\r", skip="why".';

describe('what is refused', () => {
  it('names file, line and column, and lists what is allowed', () => {
    const error = failureOf('bits 16\n\nhlt\n; guestkit: exti=3');
    expect(error).toBeInstanceOf(GuestkitError);
    expect(error).toMatchObject({ code: 'directive', file: 'asm/x.asm', line: 4, column: 13, hint: LIST });
    expect(error.message).toBe("asm/x.asm:4:13: unknown setting 'exti' (did you mean 'exit'?)");
  });

  it.each([
    // Form.
    ['; guestkit:', "1:1: there is no setting after 'guestkit:'"],
    ['; guestkit: status=3', "1:13: unknown setting 'status'"],
    ['; guestkit: Exit=3', "1:13: unknown setting 'Exit' (did you mean 'exit'?)"],
    ['; guestkit: \x1b=3', "1:13: unknown setting '\\x1b'"],
    ['; guestkit: __proto__=3', "1:13: unknown setting '__proto__'"],
    ['; guestkit: exit', "1:13: 'exit' has no value; write exit=3, without spaces around '='"],
    ['; guestkit: exit=', "1:13: 'exit' has no value; write exit=3, without spaces around '='"],
    ['; guestkit: exit = 3', "1:13: 'exit' has no value; write exit=3, without spaces around '='"],
    ['; guestkit: skip', `1:13: 'skip' has no value; write skip="why", without spaces around '='`],
    ['; guestkit: =3', "1:13: '=' is out of place: settings are written name=value"],
    ['; guestkit: "x"', `1:13: '"' is out of place: settings are written name=value`],
    ['; guestkit: exit=3 ; why', "1:20: ';' is out of place: only settings may follow 'guestkit:'"],
    [
      '; guestkit: exit=3, timeout=1s',
      "1:13: ',' after 'exit': settings are separated by spaces, and nothing else may follow",
    ],
    ['; guestkit: exit="3"', "1:13: 'exit' takes no quotes; write exit=3"],
    ['; guestkit: input=abc', `1:13: 'input' needs double quotes; write input="abc\\r"`],
    ["; guestkit: skip='why'", `1:13: 'skip' needs double quotes; write skip="why"`],
    ['; guestkit: input="abc', "1:19: the quote of 'input' is never closed"],
    ['; guestkit: \x1b[2J="', "1:18: the quote of '\\x1b[2J' is never closed"],
    ['; guestkit: input="abc\\"', "1:19: the quote of 'input' is never closed"],
    ['; guestkit: input="a"b', "1:22: 'b' right behind the value of 'input'; put a space between settings"],
    ['; guestkit: exit=3"', `1:19: '"' right behind the value of 'exit'; put a space between settings`],
    // Values.
    ['; guestkit: exit=256', "1:18: exit: '256' is out of range; an exit status is 0 to 255"],
    ['; guestkit: exit=0x100', "1:18: exit: '0x100' is out of range; an exit status is 0 to 255"],
    ['; guestkit: exit=-1', "1:18: exit: '-1' is not an exit status; write 0 to 255, or 0x00 to 0xff"],
    ['; guestkit: exit=1e2', "1:18: exit: '1e2' is not an exit status; write 0 to 255, or 0x00 to 0xff"],
    [
      '; guestkit: outcome=halt',
      "1:21: outcome: 'halt' is not an outcome (did you mean 'halted'?); allowed are exited, halted, timeout, crashed",
    ],
    [
      '; guestkit: outcome=fine',
      "1:21: outcome: 'fine' is not an outcome; allowed are exited, halted, timeout, crashed",
    ],
    [
      '; guestkit: outcome=stopped',
      "1:21: outcome: 'stopped' cannot be expected: only the host stops a guest",
    ],
    ['; guestkit: timeout=0ms', "1:21: timeout: '0ms' is out of range; 1ms to 60m are allowed"],
    ['; guestkit: timeout=5', "1:21: timeout: '5' has no unit; write 5ms, 5s or 5m"],
    ['; guestkit: memory=6K', "1:20: memory: '6K' is not a multiple of 4K, the page size"],
    [
      '; guestkit: input="ab\\q"',
      `1:22: input: '\\q' is not an escape; allowed are \\r \\n \\t \\0 \\\\ \\" and \\xNN`,
    ],
    ['; guestkit: input="\uFFFD"', '1:20: input: the text is not UTF-8 here; write such a byte as \\xNN'],
    ['; guestkit: skip=" "', '1:19: skip: the reason is empty; say why the case is skipped'],
    [
      '; guestkit: skip="a\\x1b"',
      '1:19: skip: the reason is read by people: it must be text without control characters',
    ],
    // More than one.
    ['; guestkit: exit=1 exit=1', "1:20: 'exit' is set on line 1 and again on line 1"],
    ['; guestkit: exit=1\n\nhlt ; guestkit: exit=2', "3:17: 'exit' is set on line 1 and again on line 3"],
    ['; guestkit: exit=3 outcome=halted', '1:20: exit=3 and outcome=halted contradict each other'],
    ['; guestkit: outcome=crashed exit=0', '1:29: exit=0 and outcome=crashed contradict each other'],
    [
      '; guestkit: exit=3\n; guestkit: outcome=timeout',
      '2:13: exit=3 and outcome=timeout contradict each other (lines 1 and 2)',
    ],
    [
      '; guestkit: outcome=timeout\n; guestkit: exit=3',
      '2:13: exit=3 and outcome=timeout contradict each other (lines 1 and 2)',
    ],
  ])('%j', (source, message) => {
    expect(failureOf(source).message).toBe(`asm/x.asm:${message}`);
  });

  it('takes 64 KiB of input and no more', () => {
    const limit = 64 * 1024;
    expect(settingsOf(`; guestkit: input="${'a'.repeat(limit)}"`).input).toHaveLength(limit);
    expect(failureOf(`; guestkit: input="${'a'.repeat(limit + 1)}"`).message).toBe(
      'asm/x.asm:1:20: input: the input is 65537 bytes long; at most 65536 (64K) are allowed',
    );
  });

  it.each([
    ['; guestkit exit=3'],
    ['; guestkit : exit=3'],
    [';guestkit :exit=3'],
    ['; Guestkit: exit=3'],
    ['; GUESTKIT: exti=3'],
    ['; geustkit: exit = 3'],
    ['hlt ;; guest-kit: timeout=5s'],
  ])('calls the near miss %j by its name', (source) => {
    const error = failureOf(source);
    expect(error.message).toMatch(
      /^asm\/x\.asm:1:\d+: this comment is not read: a directive begins with 'guestkit:'$/,
    );
    expect(error.hint).toBe(LIST);
  });
});
