import { EXIT_0 } from '../support/guest.ts';
import { TO_LONG_MODE } from '../support/modes.ts';
import { PAGE_TABLES, PASS_OVER_FAULTS } from './dirty-guests.ts';

/** Stores a register that is not AX or DX at `slot`, first of all: printing needs those two. */
const SLOTS = 0x8000;
const GENERAL = ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp', 'esp'] as const;
const SEGMENTS = ['cs', 'ds', 'es', 'fs', 'gs', 'ss'] as const;
const CONTROL = ['cr0', 'cr2', 'cr3', 'cr4', 'dr0', 'dr1', 'dr2', 'dr3', 'dr6', 'dr7'] as const;

/** Prints `length` bytes at SLOTS. */
function print(length: number): string {
  return `push word 0\npop ds\nmov si, ${SLOTS}\nmov cx, ${length}\nmov dx, 0x3F8\ncld\nrep outsb\n`;
}

/** What real mode shows of the CPU on entry: registers, flags, control and debug registers, tables. */
const CPU = [
  ...GENERAL.map((name, i) => `mov [${SLOTS + 4 * i}], ${name}`),
  'pushfd',
  `pop dword [${SLOTS + 32}]`,
  ...SEGMENTS.map((name, i) => `mov [${SLOTS + 36 + 2 * i}], ${name}`),
  ...CONTROL.map((name, i) => `mov eax, ${name}\nmov [${SLOTS + 48 + 4 * i}], eax`),
  `sgdt [${SLOTS + 88}]`,
  `sidt [${SLOTS + 94}]`,
  `smsw [${SLOTS + 100}]`,
  print(102),
  EXIT_0,
].join('\n');

/** What the UART reads, in an order in which reading changes nothing that is read later. */
const UART = `
        mov si, ports
        mov di, ${SLOTS}
        mov dh, 3
        push ds
        pop es
        cld
.next:  lodsb
        mov dl, al
        in al, dx
        stosb
        cmp si, ports.end
        jb .next
        mov dl, 0xFB                    ; the divisor
        in al, dx
        mov ah, al
        mov al, 0x80
        out dx, al
        mov dl, 0xF8
        in al, dx
        stosb
        inc dx
        in al, dx
        stosb
        mov dl, 0xFB
        xor al, al
        out dx, al
        mov dl, 0xF9                    ; what would interrupt
        mov al, 0x0F
        out dx, al
        inc dx
        in al, dx
        stosb
        in al, dx
        stosb
        ${print(12)}
        ${EXIT_0}
ports:  db 0xFA, 0xF9, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF, 0xF8
.end:`;

/** Sums of memory, by samples: as much as is quick where KVM emulates real mode. */
const MEMORY = `
        mov bx, 0x0100
        xor edx, edx
.page:  mov ds, bx
        mov cx, 32
        xor si, si
.word:  lodsd
        add edx, eax
        rol edx, 1
        loop .word
        add bx, 0x0400
        cmp bx, 0xA000
        jb .page
        mov bx, 0xB800
        mov ds, bx
        add edx, [0]
        add edx, [0x7FFC]
        mov bx, 0xF000
        mov ds, bx
        add edx, [0]
        add edx, [0x8000]
        add edx, [0xFFFC]
        mov bx, 0x9000
        mov ds, bx
        add edx, [0xFFFC]
        mov bx, 0x2000
        mov ds, bx
        mov cx, 0x3000
        xor si, si
        mov eax, edx
        xor ebp, ebp
.more:  or ebp, [si]
        add si, 64
        sub cx, 64
        jnz .more
        push word 0
        pop ds
        mov [${SLOTS}], eax
        mov [${SLOTS + 4}], ebp
        ${print(8)}
        ${EXIT_0}`;

/** A trap or breakpoint that is due comes here, as does an interrupt. */
const EXCEPTIONS = `
        mov di, 0
        mov cx, 16
        push ds
        pop es
        sti
        nop
        mov ax, [0x8000]
        mov [4], ax
        in al, 0x40
        ${EXIT_0}`;

/** The registers of long mode, MSRs, MMX, SSE and the x87 control word. */
const LONG_MODE = `
        mov [0x7000], esp
${TO_LONG_MODE}${PASS_OVER_FAULTS}
        mov rdi, ${SLOTS}
        cld
        ${[8, 9, 10, 11, 12, 13, 14, 15].map((n) => `mov rax, r${n}\nstosq`).join('\n')}
        mov rax, rbp
        stosq
        mov rax, cr8
        stosq
        mov rax, cr2
        stosq
        str ax
        stosw
        sldt ax
        stosw
        lea rsi, [msrs]
.next:  mov ecx, [rsi]
        add rsi, 4
        xor eax, eax
        xor edx, edx
        rdmsr
        stosd
        mov eax, edx
        stosd
        lea rax, [msrs.end]
        cmp rsi, rax
        jb .next
        mov rax, cr4
        or eax, 3 << 9
        mov cr4, rax
        mov rdi, ${SLOTS + 0x400}
        mov ecx, 64
        xor eax, eax
        rep stosq
        mov rdi, ${SLOTS + 0x400}
        ${Array.from({ length: 16 }, (_, n) => `movups [rdi + ${16 * n}], xmm${n}`).join('\n')}
        ${Array.from({ length: 8 }, (_, n) => `movq [rdi + ${256 + 8 * n}], mm${n}`).join('\n')}
        fnstcw [rdi + 320]
        mov rsi, ${SLOTS}
        mov ecx, 0x400 + 322
        mov dx, 0x3F8
.send:  lodsb
        out dx, al
        loop .send
        ${EXIT_0}
        align 4
msrs:   dd 0x11, 0x12, 0x1B, 0x3B, 0x48, 0x140, 0x174, 0x175, 0x176, 0x17A, 0x1A0, 0x1D9
        dd 0x200, 0x201, 0x250, 0x26F, 0x2FF, 0x277, 0x400, 0x402, 0x403, 0x47E, 0x47F
        dd 0xC0000080, 0xC0000081, 0xC0000082, 0xC0000083, 0xC0000084
        dd 0xC0000100, 0xC0000101, 0xC0000102, 0xC0000103, 0xC0010015
        dd 0x4B564D00, 0x4B564D01, 0x4B564D02, 0x4B564D03, 0x4B564D04, 0x4B564D05
.end:`;

/** Guests that print what they find. */
export const PROBES: Readonly<Record<string, string>> = {
  CPU,
  UART,
  memory: MEMORY,
  exceptions: EXCEPTIONS,
  'long mode': LONG_MODE,
  ...PAGE_TABLES,
};
