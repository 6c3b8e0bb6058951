import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needsPortAccesses } from '../../src/golden/case-run.ts';
import type { Goldens } from '../../src/golden/channels.ts';
import { judge } from '../../src/golden/judge.ts';
import type { CasePlan } from '../../src/golden/plan.ts';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { Machine } from '../../src/machine/machine.ts';
import type { Outcome } from '../../src/machine/outcome.ts';
import { assemble } from '../../src/nasm/assemble.ts';
import { describeKvm } from '../support/kvm.ts';
import {
  caseRun,
  golden,
  hello,
  marked,
  memoryWith,
  planOf,
  runOf,
  symbolsOf,
  testCase,
  verdictOf,
} from './case-run.ts';

const halted: Outcome = { kind: 'halted' };
const crashed: Outcome = { kind: 'crashed', event: { kind: 'shutdown' } };

describe('what it is compared with', () => {
  it('is never nothing when it passes', () => {
    const pending = [
      { channel: 'serial', path: 'asm/x.golden', expected: undefined, actual: new Uint8Array(hello) },
    ];
    expect(verdictOf({}, {})).toEqual({
      status: 'new',
      case: testCase,
      outcome: halted,
      durationMs: 1.5,
      attempts: 1,
      pending,
      refusal: undefined,
    });
    expect(verdictOf({ timeoutMs: 5, memoryBytes: 4096, input: hello }, {}).status).toBe('new');
    expect(verdictOf({}, {}, crashed)).toMatchObject({
      status: 'failed',
      reasons: [{ kind: 'outcome' }],
      pending,
    });
  });

  it.each<[string, CasePlan, Goldens]>([
    ['a golden', planOf(), { serial: hello }],
    ['the golden of another channel alone', planOf(), { debug: Buffer.of() }],
    ['an ending of its own', planOf({ outcome: 'halted' }), {}],
    ['an expectation', planOf({}, { expectations: [{ kind: 'text', pattern: 'hello', line: 1 }] }), {}],
  ])('may be %s', (_, plan, goldens) => {
    expect(judge(testCase, plan, goldens, runOf(halted), 1).status).toBe('passed');
  });

  it('keeps a copy of what the guest printed', () => {
    const output = Buffer.from('hello\n');
    const verdict = judge(
      testCase,
      planOf(),
      { debug: golden('x') },
      runOf(halted, { debugOutput: output }),
      1,
    );
    const fresh = judge(testCase, planOf(), {}, runOf(halted, { output }), 1);
    output.fill(0);
    expect(verdict).toMatchObject({ pending: [{ channel: 'debug', actual: new Uint8Array(hello) }] });
    expect(fresh).toMatchObject({ pending: [{ channel: 'serial', actual: new Uint8Array(hello) }] });
  });

  it('records port accesses only where they are compared', () => {
    expect(needsPortAccesses({ serial: hello, regs: hello })).toBe(false);
    expect(needsPortAccesses({ exits: Buffer.of() })).toBe(true);
  });
});

