/** Given to NASM as `-MT`, so that the rule's target needs no parsing. */
export const DEPENDENCY_TARGET = 'image';

/**
 * The file names of a make rule as `nasm -M` writes it, `target : names`, names escaped for make: a blank as
 * `\ ` with the backslashes before it doubled, `$` as `$$`, `#` as `\#`; long lists go on behind ` \` and a
 * line break. A line break in a name stands there as it is.
 */
export function parseMakeRule(text: string): string[] {
  const start = `${DEPENDENCY_TARGET} : `;
  if (!text.startsWith(start)) return [];
  const rule = text.slice(start.length).replace(/\n+$/, '');
  const names: string[] = [];
  let name = '';
  const finish = (): void => {
    if (name !== '') names.push(name);
    name = '';
  };
  for (let at = 0; at < rule.length; at++) {
    const char = rule.charAt(at);
    if (char === ' ') {
      finish();
    } else if (char === '$' && rule[at + 1] === '$') {
      name += '$';
      at++;
    } else if (char === '\\') {
      let end = at;
      while (rule[end] === '\\') end++;
      const count = end - at;
      const after = rule[end];
      if (after === '\n' && count === 1 && name === '') {
        at = end;
      } else if ((after === ' ' || after === '\t') && count % 2 === 1) {
        name += '\\'.repeat((count - 1) / 2) + after;
        at = end;
      } else if (after === ' ' || after === undefined) {
        name += '\\'.repeat(count / 2);
        at = end - 1;
      } else if (after === '#') {
        name += `${'\\'.repeat(count - 1)}#`;
        at = end;
      } else {
        name += '\\'.repeat(count);
        at = end - 1;
      }
    } else {
      name += char;
    }
  }
  finish();
  return names;
}
