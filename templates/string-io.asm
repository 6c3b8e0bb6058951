; Prints a whole text with one instruction: REP OUTSB.
;
; OUTSB sends the byte at DS:SI to the port in DX and moves SI to the next one. With the prefix REP it
; does so CX times. The CPU can hand many of those bytes to the host at once, where a loop around OUT
; hands over each for itself: for long texts this is much faster.

SERIAL  equ 0x3F8
EXIT    equ 0x01

        bits 16
        org 0

start:
        cld                             ; SI goes up (STD would make it go down)
        mov dx, SERIAL
        mov si, poem
        mov cx, poem.length
        rep outsb

        ; CX is 0 now, and SI points behind the last byte sent, so that texts that follow one
        ; another in memory need no new address.
        mov cx, ending.length
        rep outsb

        mov al, 0
        out EXIT, al

poem:           db "One instruction,", 10
                db "a count, a port, an address:", 10
                db "the page is printed.", 10
.length         equ $ - poem
ending:         db "-- the string unit", 10
.length         equ $ - ending
