import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { GuestRun } from '../../src/library/guest-run.ts';
import { matchExit, matchHalt } from '../../src/library/match-ending.ts';
import { type GoldenFate, matchGolden, type UpdateMode } from '../../src/library/match-golden.ts';
import { matchPrint } from '../../src/library/match-print.ts';
import { type MatcherResult, requireRun } from '../../src/library/matcher.ts';
import { runGuest } from '../../src/library/run-guest.ts';
import { PLAIN } from '../../src/report/style.ts';
import { exit, guest, prints, SPIN, TRIPLE_FAULT } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { useProject } from './project.ts';

const project = useProject();

const IS = { isNot: false, style: PLAIN };
const IS_NOT = { isNot: true, style: PLAIN };

/** Runs the source `asm/x.asm`. */
function run(source: string, timeoutMs?: number): Promise<GuestRun> {
  project.write('asm/x.asm', source);
  return runGuest('asm/x.asm', { timeoutMs });
}

/** What a matcher comes to: `ok`, or its message where the test would fail. */
function verdict(result: MatcherResult, isNot: boolean): string {
  return result.pass === isNot ? result.message() : 'ok';
}

/** The same of a golden, and what the test run counts. */
function golden(
  guestRun: GuestRun,
  mode: UpdateMode,
  { isNot = false, path }: { isNot?: boolean; path?: string } = {},
): [verdict: string, ...fates: GoldenFate[]] {
  const fates: GoldenFate[] = [];
  const context = { isNot, style: PLAIN, mode, count: (fate: GoldenFate) => fates.push(fate) };
  return [verdict(matchGolden(guestRun, path, context), isNot), ...fates];
}

