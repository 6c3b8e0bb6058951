; Never ends. What it printed before the time limit is kept.
; guestkit: outcome=timeout timeout=100ms

SERIAL  equ 0x3F8

        bits 16
        org 0

start:
        mov si, message
        mov cx, message.length
        mov dx, SERIAL
        cld
        rep outsb
        jmp $

message:        db "round and round", 10
.length         equ $ - message
