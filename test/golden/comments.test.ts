import { expect, it } from 'vitest';
import { comments } from '../../src/golden/comments.ts';

const found = (source: string): string[] =>
  Array.from(comments(source), (comment) => `${comment.line}:${comment.column} ${comment.text}`);

it('finds comments on their own line and behind code, with line and column', () => {
  expect(found('; one\nmov al, 1 ; two\n\n  ;; three')).toEqual(['1:1 ; one', '2:11 ; two', '4:3 ;; three']);
});

it('counts lines that end in LF, CR LF or CR as NASM does', () => {
  expect(found('db 1\rdb 2 ; x\r\ndb 3\n; y')).toEqual(['2:6 ; x', '4:1 ; y']);
});

it.each([
  ["db '; no'"],
  ['db "; no"'],
  ['db `; no`'],
  ['db `\\`; no`'],
  ['db \'"\', "; no"'],
  ["db 'a\\\n; no'"],
  ["db 'never closed ; no"],
])('sees no comment in %j', (source) => {
  expect(found(source)).toEqual([]);
});

it.each([
  ["db 'a\\' ; yes", '1:9 ; yes'],
  ["db '\"' ; yes", '1:8 ; yes'],
  ["db 'never closed\n; yes", '2:1 ; yes'],
  ["; it's\n; yes", '2:1 ; yes'],
  ['; ends in a backslash \\\n; yes', '2:1 ; yes'],
])('sees the comment in %j', (source, comment) => {
  expect(found(source)).toContain(comment);
});
