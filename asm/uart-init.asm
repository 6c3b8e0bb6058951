; Sets the serial port up as a driver for a real 16550 does: speed, frame, FIFOs, modem lines; then
; waits for the sender before each byte.

UART            equ 0x3F8
DATA            equ UART + 0            ; with DLAB: low byte of the divisor
INTERRUPTS      equ UART + 1            ; with DLAB: its high byte
FIFO_CONTROL    equ UART + 2
LINE_CONTROL    equ UART + 3
MODEM_CONTROL   equ UART + 4
LINE_STATUS     equ UART + 5

DLAB            equ 1 << 7              ; line control: the first two registers are the divisor
EIGHT_N_ONE     equ 0b011               ; line control: 8 data bits, no parity, one stop bit
FIFO_ENABLE     equ 1 << 0
FIFO_CLEAR      equ 0b110               ; both of them
FIFO_TRIGGER_14 equ 0b11 << 6
DTR_RTS         equ 0b11
SENDER_READY    equ 1 << 5

; The clock is 1.8432 MHz, and the UART divides it by 16 and by the divisor. This one is chosen so
; that both of its bytes are letters: a UART that took them for data would print them.
DIVISOR         equ 'AB'

EXIT            equ 0x01

%macro  write 2                         ; port, value
        mov dx, %1
        mov al, %2
        out dx, al
%endmacro

        bits 16
        org 0

start:
        write INTERRUPTS, 0             ; none: this driver polls
        write LINE_CONTROL, DLAB
        write DATA, DIVISOR & 0xFF
        write INTERRUPTS, DIVISOR >> 8
        write LINE_CONTROL, EIGHT_N_ONE ; and DLAB off
        write FIFO_CONTROL, FIFO_ENABLE | FIFO_CLEAR | FIFO_TRIGGER_14
        write MODEM_CONTROL, DTR_RTS

        cld
        mov si, message
        mov cx, message.length
.next:
        mov dx, LINE_STATUS
.wait:
        in al, dx
        test al, SENDER_READY
        jz .wait
        lodsb
        mov dx, DATA
        out dx, al
        loop .next

        mov al, 0
        out EXIT, al

message:        db "16550 ready", 10
.length         equ $ - message
