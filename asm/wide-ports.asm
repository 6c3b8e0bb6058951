; Reads 8, 16 and 32 bits from a port that no device has: nothing drives the lines of the bus, and all
; of them read as ones. Writes there go nowhere.

NOBODY  equ 0x5678
EXIT    equ 0x01

        bits 16
        org 0

start:
        mov dx, NOBODY

        xor eax, eax
        out dx, eax
        out dx, ax
        out dx, al

        in al, dx                       ; each read replaces only its own part of EAX
        call show
        xor eax, eax
        in ax, dx
        call show
        xor eax, eax
        in eax, dx
        call show

        mov al, 0
        out EXIT, al

; Prints EAX on a line of its own.
show:
        call print_hex32
        mov si, newline
        jmp print

%include "lib/print.inc"

newline:        db 10, 0
