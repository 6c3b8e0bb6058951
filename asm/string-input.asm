; Reads ten bytes of serial input with one instruction, REP INSB, and prints them in reverse.
; guestkit: input="0123456789"
;
; The sender waits here until the guest reads. On a wire it would not: there a driver asks the line
; status before each byte.

SERIAL  equ 0x3F8
EXIT    equ 0x01
SIZE    equ 10

        bits 16
        org 0

start:
        cld
        mov dx, SERIAL
        mov di, buffer                  ; INSB writes to ES:DI
        mov cx, SIZE
        rep insb

        std                             ; downwards, from the last byte
        mov si, buffer + SIZE - 1
        mov cx, SIZE
        rep outsb
        cld
        mov al, 10
        out dx, al

        mov al, 0
        out EXIT, al

buffer: times SIZE db 0
