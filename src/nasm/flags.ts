import { GuestkitError } from '../errors.ts';

/** Macros, warnings and optimisation: what changes neither the files of a build nor how it is read. */
const USABLE = /^-(?:[DdUu][^\s=].*|[Ww]\S+|O[\dxv]+)$/;
const CONTROL_CHARACTER = /\p{Cc}/u;

/** Why others are not. */
const REFUSED: readonly (readonly [flag: RegExp, reason: string, hint?: string])[] = [
  [/^-[Ii]/, 'guestkit has to know where included files are searched', 'Name the folder in includePaths.'],
  [
    /^(?:-[Pp]|--include)/,
    'guestkit has to know what the image is made of',
    'Include the file with %include at the start of the source.',
  ],
  [/^--(?:before|pragma)/, 'it is a line of source', 'Write it into the source.'],
  [/^-M/, 'guestkit finds the dependencies itself'],
  [/^-[fFg]/, 'guests are flat images without debug information'],
  [/^(?:-o|--keep)/, 'guestkit decides where the image goes'],
  [/^-[lL]/, "guestkit reads NASM's listing itself"],
  [/^-[sXZ]/, "guestkit reads NASM's messages itself"],
  [/^(?:-[Eeahvy]|--v|--help)/, 'it makes no image'],
  [/^-@/, 'guestkit has to see the flags that it brings'],
  [/^-t/, 'it lets sources include files in ways that guestkit does not see'],
  [/^-[DdUuWw]$/, 'its value must follow in the same word, as in -DDEBUG=1'],
  [/^[^-]/, 'it is no flag'],
];

/** Why a flag cannot go with guestkit's own; `undefined` when it can. */
export function flagProblem(flag: string): { reason: string; hint: string } | undefined {
  if (USABLE.test(flag) && !CONTROL_CHARACTER.test(flag)) return undefined;
  const [, reason = 'guestkit does not know what it does to a build', hint] =
    REFUSED.find(([pattern]) => pattern.test(flag)) ?? [];
  return { reason, hint: hint ?? 'Flags for NASM are -DNAME, -DNAME=VALUE, -UNAME, -w..., -W... and -O...' };
}

/** @throws GuestkitError `usage` for the first that cannot go with guestkit's own, with the reason */
export function checkFlags(flags: readonly string[]): void {
  for (const flag of flags) {
    const problem = flagProblem(flag);
    if (problem === undefined) continue;
    throw new GuestkitError('usage', `cannot give NASM the flag ${JSON.stringify(flag)}: ${problem.reason}`, {
      hint: problem.hint,
    });
  }
}
