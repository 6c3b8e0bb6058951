import { EXIT_0 } from '../support/guest.ts';
import { TO_LONG_MODE, TO_PROTECTED_MODE } from '../support/modes.ts';

/** Model-specific registers that guests can write and the architecture names (Intel SDM vol. 4, 2.1). */
const MSRS: readonly (readonly [index: number, low: number, high: number])[] = [
  [0x3b, 0x1234, 0], // IA32_TSC_ADJUST
  [0x10, 0x1234, 0x5566_0000], // IA32_TIME_STAMP_COUNTER
  [0x174, 0x1111, 0], // IA32_SYSENTER_CS, ESP, EIP
  [0x175, 0x2222, 0],
  [0x176, 0x3333, 0],
  [0x17a, 0, 0], // IA32_MCG_STATUS
  [0x1a0, 0x0040_0001, 0], // IA32_MISC_ENABLE
  [0x1d9, 1, 0], // IA32_DEBUGCTL
  [0x200, 0x0000_0006, 0], // IA32_MTRR_PHYSBASE0, PHYSMASK0, FIX64K, FIX4K_F8000, DEF_TYPE
  [0x201, 0x0000_0800, 0],
  [0x250, 0x0606_0606, 0x0606_0606],
  [0x26f, 0x0404_0404, 0],
  [0x2ff, 0xc00, 0],
  [0x277, 0x0001_0406, 0x0007_0406], // IA32_PAT
  [0x400, 0xffff_ffff, 0xffff_ffff], // IA32_MC0_CTL and ADDR, IA32_MC31_MISC
  [0x402, 0x5a5a_5a5a, 0x1234_5678],
  [0x47f, 0x4444_4444, 0x5555_5555],
  [0xc000_0081, 0x8888, 0x0008_0010], // STAR, LSTAR, CSTAR, FMASK
  [0xc000_0082, 0x9999, 0],
  [0xc000_0083, 0xaaaa, 0],
  [0xc000_0084, 0x0700, 0],
  [0xc000_0100, 0x7_0000, 0], // FS_BASE, GS_BASE, KERNEL_GS_BASE
  [0xc000_0101, 0x8_0000, 0],
  [0xc000_0102, 0x9_0000, 0],
  [0xc000_0103, 0x77, 0], // TSC_AUX
  [0x48, 1, 0], // IA32_SPEC_CTRL
  [0x4b56_4d00, 0x2_0000, 0], // MSR_KVM_WALL_CLOCK_NEW, SYSTEM_TIME_NEW: KVM writes there from now on
  [0x4b56_4d01, 0x2_1001, 0],
  [0x4b56_4d03, 0x2_2001, 0], // MSR_KVM_STEAL_TIME
  [0x4b56_4d04, 0x2_3005, 0], // MSR_KVM_PV_EOI_EN
  [0x11, 0x2_4000, 0], // MSR_KVM_WALL_CLOCK, SYSTEM_TIME
  [0x12, 0x2_5001, 0],
];

/** In long mode: an interrupt table at 0x4000 whose #UD and #GP handlers pass over a WRMSR, RDMSR or UD2. */
export const PASS_OVER_FAULTS = `
        mov rdi, 0x4000
        mov ecx, 20
        lea rbx, [without_code]
        cld
.gate:  mov rax, rbx
        cmp ecx, 7                      ; vector 13
        jne .put
        lea rax, [with_code]
.put:   mov [rdi], ax
        mov dword [rdi + 2], 0x8E000008
        mov qword [rdi + 6], 0
        mov word [rdi + 14], 0
        add rdi, 16
        loop .gate
        lidt [idtr]
        jmp armed
with_code:
        add rsp, 8
without_code:
        add qword [rsp], 2
        iretq
idtr:   dw 20 * 16 - 1
        dq 0x4000
armed:
`;

