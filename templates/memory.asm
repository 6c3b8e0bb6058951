; Reaches memory beyond the first 64 KiB with segments, copies a block, and uses the screen as memory.
;
; A real-mode address is segment:offset, and means segment * 16 + offset. Offsets have 16 bits, so one
; segment shows 64 KiB; segments start every 16 bytes and overlap. RAM is here:
;   0x00000 - 0x9FFFF   the image is at its start, the rest is zero and yours
;   0xB8000 - 0xBFFFF   text screen of a PC: plain RAM here, nobody draws it
;   0xF0000 - 0xFFFFF   where a PC has its firmware: plain RAM here
; From 0x100000 (1 MiB) on there is more only if a directive asks for it, such as memory=2M.

SERIAL  equ 0x3F8
EXIT    equ 0x01

BLOCK   equ 0x2000                      ; segment 0x2000 starts at address 0x20000
SCREEN  equ 0xB800                      ; segment 0xB800 starts at address 0xB8000

        bits 16
        org 0

start:
        ; Copy the text to 2000:0000. MOVSB reads DS:SI and writes ES:DI; REP repeats it CX times.
        mov ax, BLOCK                   ; a segment register is loaded through a general one
        mov es, ax
        xor di, di
        mov si, copied
        mov cx, copied.length
        cld
        rep movsb

        ; Print it from there. OUTSB reads DS:SI, so DS has to move, and to come back.
        push ds
        mov ds, ax
        xor si, si
        mov cx, copied.length
        mov dx, SERIAL
        rep outsb
        pop ds

        ; 2000:0010 and 2001:0000 are both 0x20010: what is written through one is read through the other.
        mov byte [es:0x0010], 'A'
        mov ax, BLOCK + 1
        mov fs, ax
        mov al, [fs:0x0000]
        mov [alias.seen], al
        mov si, alias
        mov cx, alias.length
        rep outsb

        ; A cell of the screen is two bytes: the character, and its colours (here white on blue).
        mov ax, SCREEN
        mov es, ax
        xor di, di
        mov si, shown
        mov cx, shown.length
        mov ah, 0x1F
.draw:
        lodsb
        stosw                           ; [ES:DI] = AX, DI = DI + 2
        loop .draw

        ; Read the characters back, from every second byte.
        xor si, si
        mov cx, shown.length
.read:
        mov al, [es:si]
        out dx, al
        add si, 2
        loop .read

        mov al, 0
        out EXIT, al

copied:         db "copied to 2000:0000", 10
.length         equ $ - copied
alias:          db "2001:0000 holds "
.seen:          db "?", 10
.length         equ $ - alias
shown:          db "read back from B800:0000", 10
.length         equ $ - shown
