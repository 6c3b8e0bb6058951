import { expect, it } from 'vitest';
import type { SourcePlace } from '../../src/golden/verdict.ts';
import { exit, guest, prints, SPIN } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { TO_LONG_MODE, TO_PROTECTED_MODE } from '../support/modes.ts';
import { as, only, runAlone, useProject } from './project.ts';

const project = useProject();

/** Prints one byte. */
function out(text: string): string[] {
  return ['mov dx, 0x3F8', `mov al, '${text}'`, 'out dx, al'];
}

/** Who wrote the first byte that differs, for each golden that does. */
async function writers(
  source: string,
  goldens: Readonly<Record<string, string | Uint8Array>>,
): Promise<(SourcePlace | undefined)[]> {
  project.guest('asm/x.asm', source, goldens);
  const { reasons } = as('failed', only(await runAlone('asm/x.asm')));
  return reasons.flatMap((reason) => (reason.kind === 'golden' ? [reason.writtenBy] : []));
}

function line(source: string, text: string): number {
  return source.split('\n').findIndex((found) => found.startsWith(text)) + 1;
}

describeKvm('who wrote a byte', () => {
  it('is the line with its OUT', async () => {
    const source = guest(...out('a'), ...out('b'), ...out('c'), exit(0));
    for (const [golden, at] of [
      ['xbc', 5],
      ['axc', 8],
      ['abx', 11],
      ['ab', 11],
    ] as const) {
      expect(await writers(source, { '.golden': golden }), golden).toEqual([
        { file: 'asm/x.asm', line: at, text: 'out dx, al' },
      ]);
    }
  });

  it('is the right one of two that follow each other', async () => {
    const source = guest(
      'mov dx, 0x3F8',
      "mov al, 'a'",
      'out dx, al ; one',
      'out dx, al ; two',
      'out dx, al',
      exit(0),
    );
    expect(await writers(source, { '.golden': 'abc' })).toMatchObject([{ text: 'out dx, al ; two' }]);
    expect(await writers(source, { '.golden': 'bbc' })).toMatchObject([{ text: 'out dx, al ; one' }]);
  });

  it('is nobody where the output ended early', async () => {
    expect(await writers(guest(...out('a'), exit(0)), { '.golden': 'ab' })).toEqual([undefined]);
    expect(await writers(guest(exit(0)), { '.golden': 'ab' })).toEqual([undefined]);
  });

  it('is a line of an included file', async () => {
    project.write('asm/part.inc', ['nop', 'print:', 'out dx, al', 'ret'].join('\n'));
    const source = guest('jmp start', '%include "part.inc"', 'start: mov dx, 0x3F8', 'call print', exit(0));
    expect(await writers(source, { '.golden': 'x' })).toEqual([
      { file: 'asm/part.inc', line: 3, text: 'out dx, al' },
    ]);
  });

  it('is the line that calls a macro, or the macro’s own', async () => {
    const source = guest(
      '%macro print 1',
      'mov al, %1',
      'out dx, al',
      '%endmacro',
      'mov dx, 0x3F8',
      "print 'a'",
      "print 'b'",
      exit(0),
    );
    const [place] = await writers(source, { '.golden': 'ax' });
    expect(place?.file).toBe('asm/x.asm');
    expect([line(source, 'out dx'), line(source, "print 'b'")]).toContain(place?.line);
  });

  it('is a REP OUTSB, at its first byte, in its middle and at its last', async () => {
    const source = prints('hello world');
    for (const golden of ['Hello world', 'hello World', 'hello worlD', 'hello worl']) {
      expect(await writers(source, { '.golden': golden }), golden).toEqual([
        { file: 'asm/x.asm', line: line(source, 'rep outsb'), text: 'rep outsb' },
      ]);
    }
  });

  it.each([
    ['the same byte', 'h'],
    ['another byte', '>'],
  ])('is told apart where an OUT of %s is right before a REP OUTSB', async (_what, first) => {
    const source = guest(
      'cld',
      'mov si, text',
      'mov cx, 5',
      ...out(first),
      'rep outsb',
      ...out('!'),
      exit(0),
      'text: db "hello"',
    );
    for (const [golden, text] of [
      ['_hello!', 'out dx, al'],
      [`${first}Hello!`, 'rep outsb'],
      [`${first}hEllo!`, 'rep outsb'],
      [`${first}hellO!`, 'rep outsb'],
      [`${first}hello?`, 'out dx, al'],
    ] as const) {
      expect(await writers(source, { '.golden': golden }), golden).toMatchObject([{ text }]);
    }
  });

  it('is told apart where a single OUTSB follows an OUT', async () => {
    const source = guest('cld', 'mov si, text', ...out('a'), 'outsb', 'outsb', exit(0), 'text: db "ab"');
    expect(await writers(source, { '.golden': '_ab' })).toMatchObject([{ text: 'out dx, al' }]);
    expect(await writers(source, { '.golden': 'a_b' })).toMatchObject([{ line: 8 }]);
    expect(await writers(source, { '.golden': 'aa_' })).toMatchObject([{ line: 9 }]);
  });

  it('is found in a loop, though its line wrote other bytes before', async () => {
    const source = guest(
      'mov dx, 0x3F8',
      "mov al, 'a'",
      'next: out dx, al',
      'inc al',
      "cmp al, 'k'",
      'jne next',
      exit(0),
    );
    expect(await writers(source, { '.golden': 'abcdefgHij' })).toMatchObject([{ line: 5 }]);
  });

  it('is told for the debug console, and for each golden by itself', async () => {
    const source = guest(...out('a'), "mov al, 'd'", 'out 0xE9, al', ...out('b'), exit(0));
    expect(await writers(source, { '.golden': 'ax', '.debug.golden': 'x' })).toEqual([
      { file: 'asm/x.asm', line: 10, text: 'out dx, al' },
      { file: 'asm/x.asm', line: 7, text: 'out 0xE9, al' },
    ]);
  });

  it('is told of a guest that is stopped later, or crashes', async () => {
    const spinning = guest('; guestkit: timeout=30ms outcome=timeout', ...out('a'), SPIN);
    expect(await writers(spinning, { '.golden': 'b' })).toMatchObject([{ line: 6 }]);
  });

  it.each([
    ['protected', TO_PROTECTED_MODE],
    ['long', TO_LONG_MODE],
  ])('is told in %s mode', async (_name, way) => {
    const source = `bits 16\norg 0\n${way}\nmov edx, 0x3F8\nmov al, 'a'\nout dx, al\nout dx, al\nhlt\n`;
    const at = source.split('\n').indexOf('out dx, al') + 1;
    expect(await writers(source, { '.golden': 'ab' })).toMatchObject([{ line: at + 1 }]);
  });

  it('is told by the linear address: CS need not be 0', async () => {
    const source = guest('jmp 0x10:there - 0x100', 'times 0x100 nop', 'there:', ...out('a'), exit(0));
    expect(await writers(source, { '.golden': 'b' })).toMatchObject([{ text: 'out dx, al' }]);
  });

  it('is nobody where code runs that is not in the image as it is', async () => {
    const source = guest(
      'cld',
      'mov si, code',
      'mov di, 0x8000',
      'mov cx, code.end - code',
      'rep movsb',
      'jmp 0:0x8000',
      'code:',
      ...out('a'),
      exit(0),
      '.end:',
    );
    expect(await writers(source, { '.golden': 'b' })).toEqual([undefined]);
  });

  it('is told with the guest’s input and memory', async () => {
    const source = guest(
      '; guestkit: memory=2M',
      'mov dx, 0x3F8',
      'in al, dx',
      'out dx, al',
      'in al, dx',
      'out dx, al ; second',
      exit(0),
    );
    expect(await writers(source, { '.golden': 'ab', '.in': 'ac' })).toMatchObject([
      { text: 'out dx, al ; second' },
    ]);
  });

  it('is told where much was printed', async () => {
    const text = Buffer.alloc(20_000, 'x');
    text[15_000] = 0x79;
    const source = prints(text);
    expect(await writers(source, { '.golden': Buffer.alloc(20_000, 'x') })).toMatchObject([
      { text: 'rep outsb' },
    ]);
  });
});