/** Real mode: every general register, every data segment, most flags. */
const REGISTERS = `
        mov ax, 0x1234
        mov ds, ax
        mov ax, 0x8765
        mov es, ax
        mov fs, ax
        mov gs, ax
        mov ax, 0x0900
        mov ss, ax
        mov esp, 0x7F0
        mov ebx, 0xB0B0B0B0
        mov ecx, 0xC0C0C0C0
        mov edx, 0xD0D0D0D0
        mov esi, 0x51515151
        mov edi, 0xD1D1D1D1
        mov ebp, 0xB9B9B9B9
        push word 0x0CD5                ; OF DF SF ZF AF PF CF
        popf
        mov eax, 0xA0A0A000
        out 0x01, al
`;

/** All that real mode reaches: behind the image, the stack's page, the last bytes, video memory, firmware. */
const MEMORY = `
        mov eax, 0xDEADBEEF
        cld
        %assign at 0x100
        %rep 39
        mov bx, at
        mov es, bx
        mov di, at / 16
        mov cx, 16
        rep stosd
        %assign at at + 0x400
        %endrep
        mov bx, 0x9000
        mov es, bx
        mov [es:0xFFFC], eax            ; 0x9FFFC
        mov bx, 0xB800
        mov es, bx
        xor di, di
        mov cx, 0x2000
        rep stosd
        mov bx, 0xF000
        mov es, bx
        mov [es:0], eax
        mov [es:0xFFFC], eax
        mov cx, 64
        mov di, 0x8000
        rep stosd
        push eax
        hlt
`;

/** Memory above 1 MiB, from protected mode, and out through the exit port there. */
const EXTENDED_MEMORY = `${TO_PROTECTED_MODE}
        cld
        mov eax, 0xFEEDFACE
        %assign at 0x100000
        %rep 12
        mov edi, at
        mov ecx, 8
        rep stosd
        mov [at + 0x3FFFC], eax
        %assign at at + 0x40000
        %endrep
        mov esi, 0x87654321
        mov al, 9
        out 0x01, al
`;

/** Control registers, tables, TR and LDTR, CR8, R8 to R15 in long mode. */
const LONG_MODE = `${TO_LONG_MODE}
        lgdt [gdtr2]
        mov ax, 16
        ltr ax
        mov ax, 32
        lldt ax
        mov eax, 0xBADC0DE
        mov cr2, rax
        mov eax, 9
        mov cr8, rax
        mov rax, cr4
        or eax, 1 << 9 | 1 << 7 | 1 << 2        ; OSFXSR, PGE, TSD
        mov cr4, rax
        mov rax, cr0
        or eax, 1 << 16 | 1 << 5 | 1 << 1       ; WP, NE, MP
        mov cr0, rax
        mov rbx, -1
        mov r8, 0x8888888888888888
        mov r9, 0x9999999999999999
        mov r10, 0x1010101010101010
        mov r11, 0x1111111111111111
        mov r12, 0x1212121212121212
        mov r13, 0x1313131313131313
        mov r14, 0x1414141414141414
        mov r15, 0x1515151515151515
        mov rbp, 0x5555555555555555
        mov al, 0
        out 0x01, al
        align 8
gdt2:   dq 0
        dq 0x00209A0000000000
        dq 0x0000890050000067                   ; a TSS at 0x5000
        dq 0
        dq 0x0000820060000FFF, 0                ; an LDT at 0x6000
gdtr2:  dw $ - gdt2 - 1
        dq gdt2
`;

const WRITE_MSRS = `${TO_LONG_MODE}${PASS_OVER_FAULTS}
${MSRS.map(([index, low, high]) => `mov ecx, ${index}\nmov eax, ${low}\nmov edx, ${high}\nwrmsr`).join('\n')}
${EXIT_0}`;

/** Numbers where hosts have model-specific registers; PVM's switch, where a guest may hang itself, left out. */
const SWEEP_RANGES: readonly (readonly [first: number, behind: number])[] = [
  [0, 0x10],
  [0x13, 0x1b],
  [0x1c, 0x600],
  [0xc80, 0xe00],
  [0xc000_0000, 0xc000_0080],
  [0xc000_0081, 0xc000_0200],
  [0xc001_0000, 0xc001_0200],
  [0xc001_1000, 0xc001_1100],
];

