/** A comment of an assembler source. Lines and columns count from 1, columns in UTF-16 units. */
export interface Comment {
  line: number;
  /** Where its first semicolon stands. */
  column: number;
  /** From its first semicolon to the end of the line. */
  text: string;
}

/**
 * The comments of a NASM source, as NASM's own scanner sees quotes (NASM manual, "Character Strings"):
 * `'...'` and `"..."` know no escapes, `` `...` `` does, none of them crosses the end of a line unless
 * the line ends in a backslash. LF, CR LF and a lone CR end a line, as they do for NASM's line numbers.
 *
 * The preprocessor does not run: a comment in an `%if 0` block is a comment too.
 */
export function* comments(source: string): Generator<Comment> {
  let line = 0;
  let openQuote = '';
  for (const text of lines(source)) {
    line += 1;
    const { at, quote } = findComment(text, openQuote);
    if (at !== -1) yield { line, column: at + 1, text: text.slice(at) };
    openQuote = text.endsWith('\\') ? quote : '';
  }
}

function* lines(source: string): Generator<string> {
  const ends = /\r\n|\n|\r/g;
  let start = 0;
  for (let end = ends.exec(source); end !== null; end = ends.exec(source)) {
    yield source.slice(start, end.index);
    start = ends.lastIndex;
  }
  yield source.slice(start);
}

/** Where the line's comment begins (-1: it has none), and the quote that is still open at its end. */
function findComment(line: string, openQuote: string): { at: number; quote: string } {
  let quote = openQuote;
  for (let at = 0; at < line.length; at += 1) {
    const letter = line.charAt(at);
    if (quote !== '') {
      if (letter === quote) quote = '';
      else if (letter === '\\' && quote === '`') at += 1;
    } else if (letter === ';') {
      return { at, quote: '' };
    } else if (letter === "'" || letter === '"' || letter === '`') {
      quote = letter;
    }
  }
  return { at: -1, quote };
}
