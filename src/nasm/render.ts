import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Diagnostic, Severity } from './diagnostics.ts';

/** The parts of a rendered diagnostic that a caller may want to colour. */
export type DiagnosticRole = 'location' | Severity | 'note' | 'source' | 'caret';

export interface RenderOptions {
  /** The folder NASM ran in, where relative names start; default the current one. */
  cwd?: string;
  /** Diagnostics shown before "and N more"; default 20. Errors come before warnings when some must go. */
  limit?: number;
  /** Wraps a piece of text by its role, in terminal colours for one; default unchanged. */
  style?: (role: DiagnosticRole, text: string) => string;
}

const DEFAULT_LIMIT = 20;
/** Columns of a source line that are shown; of a longer one, those around the caret. */
const MAX_COLUMNS = 120;
/** A larger file is not opened to quote a line of it. */
const MAX_FILE_BYTES = 16 * 2 ** 20;

/**
 * Diagnostics for people: "asm/x.asm:3: error: symbol `foo' not defined", the line itself, a caret line, and
 * each note the same way. Lines are quoted as the files are now; a line that is gone is left out. Control
 * characters of sources and messages never reach the result.
 */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: RenderOptions = {}): string {
  const limit = options.limit ?? DEFAULT_LIMIT;
  const style = options.style ?? ((_role, text) => text);
  const lineOf = lineReader(options.cwd ?? process.cwd());
  const out: string[] = [];

  const entry = (
    at: { file: string; line: number | undefined },
    role: Severity | 'note',
    message: string,
  ): void => {
    const place = printable(at.line === undefined ? at.file : `${at.file}:${at.line}`);
    out.push(`${style('location', `${place}:`)} ${style(role, `${role}:`)} ${printable(message)}`);
    const text = at.line === undefined ? undefined : lineOf(at.file, at.line);
    if (text === undefined || text.trim() === '') return;
    const quoted = quote(text, message);
    const gutter = String(at.line).padStart(5);
    out.push(`${gutter} | ${style('source', quoted.text)}`);
    out.push(`${' '.repeat(gutter.length)} | ${quoted.indent}${style('caret', quoted.caret)}`);
  };

  for (const diagnostic of chooseShown(diagnostics, limit)) {
    const flag = diagnostic.flag === undefined ? '' : ` [-w+${diagnostic.flag}]`;
    entry(diagnostic, diagnostic.severity, diagnostic.message + flag);
    for (const note of diagnostic.notes) entry(note, 'note', note.message);
  }
  if (diagnostics.length > limit) out.push(`and ${diagnostics.length - limit} more`);
  return out.join('\n');
}

function chooseShown(diagnostics: readonly Diagnostic[], limit: number): readonly Diagnostic[] {
  if (diagnostics.length <= limit) return diagnostics;
  const errors = diagnostics.filter(({ severity }) => severity !== 'warning');
  const warnings = diagnostics.filter(({ severity }) => severity === 'warning');
  return [...errors, ...warnings].slice(0, limit);
}

function lineReader(cwd: string): (file: string, line: number) => string | undefined {
  const files = new Map<string, string[]>();
  return (file, line) => {
    let lines = files.get(file);
    if (lines === undefined) {
      lines = readLines(resolve(cwd, file));
      files.set(file, lines);
    }
    return lines[line - 1];
  };
}

function readLines(path: string): string[] {
  try {
    const stat = statSync(path);
    if (!stat.isFile() || stat.size > MAX_FILE_BYTES) return [];
    return readFileSync(path, 'utf8').split(/\r?\n/);
  } catch {
    return [];
  }
}

/** A source line cut to what is shown, and the caret under the piece the message is most likely about. */
function quote(line: string, message: string): { text: string; indent: string; caret: string } {
  const { column, length } = locate(line, message);
  const start = column + length > MAX_COLUMNS ? Math.max(0, column - MAX_COLUMNS / 2) : 0;
  const text = line.slice(start, start + MAX_COLUMNS);
  const visible = Math.max(1, Math.min(length, text.length - (column - start)));
  return {
    text: printable(text),
    // Tabs stay tabs, so that the caret stands right whatever their width.
    indent: text.slice(0, column - start).replace(/[^\t]/gu, ' '),
    caret: `^${'~'.repeat(visible - 1)}`,
  };
}

/**
 * NASM names no columns. Where the message quotes names that stand in the line, the longest is the place; else
 * the first word behind a label.
 */
function locate(line: string, message: string): { column: number; length: number } {
  let best: { column: number; length: number } | undefined;
  for (const [, name = ''] of message.matchAll(/`([^`']+)'/g)) {
    const column = findWord(line, name);
    if (column >= 0 && name.length > (best?.length ?? 0)) best = { column, length: name.length };
  }
  if (best !== undefined) return best;
  const [lead = ''] = /^\s*(?:[\w.$@~?#]+:\s*(?=[^\s;]))?/.exec(line) ?? [];
  return { column: lead.length, length: 1 };
}

const WORD = /[\w.$@~?#%]/;

function findWord(line: string, word: string): number {
  for (let at = line.indexOf(word); at >= 0; at = line.indexOf(word, at + 1)) {
    const before = line[at - 1] ?? ' ';
    const after = line[at + word.length] ?? ' ';
    const opens = !WORD.test(before) || !WORD.test(word[0] ?? '');
    if (opens && !WORD.test(after)) return at;
  }
  return -1;
}

/** A source could otherwise move the cursor or rewrite the screen with escape sequences. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => (char === '\t' || char === '\n' ? char : '\u{FFFD}'));
}
