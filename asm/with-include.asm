; Uses routines of another file, which NASM finds beside this one.

EXIT    equ 0x01

        bits 16
        org 0

start:
        mov si, sum
        call print
        mov ax, 0xC0DE
        add ax, 0x0BAD
        call print_hex16
        mov si, newline
        call print

        mov al, 0
        out EXIT, al

%include "lib/print.inc"

sum:            db "C0DE + 0BAD = ", 0
newline:        db 10, 0
