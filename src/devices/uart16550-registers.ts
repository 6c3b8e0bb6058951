/**
 * Registers of the PC16550D, in the words of its datasheet ("Registers", table "Summary of Registers").
 * Only the bits that this model acts on are named.
 */

/** Register offsets. Offsets 0 and 1 are the divisor latch while LCR.7 is set; 2 reads IIR and writes FCR. */
export const RBR = 0;
export const THR = 0;
export const DLL = 0;
export const IER = 1;
export const DLM = 1;
export const IIR = 2;
export const FCR = 2;
export const LCR = 3;
export const MCR = 4;
export const LSR = 5;
export const MSR = 6;
export const SCR = 7;

/** Interrupt Enable Register. Bits 4 to 7 are always 0. */
export const IER_RECEIVED_DATA = 0x01;
export const IER_THR_EMPTY = 0x02;
export const IER_LINE_STATUS = 0x04;
export const IER_MODEM_STATUS = 0x08;
export const IER_MASK = 0x0f;

/** Interrupt Identification Register, bits 0 to 3: the table "Interrupt Control Functions". */
export const IIR_MODEM_STATUS = 0x00;
export const IIR_NONE = 0x01;
export const IIR_THR_EMPTY = 0x02;
export const IIR_RECEIVED_DATA = 0x04;
export const IIR_LINE_STATUS = 0x06;
export const IIR_CHARACTER_TIMEOUT = 0x0c;
/** Bits 6 and 7 follow FCR.0. */
export const IIR_FIFOS_ENABLED = 0xc0;

/** FIFO Control Register. */
export const FCR_ENABLE = 0x01;
export const FCR_RESET_RECEIVER = 0x02;
/** Bytes in the receive FIFO that raise the interrupt, by the value of FCR bits 6 and 7. */
export const FCR_TRIGGER_LEVELS = [1, 4, 8, 14] as const;
export const FCR_TRIGGER_SHIFT = 6;

/** Line Control Register. */
export const LCR_BREAK = 0x40;
export const LCR_DLAB = 0x80;

/** Modem Control Register. Bits 5 to 7 are always 0. */
export const MCR_DTR = 0x01;
export const MCR_RTS = 0x02;
export const MCR_OUT1 = 0x04;
export const MCR_OUT2 = 0x08;
export const MCR_LOOP = 0x10;
export const MCR_MASK = 0x1f;

/** Line Status Register. */
export const LSR_DATA_READY = 0x01;
export const LSR_OVERRUN = 0x02;
export const LSR_THR_EMPTY = 0x20;
export const LSR_TRANSMITTER_EMPTY = 0x40;

/** Modem Status Register. Bits 0 to 3 say what changed since the last read, bits 4 to 7 what is. */
export const MSR_TERI = 0x04;
export const MSR_DELTA_CTS_DSR_DCD = 0x0b;
export const MSR_DELTAS = 0x0f;
export const MSR_CTS = 0x10;
export const MSR_DSR = 0x20;
export const MSR_RI = 0x40;
export const MSR_DCD = 0x80;
/** From an input (bits 4 to 7) down to its delta (bits 0 to 3). */
export const MSR_DELTA_SHIFT = 4;

/** Bytes that each FIFO of the chip holds. */
export const FIFO_SIZE = 16;

/** Without FIFOs the receiver holds one byte, in RBR. */
export const RBR_SIZE = 1;