describeKvm('toMatchGolden', () => {
  it('compares byte for byte, and shows what differs and who wrote it', async () => {
    project.write('asm/x.golden', 'hello\n');
    expect(golden(await run(prints('hello\n', exit(3))), 'none')).toEqual(['ok', 'matched']);
    const [message, ...fates] = golden(await run(prints('help\n')), 'none');
    expect(fates).toEqual(['unmatched']);
    expect(message).toBe(
      [
        'asm/x.asm: what it printed is not what asm/x.golden holds',
        '- expected (golden)  + actual (guest)',
        "first difference at offset 3 (0x3), line 1, column 4: expected 0x6c 'l', actual 0x70 'p'",
        'expected 6 bytes, actual 5 bytes',
        '- hello',
        '+ help',
        'written by asm/x.asm:8: rep outsb',
        'If this is right now, accept it: vitest -u',
      ].join('\n'),
    );
    expect(project.read('asm/x.golden')).toBe('hello\n');
  });

  it('writes a missing golden, but not where that is refused', async () => {
    project.write('package.json', JSON.stringify({ guestkit: { golden: 'goldens/{path}' } }));
    const ran = await run(prints('new\n'));
    const [refused, ...fates] = golden(ran, 'none');
    expect(refused).toContain('asm/x.asm has no golden: goldens/asm/x.golden is not there');
    expect(refused).toContain('it printed:\n  new');
    expect(fates).toEqual(['unmatched']);
    expect(existsSync('goldens')).toBe(false);
    expect(golden(ran, 'new')).toEqual(['ok', 'added']);
    expect(project.read('goldens/asm/x.golden')).toBe('new\n');
    expect(golden(ran, 'none')).toEqual(['ok', 'matched']);
    expect(golden(await run(prints('other\n')), 'new')).toEqual([
      expect.stringContaining('+ other'),
      'unmatched',
    ]);
  });

  it('replaces one that differs with -u', async () => {
    project.write('asm/x.golden', 'old\n');
    const ran = await run(prints('new\n'));
    expect(golden(ran, 'all')).toEqual(['ok', 'updated']);
    expect(project.read('asm/x.golden')).toBe('new\n');
    expect(golden(ran, 'all')).toEqual(['ok', 'matched']);
  });

  it('takes nothing from a guest that did not end by itself', async () => {
    project.write('asm/x.golden', '');
    for (const mode of ['none', 'new', 'all'] as const) {
      const [crash] = golden(await run(TRIPLE_FAULT), mode);
      expect(crash).toMatch(
        /^asm\/x\.asm crashed: triple fault .*, and is not compared with asm\/x\.golden\nEAX /,
      );
      const [timeout] = golden(await run(guest(SPIN), 20), mode, { path: 'asm/new.golden' });
      expect(timeout).toMatch(
        /^asm\/x\.asm timed out after 20 ms, and is not compared with asm\/new\.golden\n/,
      );
      expect(timeout).toContain('the option timeoutMs');
      expect(golden(await run(guest(SPIN), 20), mode, { isNot: true })[0]).toContain('is not compared with');
    }
    expect(project.read('asm/x.golden')).toBe('');
    expect(existsSync('asm/new.golden')).toBe(false);
  });

  it('compares one that died as its source asks, and writes nothing all the same', async () => {
    const dies = `; guestkit: outcome=timeout\n${prints('A', SPIN)}`;
    const [missing] = golden(await run(dies, 20), 'new');
    expect(missing).toContain('asm/x.golden was not written: asm/x.asm timed out after 20 ms\n');
    project.write('asm/x.golden', 'B');
    expect(golden(await run(dies, 20), 'all')[0]).toContain('asm/x.golden was not written');
    expect(golden(await run(dies, 20), 'new')[0]).toContain("expected 0x42 'B', actual 0x41 'A'");
    project.write('asm/x.golden', 'A');
    expect(golden(await run(dies, 20), 'all')).toEqual(['ok', 'matched']);
    // Another ending than the one it asks for.
    expect(golden(await run(`; guestkit: outcome=timeout\n${TRIPLE_FAULT}`), 'new')[0]).toContain('crashed');
  });

  it('with .not says that the golden differs, and never writes', async () => {
    project.write('asm/x.golden', 'one');
    expect(golden(await run(prints('two')), 'all', { isNot: true })).toEqual(['ok', 'matched']);
    expect(project.read('asm/x.golden')).toBe('one');
    const same = 'asm/x.asm: what it printed is what asm/x.golden holds';
    expect(golden(await run(prints('one')), 'all', { isNot: true })).toEqual([same, 'matched']);
    const missing = { isNot: true, path: 'no.golden' };
    expect(golden(await run(prints('two')), 'new', missing)[0]).toMatch(/^no\.golden is not there/);
    expect(existsSync('no.golden')).toBe(false);
  });

  it('takes the golden that is named, of the debug console by its name', async () => {
    const ran = await run(prints('serial', ["mov al, 'D'", 'out 0xE9, al', exit(0)].join('\n')));
    expect(golden(ran, 'new', { path: 'g/one.golden' })).toEqual(['ok', 'added']);
    expect(golden(ran, 'new', { path: 'g/one.debug.golden' })).toEqual(['ok', 'added']);
    expect([project.read('g/one.golden'), project.read('g/one.debug.golden')]).toEqual(['serial', 'D']);
    project.write('g/one.debug.golden', 'E');
    const [differs] = golden(ran, 'none', { path: 'g/one.debug.golden' });
    expect(differs).toContain('what it wrote to the debug console is not what g/one.debug.golden holds');
    expect(differs).toContain('written by asm/x.asm:10: out 0xE9, al');
    for (const name of ['x.regs.golden', 'x.mem.golden', 'x.exits.golden']) {
      expect(() => golden(ran, 'new', { path: name })).toThrow(
        `compares what was printed: ${name} is another golden`,
      );
    }
    expect(() =>
      matchGolden({ ...ran, golden: undefined }, undefined, { ...IS, mode: 'new', count() {} }),
    ).toThrow('does not know the golden of a guest without a source');
  });

  it('fails where a golden cannot be read or written', async () => {
    const ran = await run(prints('x'));
    mkdirSync('asm/x.golden');
    expect(() => golden(ran, 'all')).toThrow('cannot read asm/x.golden: it is a folder');
    project.write('file', '');
    expect(() => golden(ran, 'new', { path: 'file/x.golden' })).toThrow(/cannot (read|make|write)/);
    if (process.getuid?.() === 0) return;
    mkdirSync('closed');
    chmodSync('closed', 0o500);
    expect(() => golden(ran, 'new', { path: 'closed/x.golden' })).toThrow('cannot write closed/x.golden');
  });
});

