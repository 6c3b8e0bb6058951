import { describe, expect, it } from 'vitest';
import { assemble } from '../../src/nasm/assemble.ts';
import { AssemblyError } from '../../src/nasm/assembly-error.ts';
import { type Diagnostic, parseDiagnostics } from '../../src/nasm/diagnostics.ts';
import { useSandbox } from './sandbox.ts';

const sandbox = useSandbox();

/** What the NASM that is installed says about a source. */
async function diagnose(text: string): Promise<Diagnostic[]> {
  sandbox.write('x.asm', text);
  try {
    return [...(await assemble('x.asm')).warnings];
  } catch (error) {
    if (error instanceof AssemblyError) return [...error.diagnostics];
    throw error;
  }
}

function plain(line: number | undefined, severity: Diagnostic['severity'], message: string): Diagnostic {
  return { file: 'x.asm', line, severity, message, flag: undefined, notes: [] };
}

describe('what NASM says', () => {
  it('about an unknown name', async () => {
    expect(await diagnose('nop\nmov ax, foo\n')).toEqual([plain(2, 'error', "symbol `foo' not defined")]);
  });

  it('about an unknown instruction', async () => {
    expect(await diagnose('foo bar\n')).toEqual([plain(1, 'error', 'parser: instruction expected')]);
  });

  it('about a label defined twice, with the first place as a note', async () => {
    expect(await diagnose('x: db 1\nx: db 2\n')).toEqual([
      {
        ...plain(2, 'error', "label `x' inconsistently redefined"),
        notes: [{ file: 'x.asm', line: 1, message: "label `x' originally defined here" }],
      },
    ]);
  });

  it('about an error in nested macros of an include, outermost first', async () => {
    sandbox.write('lib.inc', '%macro IN 1\n mov al, nope\n%endmacro\n%macro OUT 1\n IN %1\n%endmacro\n');
    expect(await diagnose('%include "lib.inc"\n\n  OUT 3\n')).toEqual([
      {
        ...plain(3, 'error', "symbol `nope' not defined"),
        notes: [
          { file: 'lib.inc', line: 5, message: "from macro `OUT' defined here" },
          { file: 'lib.inc', line: 2, message: "from macro `IN' defined here" },
        ],
      },
    ]);
  });

  it('about an error in an include', async () => {
    sandbox.write('lib.inc', 'nop\nmov rax, 1\n');
    expect(await diagnose('bits 16\n%include "lib.inc"\n')).toEqual([
      { ...plain(2, 'error', 'instruction not supported in 16-bit mode'), file: 'lib.inc' },
    ]);
  });

  it('about a missing include and an %if without end', async () => {
    expect(await diagnose('%include "no.inc"\n%if 1\n')).toEqual([
      plain(1, 'error', "unable to open include file `no.inc': No such file or directory"),
      plain(3, 'fatal', "expected `%endif' before end of file"),
    ]);
  });

  it('about things without a line', async () => {
    const text = 'section .a start=0 vstart=0\ndb 1\nsection .b start=0\ndb 2\n';
    expect(await diagnose(text)).toEqual([plain(undefined, 'fatal', 'sections .a and .b overlap!')]);
  });

  it('as warnings, with their class, once a line', async () => {
    expect(await diagnose('%rep 3\ndb 300\n%endrep\ndb 300\n')).toEqual(
      [2, 4].map((line) => ({
        ...plain(line, 'warning', 'byte data exceeds bounds'),
        flag: 'number-overflow',
      })),
    );
  });

  it('as errors made of warnings', async () => {
    sandbox.env('NASMENV', '-Werror -Xvc');
    expect(await diagnose('db 300\n')).toEqual([
      { ...plain(1, 'error', 'byte data exceeds bounds'), flag: 'error=number-overflow' },
    ]);
  });

  it('through %error and %warning, over several lines too', async () => {
    expect(await diagnose('%warning one\n%error `two\\nlines`\n')).toEqual([
      { ...plain(1, 'warning', 'one'), flag: 'user' },
      plain(2, 'error', 'two\nlines'),
    ]);
  });

  it('about a macro that calls itself for ever, in few notes', async () => {
    const [, error] = await diagnose('%rmacro r 0\nr\n%endmacro\nr\n');
    const last = error ?? (await diagnose('r\n'))[0];
    expect(last?.notes.length).toBeLessThan(20);
    expect(last?.notes.at(-1)?.message).toMatch(/^\.\.\. and \d+ more notes$/);
  });
});

describe('parseDiagnostics', () => {
  it('reads forms this NASM was not made to say', () => {
    const output = [
      'panic: x.asm:1: assertion times > 0 failed at asm/nasm.c:1586',
      'nasm: fatal: out of memory',
      'x.asm:7: critical: boom',
      'x.asm:8: note: because',
      'dir: with: colons/a.asm:12: error: x:1: error: y',
      '',
    ].join('\n');
    expect(parseDiagnostics(output, 'x.asm')).toEqual([
      plain(undefined, 'fatal', 'x.asm:1: assertion times > 0 failed at asm/nasm.c:1586'),
      plain(undefined, 'fatal', 'out of memory'),
      { ...plain(7, 'fatal', 'boom'), notes: [{ file: 'x.asm', line: 8, message: 'because' }] },
      { ...plain(12, 'error', 'x:1: error: y'), file: 'dir: with: colons/a.asm' },
    ]);
  });

  it('keeps text it does not know', () => {
    expect(parseDiagnostics('Segmentation fault\n', 'x.asm')).toEqual([
      plain(undefined, 'error', 'Segmentation fault'),
    ]);
    expect(parseDiagnostics('x.asm:1: ... from nowhere\n', 'x.asm')).toEqual([]);
    expect(parseDiagnostics('', 'x.asm')).toEqual([]);
  });
});
