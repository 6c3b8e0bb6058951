import { GuestkitError } from '../errors.ts';
import type { Chosen, Selection, Suite } from '../runner/suite.ts';

/** Why a selection has no test case in it, as the error of a person who thought otherwise. */
export function nothingToTest(
  suite: Suite,
  { sources }: Chosen,
  { filters = [], name }: Selection,
): GuestkitError {
  return new GuestkitError(
    'usage',
    `there is nothing to test: ${reason(suite, sources.length, filters, name)}`,
    {
      hint: 'guestkit new hello writes a guest with its golden; guestkit test asm/x.asm makes a golden for asm/x.asm.',
    },
  );
}

function reason(suite: Suite, chosen: number, filters: readonly string[], name: string | undefined): string {
  const texts = filters.join(' or ');
  if (chosen === 0 && filters.length > 0) return `the path of no source contains ${texts}`;
  if (chosen === 0) return `no file matches ${suite.config.include.join(' or ')}`;
  const where = filters.length === 0 ? '' : ` that ${chosen === 1 ? 'matches' : 'match'} ${texts}`;
  if (name !== undefined) {
    return `no test case of the ${chosen === 1 ? 'source' : `${chosen} sources`}${where} has a name like '${name}' (-t)`;
  }
  return chosen === 1
    ? `the source${where} has no golden and does not say what to expect`
    : `none of the ${chosen} sources${where} has a golden or says what to expect`;
}
