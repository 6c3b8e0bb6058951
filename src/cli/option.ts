import { GuestkitError } from '../errors.ts';
import { ValueError } from '../golden/parse-value.ts';

/**
 * The value of an option, parsed; `undefined` stays so.
 * @throws GuestkitError `usage` naming the option when the text is not a value of its kind
 */
export function option<T>(name: string, text: string, parse: (text: string) => T): T;
export function option<T>(name: string, text: string | undefined, parse: (text: string) => T): T | undefined;
export function option<T>(name: string, text: string | undefined, parse: (text: string) => T): T | undefined {
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof ValueError) throw new GuestkitError('usage', `${name} ${text}: ${error.message}`);
    throw error;
  }
}
