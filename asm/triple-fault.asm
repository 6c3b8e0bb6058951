; Crashes the CPU: an exception whose handler cannot be called, nor that of the exception this raises
; (#DF), makes it shut down. A PC would reset.
; guestkit: outcome=crashed

SERIAL  equ 0x3F8

        bits 16
        org 0

start:
        mov si, message
        mov cx, message.length
        mov dx, SERIAL
        cld
        rep outsb

        ; Where KVM emulates real mode, nobody looks at the limit of the interrupt table. In protected
        ; mode it holds on every host.
        lidt [nothing]
        lgdt [gdtr]
        mov eax, cr0
        or eax, 1
        mov cr0, eax
        jmp dword CODE:protected

        bits 32
protected:
        ud2                             ; #UD, by definition

message:        db "the last words", 10
.length         equ $ - message

        align 8
gdt:    dq 0
CODE    equ $ - gdt
        dw 0xFFFF, 0
        db 0, 0x9A, 0xCF, 0             ; flat 32-bit code
.end:

gdtr:   dw gdt.end - gdt - 1
        dd gdt
nothing:
        dw 0                            ; a table too short for any entry
        dd 0
