import { likeness } from './likeness.ts';
import type { Expectation } from './plan.ts';
import { quote } from './visible.ts';

/** How many lines are looked through for one that is nearly right, and how much of each. */
const SAMPLED_LINES = 500;
const SAMPLED_LENGTH = 240;

/** How much of a line is quoted, in UTF-16 units. */
const SHOWN_LENGTH = 100;

/** A shorter literal of a regular expression is near to anything. */
const SHORTEST_LITERAL = 3;

/** For an expectation that was not found from `from` on: where the scan stood, and what comes nearest. */
export function describeSearch(expectation: Expectation, text: string, from: number): string[] {
  if (text === '') return ['the guest printed nothing'];
  const notes = [describeStart(text, from)];
  const { kind, pattern } = expectation;
  const before = kind === 'text' ? text.slice(0, from).indexOf(pattern) : -1;
  if (before !== -1) {
    notes.push(
      `it is at ${showPlace(text, before)}, before that: each is looked for behind the one before it`,
    );
    return notes;
  }
  const literal = kind === 'regex' ? longestLiteral(pattern) : pattern;
  const nearest = literal === undefined ? undefined : nearestLine(literal, text, from);
  if (nearest !== undefined) {
    const what = kind === 'regex' ? `nearest to its ${quote(literal ?? '')}` : 'nearest';
    notes.push(`${what}: line ${lineNumber(text, nearest)}: ${showLine(text, nearest)}`);
  }
  return notes;
}

/** For what must not be there and is at `at`. */
export function describePresence(text: string, at: number): string[] {
  return [`found at ${showPlace(text, at)}: ${showLine(text, at)}`];
}

function describeStart(text: string, from: number): string {
  if (from === 0) {
    const count = lineNumber(text, text.endsWith('\n') ? text.length - 1 : text.length);
    return count === 1
      ? `looked at all of the output: ${showLine(text, 0)}`
      : `looked at all ${count} lines of the output`;
  }
  if (from === text.length) return `looked from the end of the output on, ${showPlace(text, from)}`;
  return `looked from ${showPlace(text, from)} on: ${showLine(text, from)}`;
}

/** Columns count UTF-16 units. */
function showPlace(text: string, at: number): string {
  return `line ${lineNumber(text, at)}, column ${at - lineStart(text, at) + 1}`;
}

function lineNumber(text: string, at: number): number {
  let line = 1;
  for (let end = text.indexOf('\n'); end !== -1 && end < at; end = text.indexOf('\n', end + 1)) line += 1;
  return line;
}

function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}

function lineText(text: string, start: number, most: number): string {
  const newline = text.indexOf('\n', start);
  const end = newline === -1 ? text.length : newline;
  return text.slice(start, Math.min(end, start + most)).replace(/\r$/, '');
}

function showLine(text: string, at: number): string {
  return quote(lineText(text, lineStart(text, at), SHOWN_LENGTH + 2), SHOWN_LENGTH);
}

/** Where the line begins in which something most like `wanted` stands, if any is near enough to be meant. */
function nearestLine(wanted: string, text: string, from: number): number | undefined {
  let nearest: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  let start = lineStart(text, from);
  for (let count = 0; count < SAMPLED_LINES && start < text.length; count += 1) {
    const distance = likeness(wanted, lineText(text, start, SAMPLED_LENGTH));
    if (distance !== undefined && distance < least) {
      least = distance;
      nearest = start;
    }
    const newline = text.indexOf('\n', start);
    if (newline === -1) break;
    start = newline + 1;
  }
  return nearest;
}

/**
 * A piece of a regular expression: a class, a group's beginning, an escape or a mark, which stand for
 * something else; or a letter that stands for itself, as group 1 or 2, and in group 3 how often it does.
 */
const PIECE =
  /(?:\[(?:\\.|[^\]\\])*\]|\(\?(?:[:=!]|<[=!]|<[^>]*>)|\\[a-z0-9](?:\{[^}]*\}|<[^>]*>)?|[()|.^$])(?:[*+?]|\{[^}]*\})?|(?:\\(.)|(.))([*+?]|\{[^}]*\})?/giu;

/** The longest part of a regular expression that stands for itself; `undefined` when there is none to speak of. */
function longestLiteral(pattern: string): string | undefined {
  let longest = '';
  let literal = '';
  for (const [, escaped, plain, repeat] of pattern.matchAll(PIECE)) {
    if (repeat === undefined || repeat === '+') literal += escaped ?? plain ?? '';
    if (literal.length > longest.length) longest = literal;
    if ((escaped ?? plain) === undefined || repeat !== undefined) literal = '';
  }
  longest = longest.trim();
  return longest.length < SHORTEST_LITERAL ? undefined : longest;
}
