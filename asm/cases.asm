; Reads a line and exits with the number of its letters: one source, a table of test cases.
;
; case: nothing input="\r" exit=0
; case: one     input="a\r" exit=1
; expect: read: a
; case: five    input="hello\r" exit=5
; expect: read: hello
; expect-not: read:

bits 16
org 0

    xor bx, bx                  ; letters so far
    mov si, prompt
    call print
read:
    mov dx, 0x3FD               ; line status register
    in al, dx
    test al, 1                  ; data ready?
    jz read
    mov dx, 0x3F8
    in al, dx
    cmp al, 13                  ; Enter
    je done
    inc bx
    out dx, al
    jmp read
done:
    mov al, 10
    mov dx, 0x3F8
    out dx, al
    mov al, bl
    out 0x01, al

%include "lib/print.inc"

prompt: db "read: ", 0
