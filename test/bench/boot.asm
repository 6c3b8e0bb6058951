; hello as a boot sector, for the QEMU peer that starts the way people start QEMU: firmware, disk, boot.
        bits 16
        org 0x7C00
start:
        xor ax, ax
        mov ds, ax
        mov si, message
        mov dx, 0x3F8
next:
        lodsb
        test al, al
        jz done
        out dx, al
        jmp next
done:
        xor al, al
        out 0x01, al                    ; isa-debug-exit
        hlt
message db "Hello from a bare CPU!", 10, 0
        times 510 - ($ - $$) db 0
        dw 0xAA55
