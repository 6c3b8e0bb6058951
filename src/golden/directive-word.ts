import { editDistance } from '../suggest.ts';

/** The words that make a comment a directive when it begins with one of them and a colon. */
export type DirectiveWord = 'guestkit' | 'case' | 'test' | ExpectationWord;

export type ExpectationWord = 'expect' | 'expect-not' | 'expect-re';

const EXPECTATION_WORDS: readonly ExpectationWord[] = ['expect', 'expect-not', 'expect-re'];
/** The longest word that can be a misspelled one. */
const LONGEST = 16;
const WORDS: readonly DirectiveWord[] = ['guestkit', 'case', 'test', ...EXPECTATION_WORDS];

/** Ordinary first words of a comment that are one letter away from `expect`. */
const PROSE: ReadonlySet<string> = new Set(['expects', 'expert']);

/** What one typing error leaves of `expect`; to look for it is much cheaper than to count the errors. */
const LEFT_OF_EXPECT = /ex|ct/;

/** How a comment begins: its first word, when a colon follows, and the index behind the colon. */
export interface CommentHead {
  word: string;
  /** Whether the colon stands right behind the word, as it must for a directive. */
  tight: boolean;
  end: number;
}

export function commentHead(text: string): CommentHead | undefined {
  const found = /^[;\s]+([A-Za-z][A-Za-z_-]*)(\s*):/.exec(text);
  if (found === null) return undefined;
  const [all, word = '', blanks = ''] = found;
  return { word, tight: blanks === '', end: all.length };
}

export function directiveWord({ word, tight }: CommentHead): DirectiveWord | undefined {
  return tight ? WORDS.find((known) => known === word) : undefined;
}

/**
 * The `expect` word that a comment was meant to begin with though it does not: `expct:`, `Expect:`,
 * `expect_not:`, `expect :`. The words of ordinary comments (`except:`, `expected:`, `expects:`) are left
 * alone, so a lone word may have one letter wrong; one that is made of two, as nobody's prose is, more.
 */
export function meantExpectation({ word }: CommentHead): ExpectationWord | undefined {
  if (word.length > LONGEST) return undefined;
  const typed = word.toLowerCase().replaceAll('_', '-');
  if (PROSE.has(typed) || !LEFT_OF_EXPECT.test(typed)) return undefined;
  let least = typed.includes('-') ? 2 : 1;
  let nearest: ExpectationWord | undefined;
  for (const known of EXPECTATION_WORDS) {
    if (Math.abs(known.length - typed.length) > least) continue;
    const distance = editDistance(typed, known);
    if (distance > least) continue;
    least = distance;
    nearest = known;
  }
  if (nearest !== undefined) return nearest;
  if (typed.startsWith('expect-re')) return 'expect-re';
  return typed.startsWith('expect-') ? 'expect' : undefined;
}
