import { GuestkitError } from '../errors.ts';
import { showBytes } from '../golden/visible.ts';
import { endedByItself } from '../machine/outcome.ts';
import type { Style } from '../report/style.ts';
import { oneLine } from '../report/text.ts';
import { explainRun } from './explain-run.ts';
import type { GuestRun } from './guest-run.ts';

/** What a matcher found: whether it holds, and what to say where that is not what was asked for. */
export interface MatcherResult {
  pass: boolean;
  message(): string;
}

/** What a matcher is asked beside its arguments. */
export interface MatcherContext {
  /** `.not` stands before it. */
  isNot: boolean;
  style: Style;
}

const NEWLINE = 0x0a;
/** Lines of output that a message shows. */
const MOST_LINES = 12;
/** Bytes of each of them. */
const MOST_BYTES = 200;

/**
 * What `expect` was given, if it is a guest's end.
 * @throws GuestkitError `usage` for anything else
 */
export function requireRun(value: unknown, matcher: string): GuestRun {
  if (isGuestRun(value)) return value;
  const isPromise = typeof value === 'object' && value !== null && 'then' in value;
  throw new GuestkitError('usage', `${matcher} needs what runGuest gives, it was given ${kindOf(value)}`, {
    hint: isPromise
      ? `Wait for the guest: expect(await runGuest('asm/hello.asm')).${matcher}.`
      : `Write: expect(await runGuest('asm/hello.asm')).${matcher}.`,
  });
}

/** By its shape: a test may have got the library in another way than the matchers did. */
function isGuestRun(value: unknown): value is GuestRun {
  if (typeof value !== 'object' || value === null || !('outcome' in value && 'output' in value)) return false;
  const { outcome, output } = value;
  return typeof outcome === 'object' && outcome !== null && 'kind' in outcome && ArrayBuffer.isView(output);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object') return value === undefined ? 'undefined' : `a ${typeof value}`;
  return 'then' in value ? 'a promise' : 'another object';
}

/** The guest as messages name it. */
export function nameOf({ source }: GuestRun): string {
  return source === undefined ? 'the guest' : oneLine(source);
}

/** What a person wants to know of a guest that did not do as it should: why it died, what it printed. */
export function runLines(run: GuestRun): string[] {
  return [...(endedByItself(run.outcome) ? [] : explainRun(run)), ...printedLines(run)];
}

/** The end of what it printed. */
function printedLines({ output }: GuestRun): string[] {
  if (output.length === 0) return ['it printed nothing'];
  const bytes = Buffer.from(output.buffer, output.byteOffset, output.length);
  const lines: string[] = [];
  let end = bytes.at(-1) === NEWLINE ? bytes.length - 1 : bytes.length;
  while (end >= 0 && lines.length < MOST_LINES) {
    const start = end === 0 ? 0 : bytes.lastIndexOf(NEWLINE, end - 1) + 1;
    const shown = showBytes(bytes.subarray(start, Math.min(end, start + MOST_BYTES)));
    lines.unshift(`  ${shown}${end - start > MOST_BYTES ? '...' : ''}`);
    end = start - 1;
  }
  return [end < 0 ? 'it printed:' : `it printed ${output.length} bytes, at their end:`, ...lines];
}
