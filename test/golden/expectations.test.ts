import { describe, expect, it } from 'vitest';
import { checkExpectations } from '../../src/golden/expectations.ts';
import type { Expectation } from '../../src/golden/plan.ts';

/** `text`, `!text` for what must not be there, `/regex/`; each on the line of its place in the list. */
function expectationsOf(...written: string[]): Expectation[] {
  return written.map((each, index) => {
    const line = index + 1;
    if (each.startsWith('!')) return { kind: 'not', pattern: each.slice(1), line };
    if (/^\/.*\/$/.test(each)) return { kind: 'regex', pattern: each.slice(1, -1), line };
    return { kind: 'text', pattern: each, line };
  });
}

const check = (output: string | Uint8Array, ...written: string[]): ReturnType<typeof checkExpectations> =>
  checkExpectations(expectationsOf(...written), Buffer.from(output));

describe('what is met', () => {
  it.each<[string, string[]]>([
    ['one\ntwo\nthree\n', ['one', 'two', 'three']],
    ['one two', ['one', 'two']],
    ['aa', ['a', 'a']],
    ['abc', ['!x', 'abc', '!y']],
    ['panic? no\ndone\npanic!', ['done', 'panic!']],
    ['start\nok\npanic\n', ['start', '!panic', 'ok']],
    ['x = 42\r\n', ['/^x = \\d+$/']],
    ['one\ntwo', ['one', '/^two/', '!/']],
    ['größe', ['/^gr.ß.$/', '!ö']],
    ['', ['!anything']],
    ['', ['/^$/']],
    ['abc', ['/(?<=a)b/', 'c']],
    ['ab', ['a', '/(?<=a)b/']],
  ])('%j: %j', (output, written) => {
    expect(check(output, ...written)).toBeUndefined();
  });

  it('reads a byte that is no UTF-8 as U+FFFD, and a BOM as itself', () => {
    expect(check(Uint8Array.of(0x61, 0xff, 0x62), '/a\ufffdb/')).toBeUndefined();
    expect(check('\ufeffab', '/^\ufeffab/')).toBeUndefined();
  });
});

describe('what is not met', () => {
  it('is reported with where the scan stood and the nearest candidate', () => {
    const output = 'boot\nself test: RAM ok\nself test: UART okay\nexit cod 3\n';
    expect(check(output, 'boot', 'RAM', 'exit code 3')).toEqual({
      kind: 'expectation',
      line: 3,
      message: "expect: 'exit code 3' is not in the rest of the output",
      notes: ["looked from line 2, column 15 on: 'self test: RAM ok'", "nearest: line 4: 'exit cod 3'"],
    });
  });

  it('finds a candidate in the middle of a long line, in either case', () => {
    const notes = check(`x\n${'-'.repeat(50)}RESULT IS 41${'-'.repeat(90)}\n`, 'result is 42')?.notes;
    expect(notes).toEqual([
      'looked at all 2 lines of the output',
      `nearest: line 2: '${'-'.repeat(50)}RESULT IS 41${'-'.repeat(38)}...'`,
    ]);
  });

  it('offers nothing that is not near', () => {
    expect(check('completely different\n', 'exit code 3')?.notes).toEqual([
      "looked at all of the output: 'completely different'",
    ]);
    expect(check('ab', 'xy')?.notes).toHaveLength(1);
  });

  it('tells that it came too early', () => {
    expect(check('two\none\n', 'one', 'two')).toMatchObject({
      line: 2,
      notes: [
        "looked from line 2, column 4 on: 'one'",
        'it is at line 1, column 1, before that: each is looked for behind the one before it',
      ],
    });
    expect(check('one', 'one', 'more')?.notes).toEqual([
      'looked from the end of the output on, line 1, column 4',
    ]);
  });

  it('tells that there is no output', () => {
    expect(check('', 'x')).toMatchObject({
      message: "expect: 'x' is not in the output",
      notes: ['the guest printed nothing'],
    });
  });

  it('is only the first of them', () => {
    expect(check('x', 'a', 'b', '!x')).toMatchObject({ line: 1 });
  });

  it('takes the control characters of a guest for letters', () => {
    expect(check('\x1b[2J\x07ok\n', 'okk')?.notes[0]).toBe("looked at all of the output: '\\x1b[2J\\x07ok'");
  });
});