describeKvm('toExitWith and toHalt', () => {
  it('tell endings apart', async () => {
    const [exited, halted] = [await run(prints('last words\n', exit(4))), await run(guest('hlt'))];
    expect(verdict(matchExit(exited, 4, IS), false)).toBe('ok');
    expect(verdict(matchExit(exited, 3, IS), false)).toBe(
      'asm/x.asm exited with 4, expected to exit with 3\nit printed:\n  last words',
    );
    expect(verdict(matchExit(exited, 3, IS_NOT), true)).toBe('ok');
    expect(verdict(matchExit(exited, 4, IS_NOT), true)).toContain(
      'exited with 4, expected it not to exit with 4',
    );
    expect(verdict(matchExit(halted, 0, IS), false)).toContain(
      'halted, expected to exit with 0\nit printed nothing',
    );
    expect(verdict(matchHalt(halted, IS), false)).toBe('ok');
    expect(verdict(matchHalt(exited, IS), false)).toContain('exited with 4, expected to halt');
    expect(verdict(matchHalt(halted, IS_NOT), true)).toContain('halted, expected it not to halt');
    for (const code of [-1, 256, 1.5, Number.NaN]) {
      expect(() => matchExit(exited, code, IS)).toThrow('no guest exits with that');
    }
  });

  it('explain a guest that died', async () => {
    const crash = verdict(matchExit(await run(TRIPLE_FAULT), 0, IS), false);
    expect(crash).toMatch(
      /^asm\/x\.asm crashed: triple fault \(KVM_EXIT_SHUTDOWN\), expected to exit with 0\nEAX /,
    );
    expect(crash).toContain('A fault found no handler');
    const lost = await run(guest('in al, 0x60', SPIN), 20);
    expect(verdict(matchHalt(lost, IS), false)).toContain('read from port 0x60 (1 byte), once');
  });

  it('show the end of a long output, as it can be read', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    const message = verdict(matchHalt(await run(prints(`${lines.join('\n')}\x1b\n`)), IS), false);
    expect(message.split('\n').slice(1, 3)).toEqual(['it printed 311 bytes, at their end:', '  line 28']);
    expect(message).toMatch(/ {2}line 39\\x1b$/);
  });
});

describeKvm('toPrint', () => {
  it('looks for text and for regular expressions', async () => {
    const ran = await run(prints('Hello, w\xf6rld 42\nbye\n'));
    for (const wanted of ['w\xf6rld', 'bye\n', /world|w.rld/, /^bye$/m, /HELLO/i]) {
      expect(verdict(matchPrint(ran, wanted, IS), false)).toBe('ok');
      expect(verdict(matchPrint(ran, wanted, IS_NOT), true)).toContain(
        'is in what it printed\n  found at line ',
      );
    }
    const sticky = /bye/g;
    for (const _ of [1, 2]) expect(matchPrint(ran, sticky, IS).pass).toBe(true);
    expect(verdict(matchPrint(ran, 'Hallo, w\xf6rld', IS), false)).toBe(
      [
        "asm/x.asm: 'Hallo, w\xf6rld' is not in what it printed",
        '  looked at all 2 lines of the output',
        "  nearest: line 1: 'Hello, w\xf6rld 42'",
      ].join('\n'),
    );
    expect(verdict(matchPrint(ran, /41/, IS), false)).toContain('/41/ is not in what it printed');
    expect(() => matchPrint(ran, '', IS)).toThrow('every guest prints that');
  });

  it('looks at bytes, not at what became of them in a decoder', async () => {
    const ran = await run(prints(Uint8Array.of(0xff, 0x41)));
    expect(matchPrint(ran, '\ufffd', IS).pass).toBe(false);
    expect(matchPrint(ran, 'A', IS).pass).toBe(true);
  });

  it('gives up on an expression without end, and says why a guest printed too little', async () => {
    const ran = await run(prints('a'.repeat(40), SPIN), 30);
    expect(() => matchPrint(ran, /(a+)+b/, IS)).toThrow('was not decided within 1000 ms');
    const message = verdict(matchPrint(ran, 'b', IS), false);
    expect(message).toContain('it timed out after 30 ms\nEAX ');
  });
});

it('matchers say what they need', () => {
  const wrong: [value: unknown, kind: string][] = [
    [undefined, 'undefined'],
    [null, 'null'],
    ['asm/x.asm', 'a string'],
    [[], 'an array'],
    [{ output: 'x', outcome: {} }, 'another object'],
    [Promise.resolve(), 'a promise'],
  ];
  for (const [value, kind] of wrong) {
    expect(() => requireRun(value, 'toHalt()')).toThrow(
      `toHalt() needs what runGuest gives, it was given ${kind}`,
    );
  }
});
