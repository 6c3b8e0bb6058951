; Reads the serial port and prints every byte back, until the line ends.
; guestkit: input="Say it again\r"
;
; The line above is a directive: the test gives this input to the serial port. "\r" is what the
; Enter key of a terminal sends.
;
; The serial port is a 16550 UART. Two of its eight registers are enough here:
;   0x3F8   data: reading takes the next byte received, writing sends one
;   0x3FD   line status: bit 0 = a byte has been received, bit 5 = the sender is ready

SERIAL          equ 0x3F8
LINE_STATUS     equ SERIAL + 5
DATA_READY      equ 1 << 0
SENDER_READY    equ 1 << 5
EXIT            equ 0x01

        bits 16
        org 0

start:
        call receive
        cmp al, 13                      ; Enter on a terminal
        je .done
        cmp al, 10                      ; the end of a line in a file or a pipe
        je .done
        call send
        jmp start
.done:
        mov al, 10
        call send
        mov al, 0
        out EXIT, al

; Waits for a byte and returns it in AL. Changes DX.
receive:
        mov dx, LINE_STATUS
.wait:
        in al, dx
        test al, DATA_READY
        jz .wait
        mov dx, SERIAL
        in al, dx
        ret

; Sends the byte in AL. Changes AH and DX.
send:
        mov ah, al
        mov dx, LINE_STATUS
.wait:
        in al, dx
        test al, SENDER_READY
        jz .wait
        mov al, ah
        mov dx, SERIAL
        out dx, al
        ret
