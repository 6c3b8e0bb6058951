import type { ImageSymbol } from '../nasm/symbols.ts';
import { suggest } from '../suggest.ts';
import type { Operand } from './plan.ts';
import { quote } from './visible.ts';

/** The number that an operand stands for. Calls `fail` when the image has no such symbol. */
export function resolveOperand(
  { symbol, offset }: Operand,
  symbols: readonly ImageSymbol[],
  fail: (problem: string, hint?: string) => never,
): number {
  if (symbol === undefined) return offset;
  const found = symbols.find(({ name }) => name === symbol);
  if (found !== undefined) return found.address + offset;
  const meant = nearestSymbol(symbol, symbols);
  const question = meant === undefined ? '' : ` (did you mean ${quote(meant)}?)`;
  const hint =
    symbols.length === 0
      ? 'NASM gave no symbols: a [map] of the source that goes to a file of its own takes them away.'
      : 'Local labels are named in full, such as start.loop.';
  return fail(`there is no symbol ${quote(symbol)}${question}`, hint);
}

function nearestSymbol(symbol: string, symbols: readonly ImageSymbol[]): string | undefined {
  const locals = symbols.filter(({ name }) => symbol.startsWith('.') && name.endsWith(symbol));
  if (locals.length === 1) return locals[0]?.name;
  const names = new Map(symbols.map(({ name }) => [name.toLowerCase(), name]));
  return names.get(suggest(symbol, names.keys()) ?? '');
}
