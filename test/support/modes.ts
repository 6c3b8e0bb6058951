/**
 * The way from real mode to `bits 32` code in flat 32-bit segments, ESP 0x9000. The code follows; the
 * tables are at the front of the image, behind a jump.
 */
export const TO_PROTECTED_MODE = `
        jmp near start
        align 8
gdt:    dq 0
        dq 0x00CF9A000000FFFF           ; 8: code, 4 GiB, 32-bit
        dq 0x00CF92000000FFFF           ; 16: data, 4 GiB
gdtr:   dw $ - gdt - 1
        dd gdt
no_idt: dw 0                            ; too short for any gate
        dd 0
start:  lidt [no_idt]
        lgdt [gdtr]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        jmp dword 8:protected
        bits 32
protected:
        mov ax, 16
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov esp, 0x9000
`;

/** The same to `bits 64` code, with the first 2 MiB mapped to themselves by tables at 0x10000. */
export const TO_LONG_MODE = `
        jmp near start
        align 8
gdt:    dq 0
        dq 0x00209A0000000000           ; 8: code, 64-bit
gdtr:   dw $ - gdt - 1
        dd gdt
start:  mov ax, 0x1000
        mov es, ax
        mov dword [es:0], 0x11003       ; PML4 -> PDPT, present and writable
        mov dword [es:0x1000], 0x12003  ; PDPT -> PD
        mov dword [es:0x2000], 0x00083  ; PD -> a 2 MiB page at 0
        mov eax, cr4
        or al, 1 << 5                   ; PAE
        mov cr4, eax
        mov eax, 0x10000
        mov cr3, eax
        mov ecx, 0xC0000080             ; EFER
        rdmsr
        or eax, 1 << 8                  ; LME
        wrmsr
        lgdt [gdtr]
        mov eax, cr0
        or eax, 1 << 31 | 1             ; PG, PE
        mov cr0, eax
        jmp dword 8:long_mode
        bits 64
        default rel
long_mode:
        xor eax, eax
        mov ds, eax
        mov es, eax
        mov ss, eax
        mov rsp, 0x9000
`;