describe('what differs', () => {
  it.each([
    ['one byte more', 'hello\n\0'],
    ['one byte less', 'hello'],
    ['another byte', 'hellO\n'],
    ['nothing', ''],
  ])('is %s', (_, text) => {
    const verdict = verdictOf({}, { serial: golden(text) });
    expect(verdict).toMatchObject({
      status: 'failed',
      reasons: [{ kind: 'golden', channel: 'serial', path: 'asm/x.golden', writtenBy: undefined }],
      pending: [
        { channel: 'serial', path: 'asm/x.golden', expected: golden(text), actual: new Uint8Array(hello) },
      ],
      refusal: undefined,
    });
  });

  it('is told channel by channel, then expectations', () => {
    const plan = planOf({ exit: 3 }, { expectations: [{ kind: 'text', pattern: 'help', line: 4 }] });
    const goldens: Goldens = {
      exits: golden(''),
      mem: golden('x: 01\n'),
      regs: golden('ax=0001\n'),
      debug: golden('debug'),
      serial: golden('one\nhelp\n'),
    };
    const run = runOf(halted, {
      memory: memoryWith({}),
      symbols: symbolsOf({ x: 16 }),
      accesses: [{ direction: 'out', port: 1, size: 1, value: 3 }],
    });
    const verdict = judge(testCase, plan, goldens, run, 3);
    if (verdict.status !== 'failed') throw new Error(verdict.status);
    expect(verdict.attempts).toBe(3);
    expect(
      verdict.reasons.map((reason) => (reason.kind === 'golden' ? reason.channel : reason.kind)),
    ).toEqual(['outcome', 'serial', 'debug', 'regs', 'mem', 'exits', 'expectation']);
    expect(verdict.pending.map(({ path, actual }) => [path, Buffer.from(actual).toString()])).toEqual([
      ['asm/x.golden', 'hello\n'],
      ['asm/x.debug.golden', ''],
      ['asm/x.regs.golden', 'ax=0000\n'],
      ['asm/x.mem.golden', 'x: 00\n'],
      ['asm/x.exits.golden', 'out 0x1 0x03\n'],
    ]);
    expect(verdict.reasons[1]).toMatchObject({ at: { offset: 0, line: 1, column: 1 } });
    expect(verdict.refusal?.message).toBe(
      'asm/x.golden, asm/x.debug.golden, asm/x.regs.golden, asm/x.mem.golden and asm/x.exits.golden were not written: the guest halted',
    );
    for (const { actual } of verdict.pending) expect(actual.buffer.byteLength).toBe(actual.length);
  });

  it('is only new where a golden leaves something open', () => {
    expect(verdictOf({}, { serial: hello, regs: golden('ax=0 bx') })).toMatchObject({
      status: 'new',
      pending: [{ channel: 'regs', actual: new Uint8Array(golden('ax=0 bx=0000')) }],
    });
    expect(verdictOf({}, { serial: golden('x'), regs: golden('bx') })).toMatchObject({
      status: 'failed',
      reasons: [{ channel: 'serial' }],
      pending: [{ channel: 'serial' }, { channel: 'regs' }],
    });
  });
});

describeKvm('judging real guests', () => {
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'guestkit-judge-'));
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it('compares registers and memory of the machine that is still there', async () => {
    const source = join(root, 'x.asm');
    writeFileSync(
      source,
      'bits 16\norg 0\nmov ax, 0x1234\nmov ds, ax\nxor bx, bx\nstc\nmov cx, 0xbeef\nmov [cs:buffer], cx\nhlt\nbuffer: dw 0\ntext: db "text"\n',
    );
    const image = await assemble(source);
    using kvm = Kvm.open();
    using machine = new Machine(kvm);
    machine.memory.load(image.bytes, 0);
    const run = caseRun({
      outcome: machine.run({ timeoutMs: 5000 }),
      registers: () => machine.getRegisters(),
      systemRegisters: () => machine.getSystemRegisters(),
      memory: (address, length) => machine.memory.read(address, length),
      symbols: () => image.symbols,
    });
    const regs = 'ax=1234 bl=00 ds=1234 cs=0 cf=1 zf=1 sp=fffc cr0=00000010\n';
    const mem = 'buffer: ef be "text"\ntext+1: "ext"\n0xb8000: 00 00\n';
    expect(judge(testCase, planOf(), { regs: golden(regs), mem: golden(mem) }, run, 1).status).toBe('passed');
    const wrong = {
      regs: golden(regs.replace('cf=1', 'cf=0')),
      mem: golden('0x9ffff: 00 00\nbuffer: 2 bytes\n'),
    };
    const verdict = judge(testCase, planOf(), wrong, run, 1);
    if (verdict.status !== 'failed') throw new Error(verdict.status);
    const diffs = verdict.reasons.map((reason) => (reason.kind === 'golden' ? marked(reason.diff) : []));
    expect(diffs[0]).toEqual([`-${regs.replace('cf=1', 'cf=0').trim()}`, `+${regs.trim()}`]);
    expect(diffs[1]).toEqual([
      '-0x9ffff: 00 00',
      '+0x9ffff: no memory',
      ' buffer: 2 bytes',
      '#0x9ffff: 2 bytes at 0x9ffff are not all memory',
    ]);
    expect(verdict.pending.map(({ actual }) => Buffer.from(actual).toString())).toEqual([
      regs,
      '0x9ffff: 00 00\nbuffer: ef be\n',
    ]);
  });
});
