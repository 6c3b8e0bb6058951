import { describe, expect, it } from 'vitest';
import { PORT_ACCESS_LIMIT } from '../../src/golden/case-run.ts';
import { compareAccesses } from '../../src/golden/exits-golden.ts';
import type { PortAccess } from '../../src/machine/port-access.ts';
import { caseRun, marked } from './case-run.ts';

const PATH = 'asm/x.exits.golden';
const access = (direction: 'in' | 'out', port: number, value: number, size: 1 | 2 | 4 = 1): PortAccess => ({
  direction,
  port,
  size,
  value,
});
const accesses: PortAccess[] = [
  access('in', 0x3fd, 0x60),
  access('in', 0x3fd, 0x60),
  access('out', 0x3f8, 0x48),
  access('out', 0x3f8, 0x0a),
  access('out', 0x60, 0x1234, 2),
  access('out', 0x60, 0x12, 2),
  access('in', 0xcf8, 0xffffffff, 4),
  access('out', 1, 0x80),
];
const canonical = `in 0x3fd 0x60 '\`' x 2
out 0x3f8 0x48 'H'
out 0x3f8 0x0a
out 0x60 0x1234
out 0x60 0x0012
in 0xcf8 0xffffffff
out 0x1 0x80
`;

const compare = (golden: string, made = accesses, cut = false): ReturnType<typeof compareAccesses> =>
  compareAccesses(Buffer.from(golden), PATH, caseRun({ accesses: made, accessesCut: cut }));
const accepted = (golden: string, made = accesses): string =>
  Buffer.from(compare(golden, made)?.accepted ?? '').toString('utf8');

describe('the form', () => {
  it('is one line an access, equal neighbours in one', () => {
    expect(accepted('')).toBe(canonical);
    expect(compare(canonical)).toBeUndefined();
  });

  it('may be written in other ways', () => {
    const golden = canonical
      .replace("in 0x3fd 0x60 '`' x 2", '# polls\n\n  IN 0x03FD 0x60\nin\t0x3fd 0x60 x1 ; again')
      .replace("'H'", "'?' ; wrong picture")
      .replaceAll('\n', '\r\n');
    expect(compare(golden)).toBeUndefined();
    expect(compare('in 0x3fd 0x60 x 1\nin 0x3fd 0x60 x 1', accesses.slice(0, 2))).toBeUndefined();
    expect(
      compare(
        "out 0x3f8 0x3b ';'\nout 0x3f8 0x27 '''\nout 0x3f8 0x5c '\\'",
        [0x3b, 0x27, 0x5c].map((byte) => access('out', 0x3f8, byte)),
      ),
    ).toBeUndefined();
  });

  it('of every byte and size is read again as what it was', () => {
    const bytes = Array.from({ length: 256 }, (_, byte) => access('out', 0xe9, byte));
    const wide = [access('in', 0xffff, 0, 4), access('in', 0, 0xffff, 2), access('in', 0, 0xffff, 4)];
    expect(compare(accepted('', [...bytes, ...wide]), [...bytes, ...wide])).toBeUndefined();
  });

  it('of no access at all is an empty golden', () => {
    expect(compare('', [])).toBeUndefined();
    expect(accepted('out 0x1 0x00\n', [])).toBe('');
  });
});

describe('what differs', () => {
  it('is shown line by line', () => {
    const comparison = compare(canonical.replace('x 2', 'x 3').replace("0x48 'H'", "0x4a 'J'"));
    expect(marked(comparison?.failure?.diff).slice(0, 5)).toEqual([
      "-in 0x3fd 0x60 '`' x 3",
      "-out 0x3f8 0x4a 'J'",
      "+in 0x3fd 0x60 '`' x 2",
      "+out 0x3f8 0x48 'H'",
      ' out 0x3f8 0x0a',
    ]);
    expect(comparison?.failure?.at.line).toBe(1);
    expect(comparison?.accepted).toEqual(new Uint8Array(Buffer.from(canonical)));
  });

  it('tells a byte from a word', () => {
    const made = [access('out', 0x60, 0x12, 2)];
    expect(marked(compare('out 0x60 0x12\n', made)?.failure?.diff)).toEqual([
      '-out 0x60 0x12',
      '+out 0x60 0x0012',
    ]);
  });

  it('keeps the comments before the first access', () => {
    const golden = '; what a driver does\n; in order\n\nout 0x1 0x00\n; the end\n';
    expect(accepted(golden)).toBe(`; what a driver does\n; in order\n\n${canonical}`);
    expect(compare(golden)?.failure?.at).toEqual({ offset: 33, line: 4, column: 1 });
  });
});

describe('a run with too many', () => {
  const many = Array.from({ length: PORT_ACCESS_LIMIT }, () => access('in', 0x3fd, 0x60));

  it('fails, says so, and is not accepted', () => {
    const comparison = compare(`in 0x3fd 0x60 x ${PORT_ACCESS_LIMIT}\n`, many, true);
    expect(comparison?.failure?.diff).toEqual([
      {
        kind: 'note',
        text: 'the guest made more than 65536 port accesses: only the first 65536 are compared, and none of them is accepted',
      },
    ]);
    expect(comparison?.accepted).toBeUndefined();
    expect(marked(compare('', many, true)?.failure?.diff)).toContain("+in 0x3fd 0x60 '`' x 65536");
  });

  it('passes with as many as are kept', () => {
    expect(compare(`in 0x3fd 0x60 x ${PORT_ACCESS_LIMIT}\n`, many)).toBeUndefined();
  });
});

it('never takes accesses that were not recorded for none', () => {
  expect(() => compareAccesses(Buffer.from(''), PATH, caseRun())).toThrow('were not recorded');
});

describe('a golden that is wrong', () => {
  it.each([
    ['in 0x1 0x00\n  ou 0x3f8 0x48', '2:3', "'ou 0x3f8 0x48' is no port access (did you mean 'out'?)"],
    ['out 0x3f8', '1:1', "'out 0x3f8' is no port access"],
    ['out 3f8 0x48', '1:5', "'3f8' is no port: write 0x0 to 0xffff"],
    ['out 0x10000 0x48', '1:5', "'0x10000' is no port"],
    ['in 0x1 0x123', '1:8', "'0x123' is no value of 1, 2 or 4 bytes: write 2, 4 or 8 digits"],
    ['in 0x1 48', '1:8', "'48' is no value of 1, 2 or 4 bytes"],
    ["out 0x3f8 0x48 'H' y 3", '1:16', "''H' y 3' is out of place behind an access"],
    ['out 0x3f8 0x48 x 0', '1:16', "'x 0' is out of place"],
    ['out 0x3f8 0x48 x 100000', '1:16', "'x 100000' is out of place"],
    ['hlt', '1:1', "'hlt' is no port access"],
  ])('%j', (golden, place, problem) => {
    const [line, column] = place.split(':').map(Number);
    expect(() => compare(golden)).toThrow(
      expect.objectContaining({
        file: PATH,
        line,
        column,
        message: expect.stringContaining(`${PATH}:${place}: ${problem}`),
      }),
    );
  });
});
