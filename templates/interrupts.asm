; Fills in an interrupt table, calls a handler with INT, and repairs a division by zero in another.
;
; In real mode the interrupt vector table is at address 0: 256 entries of four bytes, each the offset
; and then the segment of a handler. The image is loaded at address 0 too, so its first 1024 bytes ARE
; the table. A guest that takes an exception without a table jumps to wherever those bytes point.

SERIAL          equ 0x3F8
EXIT            equ 0x01

DIVIDE_ERROR    equ 0                   ; vectors 0 to 31 are the CPU's own: 0 is #DE
PRINT           equ 0x40                ; the others are free

        bits 16
        org 0

        jmp near start                  ; executed once; vector 0 replaces these bytes
        times PRINT * 4 - ($ - $$) db 0
        dw print, 0                     ; a vector can be written at assembly time: offset, segment
        times 256 * 4 - ($ - $$) db 0

start:
        mov word [DIVIDE_ERROR * 4], divide_error   ; or at run time
        mov word [DIVIDE_ERROR * 4 + 2], 0

        mov si, calling
        int PRINT                       ; pushes FLAGS, CS and IP, then jumps through vector 0x40

        mov ax, 42
        mov bl, 0
        div bl                          ; AL = AX / BL: no such number, so the CPU raises #DE

        add al, '0'                     ; the handler made it 42 / 6
        mov [quotient], al
        mov si, result
        int PRINT

        mov al, 0
        out EXIT, al

; INT 0x40: prints the text at DS:SI, up to a zero byte. Keeps every register.
print:
        push ax
        push dx
        push si
        mov dx, SERIAL
.next:
        lodsb
        test al, al
        jz .done
        out dx, al
        jmp .next
.done:
        pop si
        pop dx
        pop ax
        iret                            ; pops IP, CS and FLAGS: back behind the INT

; #DE is a fault: the IP it pushes is that of the DIV itself. IRET runs the DIV again, so the handler
; must remove the cause, or it is called for ever.
divide_error:
        push si
        mov si, repairing
        int PRINT                       ; a handler may use INT as well
        pop si
        mov bl, 6
        iret

calling:        db "INT 0x40 calls a handler", 10, 0
repairing:      db "#DE: dividing by 6 instead of 0", 10, 0
result:         db "42 / 6 = "
quotient:       db "?", 10, 0
