import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/nasm/diagnostics.ts';
import { renderDiagnostics } from '../../src/nasm/render.ts';
import { useSandbox } from './sandbox.ts';

const sandbox = useSandbox();

function error(line: number | undefined, message: string): Diagnostic {
  return { file: 'x.asm', line, severity: 'error', message, flag: undefined, notes: [] };
}

function caretOf(source: string, message: string): string {
  sandbox.write('x.asm', source);
  const [, line = '', caret = ''] = renderDiagnostics([error(1, message)]).split('\n');
  expect(line.slice(0, 8)).toBe('    1 | ');
  expect(caret.slice(0, 8)).toBe('      | ');
  return caret.slice(8);
}

describe('the caret', () => {
  it('stands under the name that the message quotes, as a whole word', () => {
    expect(caretOf('foobar: mov foo, 1', "symbol `foo' not defined")).toBe('            ^~~');
    expect(caretOf('incbin "gone.bin"', "`incbin': no file `gone.bin'")).toBe('        ^~~~~~~~');
    expect(caretOf(' jmp .bar', "symbol `.bar' not defined")).toBe('     ^~~~');
  });

  it('else under the first word behind a label', () => {
    expect(caretOf('  start:  bogus x', 'instruction expected')).toBe('          ^');
    expect(caretOf('  start:', 'anything')).toBe('  ^');
    expect(caretOf('x', "symbol `y' not defined")).toBe('^');
  });

  it('keeps tabs, and counts characters outside the BMP once', () => {
    expect(caretOf('\tmov\tax, foo', "symbol `foo' not defined")).toBe('\t   \t    ^~~');
    expect(caretOf("db '😀', foo", "symbol `foo' not defined")).toBe('        ^~~');
  });

  it('stays in sight on a long line', () => {
    sandbox.write('x.asm', `db ${'1, '.repeat(300)}foo, ${'2, '.repeat(100_000)}`);
    const text = renderDiagnostics([error(1, "symbol `foo' not defined")]);
    const [, line = '', caret = ''] = text.split('\n');
    expect(line.length).toBeLessThan(130);
    expect(line.slice(caret.indexOf('^')).startsWith('foo')).toBe(true);
  });
});

describe('the text', () => {
  it('has no line where the file has none', () => {
    sandbox.write('x.asm', 'nop\n\n');
    expect(renderDiagnostics([error(9, 'far')])).toBe('x.asm:9: error: far');
    expect(renderDiagnostics([error(2, 'blank')])).toBe('x.asm:2: error: blank');
    expect(renderDiagnostics([error(undefined, 'whole')])).toBe('x.asm: error: whole');
    expect(renderDiagnostics([{ ...error(1, 'm'), file: '/dev/zero' }])).toBe('/dev/zero:1: error: m');
    expect(renderDiagnostics([])).toBe('');
  });

  it('carries no control characters of the source', () => {
    sandbox.write('x.asm', 'db 1 ; \u001b[2J\u009b31m\r\n');
    const text = renderDiagnostics([{ ...error(1, 'bad \u001b]0;title\u0007'), file: 'x.asm' }]);
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('shows errors before warnings when not all fit, and says how many are left', () => {
    const warnings = Array.from(
      { length: 5 },
      (_, index): Diagnostic => ({
        ...error(undefined, `w${index}`),
        severity: 'warning',
        flag: 'user',
      }),
    );
    expect(renderDiagnostics([...warnings, error(undefined, 'e')], { limit: 2 })).toBe(
      'x.asm: error: e\nx.asm: warning: w0 [-w+user]\nand 4 more',
    );
  });

  it('takes relative names from the folder given, and a style', () => {
    sandbox.write('sub/x.asm', '  bogus\n');
    const style = (role: string, text: string): string => `<${role}>${text}</>`;
    expect(renderDiagnostics([error(1, 'm')], { cwd: 'sub', style })).toBe(
      [
        '<location>x.asm:1:</> <error>error:</> m',
        '    1 | <source>  bogus</>',
        '      |   <caret>^</>',
      ].join('\n'),
    );
  });
});
