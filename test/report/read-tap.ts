/** A test point of a TAP document. */
export interface TestPoint {
  ok: boolean;
  number: number;
  description: string;
  skip: string | undefined;
  /** What its YAML block says. */
  diagnostics: Readonly<Record<string, unknown>> | undefined;
}

export interface TapDocument {
  planned: number;
  points: TestPoint[];
  comments: string[];
  bailedOut: string | undefined;
}

const POINT = /^(not )?ok (\d+) - ((?:[^\\#]|\\[\\#])*?)(?: # SKIP ((?:[^\\#]|\\[\\#])+))?$/;

/**
 * Reads TAP strictly, by version 14 but for the version line (testanything.org): the version first, numbers in
 * turn, one plan, and no line of another kind. Of YAML it knows block mappings of words, numbers, texts in
 * double quotes and literal blocks.
 */
export function readTap(text: string): TapDocument {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const lines = text.slice(0, -1).split('\n');
  if (lines.shift() !== 'TAP version 13') throw new Error('no version line');
  const document: TapDocument = { planned: -1, points: [], comments: [], bailedOut: undefined };
  while (lines.length > 0) {
    const line = lines.shift() ?? '';
    const point = POINT.exec(line);
    if (document.bailedOut !== undefined) throw new Error(`behind the end: ${line}`);
    if (point !== null) {
      if (document.planned >= 0) throw new Error(`behind the plan: ${line}`);
      document.points.push(readPoint(point, document.points.length + 1, lines));
    } else if (line.startsWith('# ')) document.comments.push(line.slice(2));
    else if (/^1\.\.\d+( # .+)?$/.test(line) && document.planned < 0) {
      document.planned = Number.parseInt(line.slice(3), 10);
    } else if (line.startsWith('Bail out! ')) document.bailedOut = line.slice(10);
    else throw new Error(`not TAP: ${line}`);
  }
  if (document.planned < 0) throw new Error('no plan');
  return document;
}

function readPoint(match: RegExpExecArray, number: number, lines: string[]): TestPoint {
  const [, not, written, description = '', skip] = match;
  if (Number(written) !== number) throw new Error(`point ${written} stands where ${number} should`);
  const isBlock = lines[0] === '  ---';
  return {
    ok: not === undefined,
    number,
    description: unescaped(description),
    skip: skip === undefined ? undefined : unescaped(skip),
    diagnostics: isBlock ? readBlock(lines) : undefined,
  };
}

function unescaped(text: string): string {
  return text.replace(/\\([\\#])/g, '$1');
}

function readBlock(lines: string[]): Readonly<Record<string, unknown>> {
  const block: string[] = [];
  lines.shift();
  for (let line = lines.shift(); line !== '  ...'; line = lines.shift()) {
    if (line === undefined || !line.startsWith('  ')) throw new Error(`the YAML block does not end: ${line}`);
    block.push(line.slice(2));
  }
  return readMapping(block, '');
}

function readMapping(lines: string[], indent: string): Readonly<Record<string, unknown>> {
  const mapping: Record<string, unknown> = {};
  while (lines[0]?.startsWith(indent) === true && !lines[0].startsWith(`${indent} `)) {
    const [, key, value] = /^ *(\w+):(?: (.+))?$/.exec(lines.shift() ?? '') ?? [];
    if (key === undefined || key in mapping) throw new Error(`not a mapping's line: ${key}`);
    const deeper = `${indent}  `;
    if (value === undefined) mapping[key] = readMapping(lines, deeper);
    else mapping[key] = /^\|2?$/.test(value) ? readLiteral(lines, deeper, value === '|') : readScalar(value);
  }
  return mapping;
}

/** The lines of a literal block; without a number of blanks, its first line tells them. */
function readLiteral(lines: string[], indent: string, isPlain: boolean): string {
  const items: string[] = [];
  if (isPlain && !/^\S/.test(lines[0]?.slice(indent.length) ?? ''))
    throw new Error('a literal without a start');
  while (lines[0]?.startsWith(indent) === true) items.push(`${(lines.shift() ?? '').slice(indent.length)}\n`);
  return items.join('');
}

/** A word, a number, or a text in double quotes: a JSON string means the same in YAML 1.2. */
function readScalar(text: string): unknown {
  return /^[a-z]+$/.test(text) ? text : JSON.parse(text);
}
