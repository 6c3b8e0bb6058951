/**
 * Names, messages and diffs come from guests and sources, which may hold anything. What a terminal or a log
 * would hide or obey shows as U+FFFD in reports.
 */

/** Controls, format characters (those that turn the direction of text among them), surrogates, unassigned. */
const UNSEEN = /[\p{C}\u2028\u2029]/gu;

/** Most text, told apart at a tenth of the cost. */
const PLAIN = /^[ -~]*$/;

/** Text of several lines, without anything that steers a terminal. */
export function harmless(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(UNSEEN, (letter) => (letter === '\n' || letter === '\t' ? letter : '\u{FFFD}'));
}

/** The same on one line: line ends and tabs become spaces. */
export function oneLine(text: string): string {
  if (PLAIN.test(text)) return text;
  return harmless(text).replace(/[\n\t]/g, ' ');
}

/** The lines of a message. */
export function linesOf(text: string): string[] {
  return harmless(text).split('\n');
}

export function indent(lines: readonly string[], columns: number): string[] {
  const blanks = ' '.repeat(columns);
  return lines.map((line) => blanks + line);
}

/** Lines as text; no lines are no text. */
export function joined(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/**
 * Breaks what a runner of GitHub Actions would take for a command in the log: `::` at the start of a line, and
 * `##[` anywhere (actions/runner, ActionCommand). The notation is that of diffs.
 */
export function withoutCommands(text: string): string {
  return text.replace(/^([^\S\n]*):(?=:)/gm, '$1\\x3a').replaceAll('##[', '#\\x23[');
}

/** A word of a command that can be copied into a shell. */
export function shellWord(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${oneLine(word).replaceAll("'", "'\\''")}'`;
}

/** "0.4 ms", "12 ms", "1.20 s". */
export function milliseconds(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms >= 10 ? ms.toFixed(0) : ms.toFixed(1)} ms`;
}

/** "1 golden", "2 goldens". */
export function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
