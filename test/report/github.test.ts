import { describe, expect, it } from 'vitest';
import type { ReporterOptions } from '../../src/report/reporter.ts';
import { parseReporter, REPORTERS } from '../../src/report/reporters.ts';
import { harmless, oneLine, withoutCommands } from '../../src/report/text.ts';
import { caseOf, errored, failed, golden, HOSTILE, OPTIONS, report, SUITE, SUMMARY } from './fixtures.ts';

interface Command {
  name: string;
  properties: Readonly<Record<string, string>>;
  message: string;
}

/** Reads a line of a log as the runner of GitHub Actions does (actions/runner, ActionCommand). */
function readCommand(line: string): Command | undefined {
  const trimmed = line.trimStart();
  if (trimmed.startsWith('::')) {
    const end = trimmed.indexOf('::', 2);
    if (end < 0) return undefined;
    const info = trimmed.slice(2, end);
    const [name = ''] = info.split(' ', 1);
    const pairs = info.slice(name.length + 1).split(',');
    return {
      name,
      properties: Object.fromEntries(
        pairs.map((pair) => {
          const [key = ''] = pair.split('=', 1);
          return [
            key,
            unescaped(pair.slice(key.length + 1))
              .replaceAll('%3A', ':')
              .replaceAll('%2C', ','),
          ];
        }),
      ),
      message: unescaped(trimmed.slice(end + 2)).replaceAll('%25', '%'),
    };
  }
  const prefix = line.indexOf('##[');
  return prefix < 0 ? undefined : { name: line.slice(prefix + 3), properties: {}, message: '' };
}

function unescaped(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n');
}

function commands(text: string): Command[] {
  return text.split(/\r\n|\r|\n/).flatMap((line) => readCommand(line) ?? []);
}

function text(name: string, options: Partial<ReporterOptions> = {}): string {
  return report(parseReporter(name).create({ ...OPTIONS, ...options }), SUITE, SUMMARY);
}

describe('annotations', () => {
  const annotations = commands(text('github'));

  it('are all there is', () => {
    expect(annotations).toHaveLength(text('github').trimEnd().split('\n').length);
    expect(new Set(annotations.map(({ name }) => name))).toEqual(new Set(['error', 'warning', 'notice']));
  });

  it('stand on the line that printed the byte, that expects, that NASM names', () => {
    const places = annotations.map(({ properties }) => `${properties['file']}:${properties['line']}`);
    expect(places.slice(0, 10)).toEqual([
      'asm/lib/print.inc:14',
      'asm/broken.asm:3',
      'asm/lib/print.inc:9',
      'asm/broken.asm:undefined',
      'asm/crash.asm:1',
      'asm/crash.asm:1',
      'asm/directive.asm:2',
      'asm/echo.asm:8',
      'asm/echo.asm:14',
      'asm/flaky.asm:1',
    ]);
  });

  it('come through as they are, whatever is in them', () => {
    const hostile = annotations.filter(({ properties }) => properties['title']?.startsWith('asm/hostile'));
    expect(hostile).toHaveLength(3);
    expect(hostile[0]?.properties['file']?.replaceAll('%25', '%')).toBe(oneLine(HOSTILE));
    expect(hostile[2]?.message).toBe(harmless(HOSTILE));
  });

  it('name files from the checkout', () => {
    const [first] = commands(text('github', { workspace: '/home/me' }));
    expect(first?.properties['file']).toBe('project/asm/lib/print.inc');
  });

  it('name an absolute path inside of the checkout from there, and leave one outside', () => {
    const files = ['/home/me/project/asm/x.inc', '/usr/share/x.inc', '../x.inc', '..x.inc'];
    const diagnostics = files.map((file) => ({
      ...{ file, line: 1, severity: 'error' as const, message: 'm', flag: undefined, notes: [] },
    }));
    const cases = [{ verdict: errored(caseOf('asm/a.asm'), { diagnostics }), wrote: [] }];
    const found = commands(report(parseReporter('github').create(OPTIONS), cases));
    expect(found.slice(0, 4).map(({ properties }) => properties['file'])).toEqual([
      'asm/x.inc',
      '/usr/share/x.inc',
      '../x.inc',
      '..x.inc',
    ]);
  });

  it('are cut where they are long', () => {
    const long = golden('asm/a.golden', [{ kind: 'actual', text: '\u{1f600}'.repeat(10_000) }]);
    const cases = [{ verdict: failed(caseOf('asm/a.asm'), [long]), wrote: [] }];
    const [first] = commands(report(parseReporter('github').create(OPTIONS), cases));
    expect(first?.message).toHaveLength(8004);
    expect(first?.message).not.toMatch(/\p{Cs}/u);
    expect(first?.message.endsWith('\n...')).toBe(true);
  });
});

describe('what a guest prints is no command', () => {
  it.each(Object.keys(REPORTERS).filter((name) => name !== 'github'))('as %s in a log', (name) => {
    expect(commands(text(name, { readByGithub: true }))).toEqual([]);
  });

  it('and is as it was where nobody would obey it', () => {
    expect(text('pretty')).toContain('      ::error::mine\n');
    expect(text('pretty', { readByGithub: true })).toContain('      \\x3a:error::mine\n');
  });

  it.each([
    ['::a::b', '\\x3a:a::b'],
    ['x\n \t::a', 'x\n \t\\x3a:a'],
    ['a ::b', 'a ::b'],
    ['###[x', '##\\x23[x'],
    [': :', ': :'],
    ['\u00a0::a', '\u00a0\\x3a:a'],
  ])('%j', (from, to) => {
    expect(withoutCommands(from)).toBe(to);
  });
});

it('no report has a character that steers a terminal', () => {
  for (const name of Object.keys(REPORTERS)) {
    expect(
      text(name)
        .replaceAll('\n', '')
        .search(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u),
      name,
    ).toBe(-1);
  }
});
