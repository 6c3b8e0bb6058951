import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Verdict } from '../../src/golden/verdict.ts';
import type { Hypervisor } from '../../src/hypervisor/hypervisor.ts';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { Lane } from '../../src/runner/lane.ts';
import { prepareGuest } from '../../src/runner/prepare-guest.ts';
import { ReusedMachines } from '../../src/runner/reused-machines.ts';
import { type CaseSettings, runCase } from '../../src/runner/run-case.ts';
import { SuiteStore } from '../../src/runner/suite-store.ts';
import { ECHO, exit, guest, prints, SPIN, TRIPLE_FAULT } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { as, LANE, NASM, NEVER, only, runAlone, runIn, sourceOf, summary, useProject } from './project.ts';

const project = useProject();

/** Prints `a`, or now and then `b`: who counts the CPU's cycles finds them even or odd. */
const FLAKY = guest(
  'rdtsc',
  'xor al, ah', // PF is the parity of all of the count's low sixteen bits.
  "mov al, 'a'",
  'jp print',
  'inc ax',
  'print: mov dx, 0x3F8',
  'out dx, al',
  exit(0),
);
/** So often in a row it is never the same. */
const OFTEN = 60;

/** Machines that count how often one is taken. */
class Counted extends ReusedMachines {
  taken = 0;

  override take(memoryBytes?: number): Machine {
    this.taken += 1;
    return super.take(memoryBytes);
  }
}

/** The first case of a source, and how often it ran. */
async function ran(
  path: string,
  settings: Partial<CaseSettings>,
  signal: AbortSignal = NEVER,
): Promise<{ verdict: Verdict; runs: number }> {
  const { guest: made } = await prepareGuest(sourceOf(path), NASM, undefined);
  const [runnable] = made?.cases ?? [];
  if (made === undefined || runnable === undefined) throw new Error(`no case in ${path}`);
  using kvm = Kvm.open();
  using machines = new Counted(kvm);
  const place = { hypervisor: kvm, machines, signal };
  const verdict = await runCase(place, made, runnable, { ...LANE, ...settings });
  return { verdict, runs: machines.taken };
}

