; The smallest guest worth writing: one line on the serial port, then exit code 0.

SERIAL  equ 0x3F8
EXIT    equ 0x01

        bits 16
        org 0

start:
        mov si, message
        mov cx, message.length
        mov dx, SERIAL
.next:
        lodsb
        out dx, al
        loop .next

        mov al, 0
        out EXIT, al

message:        db "Hello from a bare CPU!", 10
.length         equ $ - message
