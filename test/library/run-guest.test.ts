import { describe, expect, it } from 'vitest';
import { assemble } from '../../src/library/assemble.ts';
import { runGuest } from '../../src/library/run-guest.ts';
import { closeMachines } from '../../src/library/thread-machines.ts';
import { CHATTERBOX, ECHO, exit, guest, prints, SPIN, TRIPLE_FAULT } from '../support/guests.ts';
import { describeKvm, kvmHoldings } from '../support/kvm.ts';
import { assemble as assembleText } from '../support/nasm.ts';
import { useProject } from './project.ts';

const project = useProject();

/** Exits with 5 where there is memory behind the first megabyte, else with 0xFF. */
const HAS_2M = guest(
  'mov ax, 0xFFFF',
  'mov ds, ax',
  'mov byte [0x7FFF], 5',
  'mov al, [0x7FFF]',
  'out 0x01, al',
);

describeKvm('runGuest', () => {
  it('runs a source, and tells all about it', async () => {
    project.write(
      'asm/x.asm',
      prints('h\xe9llo', ["mov al, 'D'", 'out 0xE9, al', 'in al, 0x60', exit(5)].join('\n')),
    );
    const run = await runGuest('asm/x.asm');
    expect(run).toEqual({
      source: 'asm/x.asm',
      golden: 'asm/x.golden',
      outcome: { kind: 'exited', code: 5 },
      output: new Uint8Array(Buffer.from('h\xe9llo')),
      text: 'h\xe9llo',
      debugOutput: Uint8Array.of(0x44),
      registers: undefined,
      systemRegisters: undefined,
      unclaimedPorts: [{ direction: 'read', address: 0x60, size: 1, value: 0xffn, count: 1 }],
      unclaimedMemory: [],
      durationMs: expect.any(Number),
    });
    expect(run.output.buffer.byteLength).toBe(run.output.length);
  });

  it('runs bytes, a .bin and an image', async () => {
    const bytes = assembleText(prints('hi'));
    expect(await runGuest(bytes)).toMatchObject({ text: 'hi', source: undefined, golden: undefined });
    // A part of somebody's buffer.
    expect((await runGuest(Buffer.from(bytes))).text).toBe('hi');
    project.write('x.bin', bytes);
    expect(await runGuest('x.bin')).toMatchObject({ text: 'hi', source: 'x.bin', golden: undefined });

    project.write('asm/x.asm', `; guestkit: input="abc!"\n${ECHO}`);
    const run = await runGuest(await assemble('asm/x.asm'));
    expect(run).toMatchObject({ text: 'abc', source: 'asm/x.asm', golden: 'asm/x.golden' });
  });

  it('takes time limit, memory and input from options, then the source, then the project', async () => {
    project.write('package.json', JSON.stringify({ guestkit: { timeout: 30, memory: '2M' } }));
    project.write('spin.asm', guest(SPIN));
    project.write('spin-40.asm', `; guestkit: timeout=40ms\n${guest(SPIN)}`);
    expect((await runGuest('spin.asm')).outcome).toEqual({ kind: 'timeout', ms: 30 });
    expect((await runGuest('spin-40.asm')).outcome).toEqual({ kind: 'timeout', ms: 40 });
    expect((await runGuest('spin-40.asm', { timeoutMs: 20 })).outcome).toEqual({ kind: 'timeout', ms: 20 });

    project.write('memory.asm', HAS_2M);
    project.write('memory-1.asm', `; guestkit: memory=1M\n${HAS_2M}`);
    expect((await runGuest('memory.asm')).outcome).toEqual({ kind: 'exited', code: 5 });
    expect((await runGuest('memory-1.asm')).outcome).toEqual({ kind: 'exited', code: 0xff });
    const more = await runGuest('memory-1.asm', { memoryBytes: 32 * 2 ** 20 });
    expect(more.outcome).toEqual({ kind: 'exited', code: 5 });

    project.write('echo.asm', `; guestkit: input="source!"\n${ECHO}`);
    project.write('plain.asm', ECHO);
    project.write('plain.in', 'file!');
    expect((await runGuest('echo.asm')).text).toBe('source');
    expect((await runGuest('plain.asm')).text).toBe('file');
    expect((await runGuest('plain.asm', { input: 'text \u00e9!' })).text).toBe('text \u00e9');
    expect((await runGuest('echo.asm', { input: Uint8Array.of(0x80, 0x21) })).output).toEqual(
      Uint8Array.of(0x80),
    );
  });

  it("assembles with the project's flags and folders, and runGuest and assemble alike", async () => {
    const config = { nasm: { flags: ['-DWORD="flag"'], includePaths: ['lib'] }, golden: 'goldens/{path}' };
    project.write('package.json', JSON.stringify({ guestkit: config }));
    project.write('lib/print.inc', '%macro print 0\nmov al, [text]\nmov dx, 0x3F8\nout dx, al\n%endmacro\n');
    project.write('asm/x.asm', guest('%include "print.inc"', 'print', exit(0), 'text: db WORD'));
    const run = await runGuest('asm/x.asm');
    expect(run).toMatchObject({ text: 'f', golden: 'goldens/asm/x.golden' });
    const absolute = await runGuest(`${process.cwd()}/asm/x.asm`);
    expect(absolute).toMatchObject({ text: 'f', golden: 'goldens/asm/x.golden' });
    expect((await runGuest(await assemble('asm/x.asm'))).text).toBe('f');
    expect((await runGuest(await assemble('asm/x.asm', { flags: ['-DWORD="own"'] }))).text).toBe('o');
  });

  it('reads registers where they are asked for, and of a guest that died', async () => {
    const bytes = assembleText('mov eax, 0x12345678\nmov bx, 7\nmov ds, bx\nhlt');
    const { registers, systemRegisters } = await runGuest(bytes, { registers: true });
    expect(registers).toMatchObject({ rax: 0x12345678n, rbx: 7n });
    expect(systemRegisters?.ds).toMatchObject({ selector: 7, base: 0x70n });
    const crash = await runGuest(assembleText(TRIPLE_FAULT));
    expect(crash.outcome).toMatchObject({ kind: 'crashed', event: { kind: 'shutdown' } });
    expect(crash.systemRegisters?.cs.selector).toBe(8);
  });

  it('stops a guest on demand, and starts none that is not wanted any more', async () => {
    const controller = new AbortController();
    const run = runGuest(assembleText(SPIN), { signal: controller.signal, timeoutMs: 20_000 });
    setTimeout(() => controller.abort(), 30);
    expect((await run).outcome).toEqual({ kind: 'stopped' });
    await expect(runGuest(assembleText('hlt'), { signal: controller.signal })).rejects.toBe(
      controller.signal.reason,
    );
  });

  it('leaves nothing of a guest to the next one, after any ending', async () => {
    const dirty = assembleText("mov di, 0x500\nmov al, 'X'\nmov cx, 16\nrep stosb\nmov ebx, -1\nhlt");
    const probe = assembleText(
      'mov dx, 0x3F8\nmov al, bl\nout dx, al\nmov si, 0x500\nmov cx, 16\nrep outsb\nhlt',
    );
    const clean = new Uint8Array(17);
    for (const before of [dirty, assembleText(TRIPLE_FAULT), assembleText(SPIN), dirty]) {
      await runGuest(before, { timeoutMs: 20, input: 'unread' });
      expect((await runGuest(probe)).output).toEqual(clean);
    }
  });

  it('runs guests of one thread side by side', async () => {
    const slow = `mov ecx, 300000\na32 loop $\n`;
    const runs = ['a', 'b', 'c', 'd'].map((name) =>
      runGuest(assembleText(slow + prints(name)), { timeoutMs: 20_000 }),
    );
    expect((await Promise.all(runs)).map(({ text }) => text)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('keeps KVM for the next guest until it is closed, and never with a guest in it', async () => {
    await runGuest(assembleText('hlt'));
    const kept = kvmHoldings();
    await runGuest(assembleText('hlt'));
    expect(kvmHoldings()).toEqual(kept);
    const running = runGuest(assembleText(SPIN), { timeoutMs: 40 });
    // Until it has come to run.
    await new Promise((resolve) => setTimeout(resolve, 20));
    closeMachines();
    expect((await running).outcome.kind).toBe('timeout');
    closeMachines();
    expect(kvmHoldings()).toEqual({ descriptors: [], mappings: 0, timers: 0 });
    expect((await runGuest(assembleText('hlt'))).outcome).toEqual({ kind: 'halted' });
  });

  it('bounds what a guest prints', async () => {
    const run = await runGuest(assembleText(CHATTERBOX), { timeoutMs: 100 });
    expect(['timeout', 'crashed']).toContain(run.outcome.kind);
    expect(run.text).toMatch(/^A+$/);
  });
});

describe('runGuest', () => {
  it('says what is wrong', async () => {
    await expect(runGuest('no.asm')).rejects.toMatchObject({ code: 'file' });
    await expect(runGuest('no.bin')).rejects.toMatchObject({ code: 'file' });
    project.write('bad.asm', 'movv ax, 1\n');
    await expect(runGuest('bad.asm')).rejects.toMatchObject({ code: 'assembly', diagnostics: [{ line: 1 }] });
    project.write('typo.asm', `; guestkit: tiemout=1s\n${guest('hlt')}`);
    await expect(runGuest('typo.asm')).rejects.toMatchObject({ code: 'directive' });
    for (const timeoutMs of [0, -1, Number.NaN]) {
      await expect(runGuest(Uint8Array.of(0xf4), { timeoutMs })).rejects.toMatchObject({ code: 'usage' });
    }
    const image = { ...(await assemble(project.write('x.asm', guest('hlt')))), source: 'gone.asm' };
    await expect(runGuest(image)).rejects.toThrow('cannot read the settings of gone.asm');
  });

  it('reads settings again that were wrong', async () => {
    project.write('package.json', '{ "guestkit": { "timeout": "soon" } }');
    await expect(runGuest(Uint8Array.of(0xf4))).rejects.toMatchObject({ code: 'config' });
    project.write('package.json', JSON.stringify({ guestkit: { nasm: { flags: ['-DN=3'] } } }));
    project.write('x.asm', 'db N');
    expect((await assemble('x.asm')).bytes).toEqual(Uint8Array.of(3));
  });
});