describeKvm('a case', () => {
  it('passes, fails, is new, is skipped or is an error', async () => {
    project.guest('asm/good.asm', prints('x'), { '.golden': 'x' });
    project.guest('asm/bad.asm', prints('x'), { '.golden': 'y' });
    project.guest('asm/new.asm', prints('x', exit(0), '; guestkit: timeout=1s'));
    project.guest('asm/skipped.asm', prints('x', SPIN, '; guestkit: skip="later"'), { '.golden': 'x' });
    project.guest('asm/broken.asm', 'what is this\n', { '.golden': 'x' });
    project.guest('asm/none.asm', prints('x'));
    const names = ['good', 'bad', 'new', 'skipped', 'broken', 'none'];
    const reports = await Promise.all(names.map((name) => runAlone(`asm/${name}.asm`)));
    expect(summary(reports)).toEqual([
      'asm/good passed',
      'asm/bad failed',
      'asm/new new',
      'asm/skipped skipped',
      'asm/broken error',
    ]);
    expect(existsSync('asm/new.golden')).toBe(false);
  });

  it('is an error when its image does not fit', async () => {
    project.guest('asm/x.asm', '; guestkit: memory=4K\ntimes 5000 nop\n', { '.golden': '' });
    expect(as('error', only(await runAlone('asm/x.asm'))).error).toMatchObject({ code: 'image' });
  });

  it('is an error when the host fails, and the next one is not', async () => {
    project.guest('asm/x.asm', prints('x'), { '.golden': 'x' });
    using kvm = Kvm.open();
    let failures = 1;
    const failing: Hypervisor = {
      createVm() {
        if (failures > 0) {
          failures -= 1;
          throw new Error('no more of them');
        }
        return kvm.createVm();
      },
      [Symbol.dispose]: () => undefined,
    };
    using lane = new Lane(failing, LANE, SuiteStore.open('test'));
    expect(as('error', only(await runIn(lane, 'asm/x.asm'))).error).toMatchObject({
      code: 'host',
      message: expect.stringContaining('no more of them'),
      hint: expect.stringContaining('report it'),
    });
    expect(only(await runIn(lane, 'asm/x.asm')).status).toBe('passed');
  });

  it('is an error when a golden or a comment is wrong, and says where', async () => {
    project.guest('asm/x.asm', prints('x'), { '.regs.golden': 'ax=0\nxa=1\n' });
    expect(as('error', only(await runAlone('asm/x.asm'))).error).toMatchObject({
      message: expect.stringContaining('asm/x.regs.golden:2:1'),
      place: { file: 'asm/x.regs.golden', line: 2, column: 1 },
    });
  });

  it('is compared in all its channels', async () => {
    const source = guest(
      "mov al, 's'",
      'mov dx, 0x3F8',
      'out dx, al',
      "mov al, 'd'",
      'out 0xE9, al',
      'mov word [0x7000], 0x1234',
      'mov bx, 0xBEEF',
      'stc',
      exit(0),
      'buffer: db "text"',
    );
    const goldens = {
      '.golden': 's',
      '.debug.golden': 'd',
      '.regs.golden': 'bx=beef cf=1 dx=03f8 ds=0000\n',
      '.mem.golden': '0x7000: 34 12\nbuffer: "text"\nbuffer+1: 65\n',
      '.exits.golden': "out 0x3f8 0x73 's'\nout 0xe9 0x64 'd'\nout 0x1 0x00\n",
    };
    project.guest('asm/x.asm', source, goldens);
    expect(only(await runAlone('asm/x.asm')).status).toBe('passed');
    project.guest('asm/y.asm', source, {
      '.golden': 't',
      '.debug.golden': 'de',
      '.regs.golden': 'bx=beee cf=1\n',
      '.mem.golden': '0x7000: 34 13\nbuffer: 4 bytes\n',
      '.exits.golden': 'out 0x3f8 0x73\nout 0x1 0x00\n',
    });
    const failed = as('failed', only(await runAlone('asm/y.asm')));
    const channels = failed.reasons.map((reason) =>
      reason.kind === 'golden' ? reason.channel : reason.kind,
    );
    expect(channels).toEqual(['serial', 'debug', 'regs', 'mem', 'exits']);
    const accepted = failed.pending.map(({ path, actual }) => [path, Buffer.from(actual).toString()]);
    expect(Object.fromEntries(accepted)).toEqual({
      'asm/y.golden': 's',
      'asm/y.debug.golden': 'd',
      'asm/y.regs.golden': 'bx=beef cf=1\n',
      'asm/y.mem.golden': '0x7000: 34 12\nbuffer: 74 65 78 74\n',
      'asm/y.exits.golden': goldens['.exits.golden'],
    });
  });

  it('has the symbols of its source, with a guess where one is misspelt', async () => {
    project.guest('asm/x.asm', guest('mov word [value], 1', exit(0), 'value: dw 0'), {
      '.mem.golden': 'vale: 01 00\n',
    });
    expect(as('error', only(await runAlone('asm/x.asm'))).error.message).toContain("did you mean 'value'");
  });

  it('never has the symbols of one image and the bytes of another, though its source was just saved', async () => {
    const source = guest(
      'mov word [value], 1',
      exit(0),
      'value: dw 0',
      '; test: f -> ax=7',
      'f: mov ax, 7',
      'ret',
    );
    project.guest('asm/x.asm', source, { '.mem.golden': 'value: 01 00\n' });
    const known = sourceOf('asm/x.asm');
    using kvm = Kvm.open();
    using lane = new Lane(kvm, LANE, SuiteStore.open('test'));
    const prepared = await lane.prepare(known, NEVER);
    project.write('asm/x.asm', source.replace('mov word', 'times 100 nop\nmov word'));
    const report = await lane.run(known, prepared, NEVER);
    expect(report.verdicts.map(({ status }) => status)).toEqual(['passed', 'passed']);
  });

  it('keeps its accesses up to a limit, and says so', async () => {
    project.guest('asm/x.asm', guest('mov cx, 0', 'next: in al, 0x80', 'loop next', 'in al, 0x80', exit(0)), {
      '.exits.golden': 'in 0x80 0xff\n',
    });
    const failed = as('failed', only(await runAlone('asm/x.asm')));
    expect(JSON.stringify(failed.reasons)).toContain('more than 65536 port accesses');
    expect(failed.pending).toEqual([]);
  });

  it('gets the input, the memory and the time of its own settings, else of the project', async () => {
    project.guest('asm/x.asm', ECHO, { '.golden': 'in', '.in': 'in!' });
    expect(only(await runAlone('asm/x.asm')).status).toBe('passed');
    project.guest('asm/spin.asm', prints('', SPIN, '; guestkit: outcome=timeout'), { '.golden': '' });
    expect(only(await runAlone('asm/spin.asm', { timeoutMs: 20 }))).toMatchObject({
      status: 'passed',
      outcome: { kind: 'timeout', ms: 20 },
    });
    project.guest('asm/spin.asm', prints('', SPIN, '; guestkit: outcome=timeout timeout=10ms'), {
      '.golden': '',
    });
    expect(only(await runAlone('asm/spin.asm', { timeoutMs: 20 }))).toMatchObject({
      outcome: { kind: 'timeout', ms: 10 },
    });
    const high = guest(
      'mov ax, 0xFFFF',
      'mov ds, ax',
      "mov byte [0x10], 'h'",
      "cmp byte [0x10], 'h'",
      'je ok',
    );
    project.guest('asm/high.asm', `${high}${exit(1)}\nok:\n${exit(0)}\n`, { '.golden': '' });
    expect(only(await runAlone('asm/high.asm')).status).toBe('failed');
    expect(only(await runAlone('asm/high.asm', { memoryBytes: 2 ** 21 })).status).toBe('passed');
  });

  it('has its registers and what nobody answered told where somebody watches', async () => {
    project.guest('asm/x.asm', TRIPLE_FAULT, { '.golden': '' });
    expect(only(await runAlone('asm/x.asm')).witness).toBeUndefined();
    const { witness } = only(await runAlone('asm/x.asm', { witness: true }));
    expect(witness?.end?.registers.join('\n')).toContain('CR0');
    project.guest('asm/y.asm', prints('shown', exit(0), '; guestkit: timeout=1s'));
    const shown = only(await runAlone('asm/y.asm', { witness: true })).witness;
    expect(Buffer.from(shown?.printed?.start ?? []).toString()).toBe('shown');
    expect(shown?.end).toBeUndefined();
  });
});

