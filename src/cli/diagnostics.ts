import type { Diagnostic } from '../nasm/diagnostics.ts';
import { type DiagnosticRole, renderDiagnostics } from '../nasm/render.ts';
import type { Style, StyleName } from '../report/style.ts';

const COLOURS: Readonly<Partial<Record<DiagnosticRole, StyleName>>> = {
  location: 'bold',
  error: 'red',
  fatal: 'red',
  warning: 'yellow',
  note: 'cyan',
  caret: 'green',
};

/** NASM's diagnostics as text, coloured as compilers do. */
export function renderNasm(diagnostics: readonly Diagnostic[], style: Style): string {
  return renderDiagnostics(diagnostics, {
    style: (role, text) => {
      const colour = COLOURS[role];
      return colour === undefined ? text : style(colour, text);
    },
  });
}
