import { expect, it } from 'vitest';
import { editDistance, suggest } from '../src/suggest.ts';

it.each([
  ['', '', 0],
  ['', 'abc', 3],
  ['abc', '', 3],
  ['exit', 'exit', 0],
  ['exti', 'exit', 1],
  ['exi', 'exit', 1],
  ['exxit', 'exit', 1],
  ['skip', 'exit', 3],
  ['kitten', 'sitting', 3],
])('is as far from %j to %j as it takes edits', (from, to, distance) => {
  expect(editDistance(from, to)).toBe(distance);
  expect(editDistance(to, from)).toBe(distance);
});

const names = ['exit', 'outcome', 'timeout', 'memory', 'input', 'skip'];

it.each([
  ['exti', 'exit'],
  ['Exit', 'exit'],
  ['mem', 'memory'],
  ['time', 'timeout'],
  ['time-out', 'timeout'],
  ['intput', 'input'],
  ['status', undefined],
  ['x', undefined],
  ['', undefined],
  ['exit'.repeat(100_000), undefined],
])('for %.20j suggests %s', (word, name) => {
  expect(suggest(word, names)).toBe(name);
});
