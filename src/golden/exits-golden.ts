import type { PortAccess } from '../machine/port-access.ts';
import { suggest } from '../suggest.ts';
import { type CaseRun, PORT_ACCESS_LIMIT } from './case-run.ts';
import { type Comparison, copyOf, describeDifference } from './comparison.ts';
import { asUtf8, type Fail, failAt, type GoldenLine, goldenLines } from './golden-text.ts';
import { quote } from './visible.ts';

const FORMS =
  "Write 'out 0x3f8 0x48' or 'in 0x3fd 0x60', with ' x 12' behind it for twelve in a row; two digits of the value make a byte, four a word, eight a dword.";

/** An access as its line says it, without picture and count. */
interface Repeated {
  access: string;
  count: number;
}

const WORD = /^\s*(\S+)/;
const ACCESS = /^\s*(in|out)\s+(\S+)\s+(\S+)/i;
/** What may follow: the picture of a byte, how often, a comment. */
const REST = /^(?:\s+'.')?(?:\s+x\s*([1-9]\d{0,4}))?\s*(?:[;#].*)?$/i;
const COMMENT = /^\s*([;#].*)?$/;

/**
 * Compares the port accesses of a run with a golden such as
 *
 *     in 0x3fd 0x60 x 3
 *     out 0x3f8 0x48 'H'
 *     out 0x60 0x1234     ; a word
 *
 * Both are brought into one form first: equal neighbours are one line, pictures are of what is there,
 * comments are left out but those before the first access.
 * @throws Error when the accesses were not recorded: ask `needsPortAccesses`
 */
export function compareAccesses(golden: Uint8Array, path: string, run: CaseRun): Comparison | undefined {
  if (run.accesses === undefined)
    throw new Error(`the port accesses that ${path} is about were not recorded`);
  const { head, accesses } = parseAccesses(Buffer.from(golden).toString('latin1'), failAt(path));
  const expected = head + write(accesses);
  const actual = head + write(run.accesses.map((access) => ({ access: nameOf(access), count: 1 })));
  if (expected === actual && !run.accessesCut) return undefined;

  const accepted = Buffer.from(actual, 'latin1');
  const failure = describeDifference(Buffer.from(expected, 'latin1'), accepted);
  if (!run.accessesCut) return { failure, accepted: copyOf(accepted) };
  const text = `the guest made more than ${PORT_ACCESS_LIMIT} port accesses: only the first ${PORT_ACCESS_LIMIT} are compared, and none of them is accepted`;
  failure.diff.unshift({ kind: 'note', text });
  return { failure, accepted: undefined };
}

function nameOf({ direction, port, size, value }: PortAccess): string {
  return `${direction} 0x${port.toString(16)} 0x${value.toString(16).padStart(size * 2, '0')}`;
}

/** One line each, equal neighbours folded; a byte of ASCII with its picture. */
function write(accesses: readonly Repeated[]): string {
  const lines: string[] = [];
  let index = 0;
  for (const first = accesses.length; index < first; ) {
    const access = accesses[index]?.access ?? '';
    let count = 0;
    for (; accesses[index]?.access === access; index += 1) count += accesses[index]?.count ?? 0;
    lines.push(access + pictureOf(access) + (count === 1 ? '\n' : ` x ${count}\n`));
  }
  return lines.join('');
}

function pictureOf(access: string): string {
  const [, digits] = / 0x([0-9a-f]{2})$/.exec(access) ?? [];
  const byte = Number.parseInt(digits ?? '0', 16);
  return byte < 0x20 || byte >= 0x7f ? '' : ` '${String.fromCharCode(byte)}'`;
}

function parseAccesses(text: string, fail: Fail): { head: string; accesses: Repeated[] } {
  let head = '';
  const accesses: Repeated[] = [];
  for (const line of goldenLines(text)) {
    if (!COMMENT.test(line.text)) accesses.push(parseAccess(line, fail));
    else if (accesses.length === 0) head += `${line.text}\n`;
  }
  return { head, accesses };
}

function parseAccess(line: GoldenLine, fail: Fail): Repeated {
  const { text } = line;
  const [matched, direction, port = '', value = ''] = ACCESS.exec(text) ?? [];
  if (matched === undefined || direction === undefined) {
    const [, word = ''] = WORD.exec(text) ?? [];
    const meant = suggest(asUtf8(word), ['in', 'out']);
    const question = meant === undefined || meant === word ? '' : ` (did you mean '${meant}'?)`;
    return fail(line, text.search(/\S/), `${quote(asUtf8(text.trim()))} is no port access${question}`, FORMS);
  }
  const valueAt = matched.length - value.length;
  const portAt = text.indexOf(port, text.search(/\S/) + direction.length);
  if (!/^0x0*[0-9a-f]{1,4}$/i.test(port)) {
    fail(line, portAt, `${quote(asUtf8(port))} is no port: write 0x0 to 0xffff`, FORMS);
  }
  if (!/^0x([0-9a-f]{2}|[0-9a-f]{4}|[0-9a-f]{8})$/i.test(value)) {
    fail(
      line,
      valueAt,
      `${quote(asUtf8(value))} is no value of 1, 2 or 4 bytes: write 2, 4 or 8 digits`,
      FORMS,
    );
  }
  const rest = REST.exec(text.slice(matched.length));
  if (rest === null) {
    const at = matched.length + text.slice(matched.length).search(/\S/);
    fail(line, at, `${quote(asUtf8(text.slice(at)))} is out of place behind an access`, FORMS);
  }
  const access = `${direction.toLowerCase()} 0x${Number(port).toString(16)} ${value.toLowerCase()}`;
  return { access, count: Number(rest?.[1] ?? 1) };
}
