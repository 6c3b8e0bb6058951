; Prints one line on the serial port, then ends with an exit code.
;
; This is all there is: no firmware, no operating system. Your bytes are loaded at address 0 and the
; CPU starts at the first of them, in 16-bit real mode, with
;   CS = DS = ES = FS = GS = SS = 0    so that an offset is an address
;   SP = 0xFFFC                        a stack that grows down from the end of the first 64 KiB
;   FLAGS = 2                          interrupts off, string instructions go up
; Do not rely on what AX, BX, CX, DX, SI, DI and BP hold.
;
; The world outside is reached through ports:
;   0x3F8   serial port: a byte written here is printed
;   0x01    exit port: a byte written here ends the guest, and is its exit code
; HLT ends the guest too, with code 0.

SERIAL  equ 0x3F8
EXIT    equ 0x01

        bits 16                         ; the CPU is in 16-bit mode: encode for it
        org 0                           ; and this is where the image is loaded

start:
        mov si, message                 ; DS:SI = next byte to print
        mov cx, message.length          ; CX = how many are left
        mov dx, SERIAL                  ; ports over 0xFF are named by DX
.next:
        lodsb                           ; AL = [DS:SI], SI = SI + 1
        out dx, al
        loop .next                      ; CX = CX - 1, again unless it is 0

        mov al, 0                       ; 0 means that all went well
        out EXIT, al                    ; the guest ends here

; Data stands behind the code: the CPU would run into it otherwise.
message:        db "Hello from a bare CPU!", 10
.length         equ $ - message