describeKvm('attempts', () => {
  it('are made until one passes', async () => {
    project.guest('asm/x.asm', FLAKY, { '.golden': 'a' });
    let attempts = 1;
    for (let round = 0; round < OFTEN && attempts === 1; round += 1) {
      const { verdict, runs } = await ran('asm/x.asm', { retries: OFTEN });
      expect(verdict.status).toBe('passed');
      ({ attempts } = verdict);
      expect(runs).toBe(attempts);
    }
    expect(attempts).toBeGreaterThan(1);
  });

  it('are as many as were asked for where none passes', async () => {
    project.guest('asm/x.asm', prints('x'), { '.golden': 'y' });
    expect(await ran('asm/x.asm', { retries: 4 })).toMatchObject({
      verdict: { status: 'failed', attempts: 5 },
      runs: 5,
    });
    expect(await ran('asm/x.asm', {})).toMatchObject({ verdict: { attempts: 1 }, runs: 1 });
  });

  it('are none more after a pass, a new case or one that is skipped', async () => {
    project.guest('asm/good.asm', prints('x'), { '.golden': 'x' });
    project.guest('asm/new.asm', prints('x', exit(0), '; guestkit: timeout=1s'));
    project.guest('asm/skipped.asm', prints('x', exit(0), '; guestkit: skip="no"'));
    expect(await ran('asm/good.asm', { retries: 3 })).toMatchObject({ runs: 1, verdict: { attempts: 1 } });
    expect(await ran('asm/new.asm', { retries: 3 })).toMatchObject({ runs: 1, verdict: { status: 'new' } });
    expect(await ran('asm/skipped.asm', { retries: 3, repetitions: 3 })).toMatchObject({
      runs: 0,
      verdict: { status: 'skipped', why: 'no' },
    });
  });

  it('end with the run', async () => {
    project.guest('asm/x.asm', prints('x', SPIN, '; guestkit: timeout=60m'), { '.golden': 'y' });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    expect(await ran('asm/x.asm', { retries: 5, repetitions: 5 }, stop.signal)).toMatchObject({ runs: 1 });
  });
});

describeKvm('repetitions', () => {
  it('are as many as were asked for while they pass', async () => {
    project.guest('asm/x.asm', prints('x'), { '.golden': 'x' });
    expect(await ran('asm/x.asm', { repetitions: 7 })).toMatchObject({
      runs: 7,
      verdict: { status: 'passed', attempts: 1 },
    });
  });

  it('find what does not always pass', async () => {
    project.guest('asm/x.asm', FLAKY, { '.golden': 'a' });
    const { verdict, runs } = await ran('asm/x.asm', { repetitions: OFTEN });
    expect(verdict.status).toBe('failed');
    expect(runs).toBeLessThan(OFTEN);
  });

  it('with attempts tell of a pass that needed another one, whichever it was', async () => {
    project.guest('asm/x.asm', FLAKY, { '.golden': 'a' });
    const { verdict, runs } = await ran('asm/x.asm', { repetitions: OFTEN, retries: OFTEN });
    expect(verdict.status).toBe('passed');
    expect(runs).toBeGreaterThan(OFTEN);
    expect(verdict.attempts).toBeGreaterThan(1);
  });
});
