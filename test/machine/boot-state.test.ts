import { afterAll, beforeAll, expect, it } from 'vitest';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { runSource } from '../support/guest.ts';
import { describeKvm } from '../support/kvm.ts';

/** Sends the 16-bit register or value `what` to the serial port, low byte first; uses AX and DX. */
const send = (what: string): string => `mov ax, ${what}\nout dx, al\nmov al, ah\nout dx, al\n`;

describeKvm('the state in which a guest starts', () => {
  let kvm: Kvm;
  beforeAll(() => {
    kvm = Kvm.open();
  });
  afterAll(() => kvm[Symbol.dispose]());

  /** The words that a guest sent. */
  function words(source: string): number[] {
    const { bytes, outcome } = runSource(kvm, `${source}\nhlt`);
    expect(outcome).toEqual({ kind: 'halted' });
    return Array.from(
      { length: bytes.length / 2 },
      (_, i) => (bytes[2 * i] ?? 0) | ((bytes[2 * i + 1] ?? 0) << 8),
    );
  }

  it('has every segment register 0, and SP just below 64 KiB', () => {
    const source = ['cs', 'ds', 'es', 'fs', 'gs', 'ss', 'sp'].map(send).join('');
    expect(words(`mov dx, 0x3F8\n${source}`)).toEqual([0, 0, 0, 0, 0, 0, 0xfffc]);
  });

  it('has only the reserved bit of FLAGS set', () => {
    // The stack is at 0xFFFC, so FLAGS go to 0xFFFA.
    expect(words(`pushf\nmov dx, 0x3F8\n${send('[0xFFFA]')}`)).toEqual([0x0002]);
  });

  it('has general registers of zero', () => {
    const names = ['ax', 'bx', 'cx', 'dx', 'si', 'di', 'bp'];
    // First stored, since sending needs AX and DX.
    const store = names.map((name, i) => `mov [0x8000 + ${2 * i}], ${name}`).join('\n');
    const sent = names.map((_, i) => send(`[0x8000 + ${2 * i}]`)).join('');
    expect(words(`${store}\nmov dx, 0x3F8\n${sent}`)).toEqual(names.map(() => 0));
  });

  it('begins at 0000:0000', () => {
    // CALL pushes the offset behind itself: 3, at the start of the image.
    expect(words(`call next\nnext: pop bx\nmov dx, 0x3F8\n${send('bx')}`)).toEqual([3]);
  });

  it('is real mode, with a segment limit of 64 KiB', () => {
    const { system, registers } = runSource(kvm, 'hlt');
    expect(system.cr0).toBe(0x10n);
    expect(registers).toMatchObject({ rip: 1n, rsp: 0xfffcn, rflags: 2n });
    for (const name of ['cs', 'ds', 'es', 'fs', 'gs', 'ss'] as const) {
      expect(system[name], name).toMatchObject({ selector: 0, base: 0n, limit: 0xffff, db: 0, l: 0 });
    }
  });

  it('has memory of zeros behind the image', () => {
    const { bytes } = runSource(kvm, 'mov si, 0x1000\nmov dx, 0x3F8\nmov cx, 64\nrep outsb\nhlt');
    expect(bytes).toEqual(Array(64).fill(0));
  });
});
