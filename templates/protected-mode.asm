; Switches to 32-bit protected mode and prints from there.
;
; In protected mode a segment register holds a selector: the offset of a descriptor in the global
; descriptor table (GDT), which says where the segment starts, how long it is and what it is for. The
; usual choice is the flat one: code and data segments that cover all 4 GiB from address 0, so that a
; 32-bit offset is an address again.

SERIAL  equ 0x3F8
EXIT    equ 0x01

CR0_PE  equ 1 << 0                      ; protection enable
HIGH    equ 0x90000                     ; an address that no 16-bit offset reaches

        bits 16
        org 0

start:
        cli                             ; off already, but from here on it matters: there is no
        lgdt [gdtr]                     ; table for interrupts in this mode, so none may come
        mov eax, cr0
        or eax, CR0_PE
        mov cr0, eax                    ; protected now, but CS is still the 16-bit segment it was:
        jmp dword CODE:protected        ; a far jump loads it from the GDT

        bits 32                         ; from here on the CPU decodes 32-bit instructions
protected:
        mov ax, DATA                    ; the old values of the others are no selectors: load them
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov esp, HIGH                   ; the stack may be anywhere now

        mov esi, message                ; copy the text up ...
        mov edi, HIGH
        mov ecx, message.length
        cld
        rep movsb

        mov esi, HIGH                   ; ... and print it from there
        mov ecx, message.length
        mov edx, SERIAL
.next:
        mov al, [esi]
        out dx, al
        inc esi
        dec ecx
        jnz .next

        mov al, 0
        out EXIT, al

message:        db "Hello from 32-bit protected mode!", 10
.length         equ $ - message

; A descriptor: limit 15-0, base 15-0, base 23-16, access, flags and limit 19-16, base 31-24.
;   access 0x9A   present, ring 0, code, may be read      0x92   the same for data, may be written
;   flags  0xC    limit in units of 4 KiB, 32-bit segment
        align 8
gdt:    dq 0                            ; selector 0 is never valid
CODE    equ $ - gdt
        dw 0xFFFF, 0
        db 0, 0x9A, 0xCF, 0
DATA    equ $ - gdt
        dw 0xFFFF, 0
        db 0, 0x92, 0xCF, 0
.end:

gdtr:   dw gdt.end - gdt - 1            ; the last valid offset into the table
        dd gdt