/** In long mode: writes `value` to every model-specific register there may be, and passes over those refused. */
export function sweepMsrs(value: string): string {
  return `${TO_LONG_MODE}${PASS_OVER_FAULTS}
        lea rsi, [ranges]
.range: mov ebx, [rsi]
        mov ebp, [rsi + 4]
        add rsi, 8
        test ebp, ebp
        jz .done
.one:   mov ecx, ebx
        mov eax, (${value}) & 0xFFFFFFFF
        mov edx, (${value}) >> 32
        wrmsr
        inc ebx
        cmp ebx, ebp
        jb .one
        jmp .range
.done:  ${EXIT_0}
        align 4
ranges: ${SWEEP_RANGES.map(([first, behind]) => `dd ${first}, ${behind}`).join('\n')}
        dd 0, 0`;
}

/** x87, MMX and SSE registers, by instructions that KVM's emulator has, too. */
const FLOATING_POINT = `${TO_LONG_MODE}
        mov rax, cr4
        or eax, 3 << 9                          ; OSFXSR, OSXMMEXCPT
        mov cr4, rax
        fninit
        lea rdi, [image]
        ${Array.from({ length: 8 }, (_, n) => `movq mm${n}, [rdi + ${n}]`).join('\n')}
        ${Array.from({ length: 16 }, (_, n) => `movups xmm${n}, [rdi + ${n}]`).join('\n')}
        ${EXIT_0}
image:  db ${Array.from({ length: 32 }, (_, n) => 7 * (n + 1)).join(', ')}
`;

/** The way to long mode through page tables that are part of the image; reads and prints the byte at 0x15000. */
function pages(target: string): string {
  return `
        jmp near start
        align 8
gdt:    dq 0
        dq 0x00209A0000000000
gdtr:   dw $ - gdt - 1
        dd gdt
start:  mov eax, cr4
        or al, 1 << 5
        mov cr4, eax
        mov eax, pml4
        mov cr3, eax
        mov ecx, 0xC0000080
        rdmsr
        or eax, 1 << 8
        wrmsr
        lgdt [gdtr]
        mov eax, cr0
        or eax, 1 << 31 | 1
        mov cr0, eax
        jmp dword 8:long_mode
        bits 64
long_mode:
        xor eax, eax
        mov ds, eax
        mov al, [abs 0x15000]
        mov dx, 0x3F8
        out dx, al
        ${EXIT_0}
        times 0x1000 - ($ - $$) db 0
        %macro table 1                          ; whose first entry is %1
        dq %1 | 3
        times 511 dq 0
        %endmacro
        %macro leaves 1                         ; which map 0x15000 to %1
        %assign i 0
        %rep 512
        %if i = 0x15
        dq %1 | 3
        %else
        dq i << 12 | 3
        %endif
        %assign i i + 1
        %endrep
        %endmacro
${target}`;
}

/**
 * Guests whose page tables are part of the image, at the same places: what differs is the level at which they
 * take another way. Each prints the byte that it reads through them.
 */
export const PAGE_TABLES: Readonly<Record<string, string>> = Object.fromEntries(
  (
    [
      ['itself', '0x2000', '0x3000', '0x4000', '0x8000'],
      ['a page', '0x2000', '0x3000', '0x4000', '0x9000'],
      ['a table', '0x2000', '0x3000', '0x7000', '0x8000'],
      ['a directory', '0x2000', '0x6000', '0x4000', '0x8000'],
      ['a pointer table', '0x5000', '0x3000', '0x4000', '0x8000'],
      ['memory that is not there', '0x2000', '0x3000', '0x4000', '0xC0000'],
    ] as const
  ).map(([name, pointers, directory, pageTable, page]) => [
    name,
    pages(`
pml4:   table ${pointers}
        table ${directory}                      ; 0x2000
        table ${pageTable}                      ; 0x3000
        leaves ${page}                          ; 0x4000
        table 0x6000                            ; 0x5000
        table 0x7000                            ; 0x6000
        leaves 0xA000                           ; 0x7000
        times 0x1000 db 0x88
        times 0x1000 db 0x99
        times 0x1000 db 0xAA`),
  ]),
);

