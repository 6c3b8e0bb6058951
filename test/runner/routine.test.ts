import { expect, it } from 'vitest';
import type { Verdict } from '../../src/golden/verdict.ts';
import { exit, guest, SPIN } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { as, runAlone, summary, useProject } from './project.ts';

const project = useProject();

/** What becomes of each routine test of a source. */
async function verdicts(...lines: string[]): Promise<readonly Verdict[]> {
  project.guest('asm/x.asm', guest(`jmp main`, ...lines, 'main:', exit(0)));
  return (await runAlone('asm/x.asm')).verdicts;
}

/** What each one that fails is told, and of each error its message. */
async function messages(...lines: string[]): Promise<string[]> {
  return (await verdicts(...lines)).flatMap((verdict) => {
    if (verdict.status === 'error') return [verdict.error.message];
    if (verdict.status !== 'failed') return [verdict.status];
    return verdict.reasons.map((reason) => ('message' in reason ? reason.message : reason.kind));
  });
}

describeKvm('a routine test', () => {
  it('sets registers of every size, and looks at them', async () => {
    expect(
      await messages(
        '; test: same eax=0x12345678 bx=0xABCD cl=1 ch=2 edx=-1 si=3 edi=buffer ebp=5 -> eax=0x12345678 ax=0x5678 ah=0x56 bx=0xABCD ebx=0xABCD cx=0x0201 dx=-1 edx=0xFFFFFFFF si=3 edi=buffer ebp=5',
        '; test: same -> eax=0 ebx=0 ecx=0 edx=0 esi=0 edi=0 ebp=0 ds=0 es=0 fs=0 gs=0',
        '; test: same ax=1 -> ax=2 bx=1',
        'same: ret',
        'buffer: dw 0',
      ),
    ).toEqual([
      'passed',
      'passed',
      'ax is 0x0001 (1), expected 0x0002 (2)',
      'bx is 0x0000 (0), expected 0x0001 (1)',
    ]);
  });

  it('sets flags, and looks at them', async () => {
    expect(
      await messages(
        '; test: same cf=1 zf=1 df=1 of=1 sf=1 -> cf=1 zf=1 df=1 of=1 sf=1 pf=0',
        '; test: invert cf=0 -> cf=1',
        '; test: invert cf=1 -> cf=1',
        'same: ret',
        'invert: cmc',
        'ret',
      ),
    ).toEqual(['passed', 'passed', 'cf is 0, expected 1']);
  });

  it('sets segments, and addresses go by them', async () => {
    expect(
      await messages(
        '; test: load ds=0x1000 si=4 byte [0x10004]=0x42 -> al=0x42 ds=0x1000 es=0',
        '; test: store es=0x2000 di=1 al=7 -> byte [0x20001]=7 es=0x2000',
        '; test: load fs=3 gs=4 -> fs=3 gs=4',
        'load: mov al, [si]',
        'ret',
        'store: mov [es:di], al',
        'ret',
      ),
    ).toEqual(['passed', 'passed', 'passed']);
  });

  it('sets memory, and looks at it', async () => {
    expect(
      await messages(
        '; test: copy [source]="ab" byte [0x9FFFF]=1 byte [0x100000]=0 -> [target]="ab" word [target]=0x6261',
        '; test: copy [source]="ab" -> [target]="ab" dword [target]=0x00006261 byte [target+1]=0x62 word [0xF0000]=0',
        '; test: copy word [source]=0x7978 -> [target]="xz"',
        'copy: mov ax, [source]',
        'mov [target], ax',
        'ret',
        'source: dw 0',
        'target: dd 0',
      ),
    ).toEqual([
      'asm/x.asm:4:1: the 1 bytes at 0x100000 are not all memory',
      'passed',
      '[target] is "xy", expected "xz"',
    ]);
  });

  it('compares what the routine prints, and gives it what the source receives', async () => {
    project.guest(
      'asm/x.asm',
      guest(
        '; guestkit: input="q"',
        '; test: echo -> serial="q" al="q"'.replace(' al="q"', " al='q'"),
        '; test: echo -> serial="r"',
        '; test: quiet -> serial=""',
        'echo: mov dx, 0x3F8',
        'in al, dx',
        'out dx, al',
        'quiet: ret',
      ),
    );
    const { verdicts: found } = await runAlone('asm/x.asm');
    expect(found.map(({ status }) => status)).toEqual(['passed', 'failed', 'passed']);
    expect(as('failed', found[1]).reasons).toEqual([
      { kind: 'routine', message: 'serial is "q", expected "r"' },
    ]);
  });

  it('has the routine leave the stack as it was', async () => {
    expect(
      await messages(
        '; test: balanced -> ax=0',
        '; test: pops -> ax=0',
        '; test: distant -> ax=0',
        'balanced: push ax',
        'pop ax',
        'ret',
        'pops: ret 2',
        'distant: retf',
      ),
    ).toEqual([
      'passed',
      'SP is off by +2: it popped more than it pushed',
      'SP is off by +2: it popped more than it pushed',
    ]);
  });

  it('has a stack of the whole first 64 KiB, and each test one of its own', async () => {
    expect(
      await messages(
        '; test: deep cx=20000 -> cx=0',
        '; test: deep cx=20000 ax=1 -> cx=0',
        'deep: push ax',
        'loop deep',
        'add sp, 40000',
        'ret',
      ),
    ).toEqual(['passed', 'passed']);
  });

  it('says how a routine that does not return ended instead', async () => {
    const found = await messages(
      '; guestkit: timeout=30ms',
      '; test: spins -> ax=0',
      '; test: exits -> ax=0',
      '; test: halts -> ax=0',
      '; test: crashes -> ax=0',
      '; test: jumps -> ax=0',
      'spins: jmp $',
      'exits: mov al, 3',
      'out 0x01, al',
      'halts: hlt',
      'crashes: lidt [nothing]',
      'lgdt [gdtr]',
      'mov eax, cr0',
      'or al, 1',
      'mov cr0, eax',
      'jmp dword 8:protected',
      'bits 32',
      'protected: ud2',
      'bits 16',
      'jumps: jmp 0xFFFE',
      'align 8',
      'gdt: dq 0, 0x00CF9A000000FFFF',
      'gdtr: dw 15',
      'dd gdt',
      'nothing: dw 0',
      'dd 0',
    );
    expect(found).toEqual([
      'spins did not return: the guest timed out after 30 ms',
      'exits did not return: the guest exited with 3',
      'halts did not return: the guest halted',
      expect.stringMatching(/^crashes did not return: the guest crashed/),
      'SP is off by -2: it pushed more than it popped',
    ]);
  });

  it('starts from nothing each time, whatever the one before did', async () => {
    const dirty = 'mov ax, 0xFFFF|mov es, ax|mov ds, ax|std|mov [0x8000], ax|mov dx, 0x3F8|out dx, al|ret';
    const found = await verdicts(
      ...Array.from({ length: 20 }, (_, number) =>
        number % 2 === 0
          ? `; test: dirty bx=${number} -> ax=-1`
          : `; test: clean bx=${number} -> ax=0 dx=0 ds=0 es=0 df=0 word [0x8000]=0 serial=""`,
      ),
      'dirty:',
      ...dirty.split('|'),
      'clean: ret',
    );
    expect(found.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 'passed'));
  });

  it('that names no symbol is an error with its place and a guess, and the others run', async () => {
    const found = await verdicts(
      '; test: itao ax=1 -> ax=1',
      '; test: itoa byte [bufer]=1 -> ax=0',
      '; test: itoa -> byte [itoa.lop]=1',
      '; test: itoa -> ax=0',
      'itoa: ret',
      '.loop:',
      'buffer: db 0',
    );
    const errors = found.slice(0, 3).map((verdict) => as('error', verdict).error);
    expect(errors.map(({ message }) => message)).toEqual([
      "asm/x.asm:4:1: there is no symbol 'itao' (did you mean 'itoa'?)",
      "asm/x.asm:5:1: there is no symbol 'bufer' (did you mean 'buffer'?)",
      "asm/x.asm:6:1: there is no symbol 'itoa.lop' (did you mean 'itoa.loop'?)",
    ]);
    expect(errors[0]).toMatchObject({ code: 'directive', place: { file: 'asm/x.asm', line: 4, column: 1 } });
    expect(found[3]?.status).toBe('passed');
  });

  it('cannot call what is beyond the first 64 KiB', async () => {
    const found = await verdicts('; test: distant -> ax=0', 'nearby: ret', 'distant equ 0x12345');
    expect(as('error', found[0]).error).toMatchObject({
      code: 'directive',
      message: 'asm/x.asm:4:1: distant is beyond the first 64 KiB',
      place: { file: 'asm/x.asm', line: 4, column: 1 },
    });
  });

  it('cannot have an image that reaches into its stack', async () => {
    const [small] = await verdicts('; test: f -> ax=0', 'f: ret', 'times 0xFF00 db 0');
    expect(small?.status).toBe('passed');
    const [large] = await verdicts('; test: f -> ax=0', 'f: ret', 'times 0xFFF8 db 0');
    expect(as('error', large).error).toMatchObject({
      code: 'image',
      message: expect.stringMatching(/^asm\/x\.asm: \d+ bytes reach into the stack of a routine test$/),
    });
  });

  it('cannot set memory where there is none, nor have so little of it that there is no stack', async () => {
    expect(
      await messages(
        '; test: f byte [0xA0000]=1 -> ax=0',
        '; test: f [0x9FFFF]="ab" -> ax=0',
        '; test: f byte [f-0x500]=1 -> ax=0',
        '; test: f -> byte [0xA0000]=0',
        'f: ret',
      ),
    ).toEqual([
      'asm/x.asm:4:1: the 1 bytes at 0xa0000 are not all memory',
      'asm/x.asm:5:1: the 2 bytes at 0x9ffff are not all memory',
      expect.stringMatching(/^asm\/x\.asm:6:1: the 1 bytes at -0x4[0-9a-f]{2} are not all memory$/),
      'byte [0xA0000] is not all memory: 1 bytes at 0xa0000',
    ]);
    expect(await messages('; guestkit: memory=32K', '; test: f -> ax=0', 'f: ret')).toEqual([
      'asm/x.asm:5:1: there is no memory for the stack',
    ]);
  });

  it('is run by the hundreds in no time', async () => {
    const tests = Array.from(
      { length: 1000 },
      (_, number) => `; test: double ax=${number} -> ax=${number * 2}`,
    );
    const found = await verdicts(...tests, 'double: add ax, ax', 'ret');
    expect(found).toHaveLength(1000);
    expect(found.filter(({ status }) => status !== 'passed')).toEqual([]);
  });

  it('is retried like any other case, and stops when it is told to', async () => {
    project.guest('asm/x.asm', guest('; test: f -> ax=1', 'f: ret'));
    expect(await runAlone('asm/x.asm', { retries: 3 })).toMatchObject({
      verdicts: [{ status: 'failed', attempts: 4 }],
    });
    expect(summary([await runAlone('asm/x.asm', { name: 'nothing' })])).toEqual([]);
  });

  it('does not mind that the source itself would never end', async () => {
    project.guest('asm/x.asm', guest(SPIN, '; test: f -> ax=0', 'f: ret'));
    expect(summary([await runAlone('asm/x.asm')])).toEqual(['asm/x > f -> ax=0 passed']);
  });
});
