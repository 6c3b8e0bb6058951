; Switches to 64-bit long mode and prints a 64-bit number from there.
;
; Long mode always pages: each address is looked up in a tree of tables, each of them 4 KiB, with 512
; entries of 8 bytes. A level 4 entry (PML4) covers 512 GiB, a level 3 entry (PDPT) 1 GiB, a level 2
; entry (PD) 2 MiB. Such an entry of level 2 can map a 2 MiB page itself, and one of those is enough:
; it maps the addresses from 0 to 2 MiB to themselves.
;
; The order that the CPU asks for: tables, CR4.PAE, CR3, EFER.LME, then CR0.PG together with CR0.PE.

SERIAL          equ 0x3F8
EXIT            equ 0x01

PML4            equ 0x10000             ; the tables: well behind the image and the stack, and each
PDPT            equ 0x11000             ; at a multiple of 4096
PD              equ 0x12000
TABLES_SIZE     equ 0x3000

PRESENT         equ 1 << 0              ; bits of an entry
WRITABLE        equ 1 << 1
LARGE           equ 1 << 7              ; in a PD: this entry is a 2 MiB page

CR0_PE          equ 1 << 0
CR0_PG          equ 1 << 31
CR4_PAE         equ 1 << 5
EFER            equ 0xC0000080          ; a model-specific register
EFER_LME        equ 1 << 8

        bits 16
        org 0

start:
        cli                             ; there is no table for interrupts in long mode

        mov ax, PML4 >> 4               ; ES:0000 is the first table
        mov es, ax
        xor di, di
        xor eax, eax
        mov cx, TABLES_SIZE / 4
        cld
        rep stosd                       ; 0 = not present
        mov dword [es:0], PDPT | PRESENT | WRITABLE
        mov dword [es:PDPT - PML4], PD | PRESENT | WRITABLE
        mov dword [es:PD - PML4], 0 | PRESENT | WRITABLE | LARGE

        mov eax, cr4
        or eax, CR4_PAE
        mov cr4, eax
        mov eax, PML4
        mov cr3, eax
        mov ecx, EFER
        rdmsr                           ; EDX:EAX
        or eax, EFER_LME
        wrmsr

        lgdt [gdtr]
        mov eax, cr0
        or eax, CR0_PG | CR0_PE
        mov cr0, eax                    ; long mode, but CS is still the 16-bit segment it was:
        jmp dword CODE:long_mode        ; a far jump loads it from the GDT

        bits 64
        default rel                     ; [name] is relative to RIP, as is usual in 64-bit code
long_mode:
        xor eax, eax
        mov ds, eax                     ; long mode ignores their bases and limits, and takes a null
        mov es, eax                     ; selector in all of them
        mov ss, eax
        mov rsp, PML4                   ; the stack grows down from the tables

        lea rsi, [message]
        mov ecx, message.length
        mov edx, SERIAL
        rep outsb

        mov rbx, 0x0123456789ABCDEF     ; a number that needs 64 bits
        mov ecx, 16                     ; of 16 hexadecimal digits
.digit:
        rol rbx, 4                      ; the highest digit comes round to the lowest four bits
        mov eax, ebx
        and eax, 0xF
        lea rsi, [digits]
        mov al, [rsi + rax]
        out dx, al
        dec ecx
        jnz .digit
        mov al, 10
        out dx, al

        mov al, 0
        out EXIT, al

message:        db "Hello from 64-bit long mode!", 10, "RBX = 0x"
.length         equ $ - message
digits:         db "0123456789ABCDEF"

; Of a code descriptor, long mode looks at little more than this:
;   access 0x9A   present, ring 0, code, may be read
;   flags  0x2    L: 64-bit code
        align 8
gdt:    dq 0                            ; selector 0 is the null selector
CODE    equ $ - gdt
        dw 0, 0
        db 0, 0x9A, 0x20, 0
.end:

gdtr:   dw gdt.end - gdt - 1            ; the last valid offset into the table
        dd gdt
