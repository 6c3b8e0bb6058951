/** Small guests as sources, for tests of what is around them. */

/** Ends with a byte to the exit port. */
export function exit(code: number): string {
  return `mov al, ${code}\nout 0x01, al`;
}

/** Never ends. */
export const SPIN = 'jmp $';

/** A 16-bit guest of these instructions. */
export function guest(...lines: readonly string[]): string {
  return `${['bits 16', 'org 0', ...lines].join('\n')}\n`;
}

/** Prints `text`, then goes on with `ending`; a comment such as a directive can stand in front. */
export function prints(text: string | Uint8Array, ending: string = exit(0), comment = ''): string {
  const bytes = Buffer.from(text);
  return guest(
    comment,
    'cld',
    'mov dx, 0x3F8',
    'mov si, text',
    `mov cx, ${bytes.length}`,
    'rep outsb',
    ending,
    'text:',
    ...Array.from(bytes, (byte) => `db ${byte}`),
  );
}

/** Prints an `A` again and again, without end. */
export const CHATTERBOX: string = guest('mov dx, 0x3F8', "mov al, 'A'", 'again: out dx, al', 'jmp again');

/** Prints back what it receives; ends after a `!`, which it does not print. */
export const ECHO: string = guest(
  'receive:',
  'mov dx, 0x3FD',
  'in al, dx',
  'test al, 1',
  'jz receive',
  'mov dx, 0x3F8',
  'in al, dx',
  "cmp al, '!'",
  'je done',
  'out dx, al',
  'jmp receive',
  'done:',
  exit(0),
);

/** A source that keeps NASM busy for a minute. */
export const SLOW_SOURCE = '%assign i 0\n%rep 1000000\n%rep 1000\n%assign i i+1\n%endrep\n%endrep\n';

/** Shuts the CPU down, on every host: an undefined instruction in protected mode without an interrupt table. */
export const TRIPLE_FAULT: string = guest(
  'lidt [nothing]',
  'lgdt [gdtr]',
  'mov eax, cr0',
  'or eax, 1',
  'mov cr0, eax',
  'jmp dword 8:protected',
  'bits 32',
  'protected: ud2',
  'align 8',
  'gdt: dq 0',
  'dw 0xFFFF, 0',
  'db 0, 0x9A, 0xCF, 0',
  '.end:',
  'gdtr: dw gdt.end - gdt - 1',
  'dd gdt',
  'nothing: dw 0',
  'dd 0',
);
