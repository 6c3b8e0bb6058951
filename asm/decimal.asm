; Turns numbers into text: a routine with tests of its own, and a guest that uses it.
;
; test: itoa ax=0 di=buffer -> [buffer]="0" cx=1
; test: itoa ax=42 di=buffer -> [buffer]="42" cx=2 cf=0
; test: itoa ax=0xFFFF di=buffer -> [buffer]="65535" cx=5 di=buffer+5
; test: print si=greeting -> serial="65535 is the largest word\n"
; expect: 65535 is
; expect-not: 0
; expect-re: largest \w+$

bits 16
org 0

start:
    mov ax, 0xFFFF
    mov di, greeting
    call itoa
    mov si, greeting
    call print
    mov al, 0
    out 0x01, al                ; the exit port: exit code 0

; Writes AX in decimal digits to [di]. Out: DI behind the last digit, CX how many; CF clear. Changes AX, BX, DX.
itoa:
    cld
    mov bx, 10
    xor cx, cx
.divide:                        ; the digits come from the right: they wait on the stack
    xor dx, dx
    div bx
    push dx
    inc cx
    test ax, ax
    jnz .divide
    mov bx, cx
.store:
    pop ax
    add al, '0'
    stosb
    dec bx
    jnz .store
    clc
    ret

%include "lib/print.inc"

buffer: times 8 db 0
greeting: db "65535 is the largest word", 10, 0
