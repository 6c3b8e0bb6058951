; Ends with an exit code other than 0, which the directive declares to be right.
; guestkit: exit=3

EXIT    equ 0x01

        bits 16
        org 0

start:
        mov al, 3
        out EXIT, al
