; A PC's firmware in 64 KiB for the QEMU peer: enters the guest at 0000:0000 as guestkit does.
        bits 16
        org 0
start:
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0xFFFC
        jmp 0:0
        times 0xFFF0 - ($ - $$) db 0xFF
reset:                                  ; the CPU begins here, at F000:FFF0
        jmp 0xF000:start
        times 0x10000 - ($ - $$) db 0xFF
