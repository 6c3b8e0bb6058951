; Ends by HLT: no interrupt can wake this CPU, so there is nothing left to run.
; guestkit: outcome=halted

SERIAL  equ 0x3F8

        bits 16
        org 0

start:
        cli
        mov si, message
        mov cx, message.length
        mov dx, SERIAL
        cld
        rep outsb
        hlt

message:        db "good night", 10
.length         equ $ - message