describe('expect-not', () => {
  it('says where it was found', () => {
    expect(check('one\n  a panic\ntwo', 'one', '!panic', 'two')).toEqual({
      kind: 'expectation',
      line: 2,
      message: "expect-not: 'panic' is in the output",
      notes: ["found at line 2, column 5: '  a panic'"],
    });
  });

  it.each<[string, string[], number | undefined]>([
    ['a x b', ['!x', 'a', 'b'], undefined],
    ['x a b', ['!x', 'a', 'b'], 1],
    ['a b x', ['a', '!x', 'b'], undefined],
    ['a b x', ['a', 'b', '!x'], 3],
    ['a xy b', ['a', '!z', '!y', 'b'], 3],
    // It must lie between its neighbours as a whole.
    ['ab', ['a', '!ab', 'b'], undefined],
    // Where its end is not known, that is what is wrong.
    ['a x', ['a', '!x', 'b'], 3],
  ])('%j: %j fails in line %j', (output, written, line) => {
    expect(check(output, ...written)?.line).toBe(line);
  });
});

describe('expect-re', () => {
  it('says what comes nearest to its literal part', () => {
    expect(check('took 12 msec\nresult: none\n', '/^result: (\\d+)$/')).toEqual({
      kind: 'expectation',
      line: 1,
      message: 'expect-re: /^result: (\\\\d+)$/ is not in the output',
      notes: ['looked at all 2 lines of the output', "nearest to its 'result:': line 2: 'result: none'"],
    });
  });

  it.each<[string, string | undefined]>([
    ['^ready\\.$', 'ready.'],
    ['[a-z]+ready', 'ready'],
    ['(?:x|readyness)?ready{2}', 'readyness'],
    ['(?<name>ready)', 'ready'],
    ['\\(ready\\)+ [)\\]ab]*', '(ready)'],
    ['\\d+\\s+\\w', undefined],
    ['r.e.a.d', undefined],
  ])('takes %j for %j', (pattern, literal) => {
    const [, nearest] = check(`${literal?.slice(0, -1) ?? 'ready'}-`, `/${pattern}/`)?.notes ?? [];
    if (literal === undefined) expect(nearest).toBeUndefined();
    else expect(nearest).toContain(`nearest to its '${literal}': line 1:`);
  });

  it('does not hang on a pattern that takes time without end', () => {
    const output = `ready\n${'a'.repeat(60)}!\n`;
    expect(check(output, 'ready', '/^(a+)+$/', 'x')).toEqual({
      kind: 'expectation',
      line: 2,
      message: 'expect-re: /^(a+)+$/ was not decided within 1000 ms',
      notes: ['Repeats within repeats, such as (a+)+, can take time without end: write it without them.'],
    });
    expect(check('a', '/a/')).toBeUndefined();
  });
});

it('bounds its work on 16 MiB of output', () => {
  const line = `${'abcdefgh'.repeat(127)}abcdefg\n`;
  const output = Buffer.alloc(16 * 2 ** 20, line);
  expect(check(output, 'a', '!z', `${'abcdefgi'.repeat(200)}`)?.notes).toHaveLength(2);
  expect(check(Buffer.alloc(16 * 2 ** 20, 'a'), '/b$/')).toMatchObject({ line: 1 });
  expect(check(Buffer.alloc(16 * 2 ** 20, '\n'), 'some text')?.notes).toEqual([
    'looked at all 16777216 lines of the output',
  ]);
});
