import { afterAll, beforeAll, expect, it } from 'vitest';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { EXIT_0, runSource } from '../support/guest.ts';
import { describeKvm } from '../support/kvm.ts';

describeKvm('ports of a machine', () => {
  let kvm: Kvm;
  beforeAll(() => {
    kvm = Kvm.open();
  });
  afterAll(() => kvm[Symbol.dispose]());

  it('split a wide write over devices of 8 bits', () => {
    // 'A' goes to THR and 5 to IER, which is read back.
    const source = 'mov dx, 0x3F8\nmov ax, 0x0541\nout dx, ax\ninc dx\nin al, dx\ndec dx\nout dx, al\nhlt';
    expect(runSource(kvm, source)).toMatchObject({ bytes: [0x41, 5], ports: [] });
  });

  it('split a write of 32 bits over four registers', () => {
    // LCR 3, MCR 3, LSR (ignores it), MSR (ignores it); then LCR and MCR as the guest reads them.
    const source =
      'mov dx, 0x3FB\nmov eax, 0x00000303\nout dx, eax\nin ax, dx\nmov dx, 0x3F8\nout dx, al\nmov al, ah\nout dx, al\nhlt';
    expect(runSource(kvm, source).bytes).toEqual([3, 3]);
  });

  it('split a read, of which only a part belongs to a device', () => {
    // 0x3F7 is nobody's; 0x3F8 receives.
    const source = 'mov dx, 0x3F7\nin ax, dx\nmov dx, 0x3F8\nout dx, al\nmov al, ah\nout dx, al\nhlt';
    const { bytes, ports } = runSource(kvm, source, { input: 'Z' });
    expect(bytes).toEqual([0xff, 0x5a]);
    expect(ports).toEqual([{ direction: 'read', address: 0x3f7, size: 1, value: 0xffn, count: 1 }]);
  });

  it('split a read of 32 bits at the end of a device', () => {
    // SCR of the UART, written before, then three ports of nobody.
    const source =
      'mov dx, 0x3FF\nmov al, 0x77\nout dx, al\nin eax, dx\nmov [0x800], eax\nmov si, 0x800\nmov dx, 0x3F8\nmov cx, 4\nrep outsb\nhlt';
    const { bytes, ports } = runSource(kvm, source);
    expect(bytes).toEqual([0x77, 0xff, 0xff, 0xff]);
    expect(ports.map(({ address, size }) => [address, size])).toEqual([
      [0x400, 1],
      [0x401, 1],
      [0x402, 1],
    ]);
  });

  it('read all ones where no device is, and list what was tried there', () => {
    const source = `
      mov dx, 0x5678
      mov eax, 0x12345678
      out dx, al
      out dx, ax
      out dx, eax
      mov al, 0x79
      out dx, al
      in al, dx
      mov bl, al
      in ax, dx
      mov cx, ax
      in eax, dx
      mov esi, eax
      hlt`;
    const { registers, ports } = runSource(kvm, source);
    expect([registers.rbx, registers.rcx, registers.rsi]).toEqual([0xffn, 0xffffn, 0xffffffffn]);
    const at = { address: 0x5678 };
    expect(ports).toEqual([
      { ...at, direction: 'write', size: 1, value: 0x79n, count: 2 },
      { ...at, direction: 'write', size: 2, value: 0x5678n, count: 1 },
      { ...at, direction: 'write', size: 4, value: 0x12345678n, count: 1 },
      { ...at, direction: 'read', size: 1, value: 0xffn, count: 1 },
      { ...at, direction: 'read', size: 2, value: 0xffffn, count: 1 },
      { ...at, direction: 'read', size: 4, value: 0xffffffffn, count: 1 },
    ]);
  });

  it('a narrow read leaves the rest of EAX alone', () => {
    const { registers } = runSource(kvm, 'mov eax, 0x11223344\nmov dx, 0x5678\nin al, dx\nhlt');
    expect(registers.rax).toBe(0x112233ffn);
  });

  it('exist up to the last one, and an access may reach beyond it', () => {
    const { outcome, registers } = runSource(kvm, 'mov dx, 0xFFFF\nin eax, dx\nout dx, eax\nhlt');
    expect(outcome).toEqual({ kind: 'halted' });
    expect(registers.rax).toBe(0xffffffffn);
  });

  it('send the bytes of rep outsb in order', () => {
    const source = `mov si, text\nmov cx, 11\nmov dx, 0x3F8\nrep outsb\n${EXIT_0}text: db "hello world"`;
    expect(runSource(kvm, source)).toMatchObject({
      text: 'hello world',
      outcome: { kind: 'exited', code: 0 },
    });
  });

  it('send them backwards with the direction flag set', () => {
    const source = `std\nmov si, text + 4\nmov cx, 5\nmov dx, 0x3F8\nrep outsb\n${EXIT_0}text: db "abcde"`;
    expect(runSource(kvm, source).text).toBe('edcba');
  });

  it('repeat a split access for each word of rep outsw', () => {
    // Each word is a byte for THR and one for IER; the latter keeps its low four bits.
    const source = `mov si, words\nmov cx, 3\nmov dx, 0x3F8\nrep outsw\nmov dx, 0x3F9\nin al, dx\nmov bl, al\n${EXIT_0}words: db "a", 0, "b", 0, "c", 0x0F`;
    expect(runSource(kvm, source)).toMatchObject({ text: 'abc', registers: { rbx: 0xfn } });
  });

  it('fill memory by rep insb, each byte read for itself', () => {
    const source = `mov di, 0x800\nmov cx, 6\nmov dx, 0x3F8\nrep insb\nmov si, 0x800\nmov cx, 6\nrep outsb\n${EXIT_0}`;
    expect(runSource(kvm, source, { input: 'abcd' }).bytes).toEqual([0x61, 0x62, 0x63, 0x64, 0, 0]);
  });

  it('fill memory with all ones by rep insw and insd from nobody', () => {
    const source =
      'mov di, 0x800\nmov cx, 5\nmov dx, 0x5678\nrep insw\nmov cx, 2\nrep insd\nmov si, 0x800\nmov cx, 19\nmov dx, 0x3F8\nrep outsb\nhlt';
    const { bytes, ports } = runSource(kvm, source);
    expect(bytes).toEqual([...Array(18).fill(0xff), 0]);
    expect(ports.map(({ size, count }) => [size, count])).toEqual([
      [2, 5],
      [4, 2],
    ]);
  });

  it('carry strings longer than a page', () => {
    const source = `mov cx, 10000\nmov si, 0x1000\nmov dx, 0x3F8\nrep outsb\n${EXIT_0}`;
    expect(runSource(kvm, source).bytes).toHaveLength(10_000);
  });

  it('are listed up to a bound, however many a guest tries', () => {
    const source = 'mov dx, 0x8000\nnext: in al, dx\ninc dx\ncmp dx, 0x8400\njne next\nhlt';
    const { outcome, ports } = runSource(kvm, source);
    expect(outcome).toEqual({ kind: 'halted' });
    expect(ports).toHaveLength(256);
    expect(ports[0]).toEqual({ direction: 'read', address: 0x8000, size: 1, value: 0xffn, count: 1 });
  });

  it('print on the debug console, which tells its number', () => {
    const { outcome, registers } = runSource(kvm, 'mov al, "x"\nout 0xE9, al\nin al, 0xE9\nhlt');
    expect(outcome).toEqual({ kind: 'halted' });
    expect(registers.rax).toBe(0xe9n);
  });
});