/** Breakpoints on what the next guest executes, reads and writes first. */
const DEBUG_REGISTERS = `
        xor eax, eax
        mov dr0, eax
        mov eax, 0x3F8
        mov dr1, eax
        mov eax, 0x8000
        mov dr2, eax
        mov eax, 4
        mov dr3, eax
        mov eax, 0xFFFF0FFF
        mov dr6, eax
        mov eax, 0x333307AA
        mov dr7, eax
        ${EXIT_0}`;

/** A trap is due behind the instruction that exits. */
const TRAP_PENDING = `
        mov word [4], handler
        mov word [6], 0
        pushf
        pop ax
        or ax, 0x0300                           ; TF, IF
        push ax
        mov al, 0
        popf
        out 0x01, al
handler:
        jmp $`;

const UART = `
        mov bx, 0xFFFF
        mov si, .table
.next:  lodsw
        cmp ax, bx
        je .done
        mov dl, al
        mov dh, 0x03
        mov al, ah
        out dx, al
        jmp .next
.done:  ${EXIT_0}
.table: db 0xFB, 0x80, 0xF8, 0x01, 0xF9, 0x02   ; DLAB, divisor 0x0201
        db 0xFB, 0x1F                           ; 8 bits, 2 stop bits, parity
        db 0xFA, 0xC7                           ; FIFOs, trigger level 14
        db 0xFC, 0x1F                           ; loopback, all outputs
        db 0xF8, "l", 0xF8, "o", 0xF8, "o"      ; bytes that wait in the loop
        db 0xF9, 0x0F, 0xFF, 0x55               ; all interrupts, scratch
        db 0xFB, 0xC0                           ; DLAB and break left on
        dw 0xFFFF`;

/** Guests that leave behind what they can, each something else, and end by themselves. */
export const DIRTY_GUESTS: Readonly<Record<string, string>> = {
  registers: REGISTERS,
  memory: MEMORY,
  'extended memory': EXTENDED_MEMORY,
  'long mode': LONG_MODE,
  MSRs: WRITE_MSRS,
  'floating point': FLOATING_POINT,
  'debug registers': DEBUG_REGISTERS,
  'a pending trap': TRAP_PENDING,
  UART,
  'string output to the exit port': 'mov cx, 1000\nmov dx, 1\nxor si, si\ncld\nrep outsb',
  'a wide write to the exit port': 'mov eax, 0x11223344\nout 0, eax',
  'string input': `push 0x2000\npop es\nmov cx, 0x3000\nmov dx, 0x1234\ncld\nrep insb\n${EXIT_0}`,
  'an interrupt shadow': 'sti\nhlt',
  'an interrupt shadow of SS': `xor ax, ax\nmov ss, ax\n${EXIT_0}`,
  'an exception being handled': `mov word [0], handler\nmov word [2], 0\nxor bl, bl\ndiv bl\nhandler:\n${EXIT_0}`,
  'a halt in protected mode': `${TO_PROTECTED_MODE}\nhlt`,
  'a hole in memory': `push 0xC000\npop ds\nmov eax, [0]\nmov [4], eax\n${EXIT_0}`,
  ports: `in al, 0x40\nmov dx, 0x5678\nout dx, ax\nmov al, "d"\nout 0xE9, al\n${EXIT_0}`,
  'much output': `mov cx, 2000\nmov dx, 0x3F8\ncld\nrep outsb\n${EXIT_0}`,
  ...PAGE_TABLES,
};
