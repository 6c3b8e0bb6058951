import type { ByteSink, ByteSource, Device, InterruptLine } from './device.ts';
import { UartModem } from './uart16550-modem.ts';
import { UartReceiver } from './uart16550-receiver.ts';
import {
  DLL,
  DLM,
  FCR,
  IER,
  IER_LINE_STATUS,
  IER_MASK,
  IER_MODEM_STATUS,
  IER_RECEIVED_DATA,
  IER_THR_EMPTY,
  IIR,
  IIR_CHARACTER_TIMEOUT,
  IIR_FIFOS_ENABLED,
  IIR_LINE_STATUS,
  IIR_MODEM_STATUS,
  IIR_NONE,
  IIR_RECEIVED_DATA,
  IIR_THR_EMPTY,
  LCR,
  LCR_BREAK,
  LCR_DLAB,
  LSR,
  LSR_DATA_READY,
  LSR_OVERRUN,
  LSR_THR_EMPTY,
  LSR_TRANSMITTER_EMPTY,
  MCR,
  MSR,
  RBR,
  SCR,
  THR,
} from './uart16550-registers.ts';

/** 1.8432 MHz / (16 * 12) = 9600 baud. The datasheet leaves the latch undefined; a fixed value repeats. */
const POWER_ON_DIVISOR = 12;

/** What a read of an empty receiver gives; the datasheet leaves it open. */
const NO_DATA = 0x00;

/** What an offset past the last register reads. */
const NO_REGISTER = 0xff;

/** What the chip is connected to. */
export interface UartWiring {
  /** SOUT: each byte the guest sends. */
  output: ByteSink;
  /** SIN: asked for a byte only when the guest looks for one or may be interrupted by one. */
  input: ByteSource;
  /** The interrupt request of the PC's serial port: INTR behind the gate that OUT2 opens. */
  interrupt: InterruptLine;
}

/**
 * The UART of the PC, a PC16550D, on a line without delay.
 *
 * **Sending.** A byte written to THR is out before the write ends, so THRE and TEMT are always set. During
 * a break (LCR.6) SOUT is held low: what the guest sends then reaches nobody.
 *
 * **Receiving.** Bytes come in order and none is lost, whatever the guest resets: they stay the sender's
 * until they are read from RBR ({@link UartReceiver} says how and why). Fewer bytes than the trigger level
 * report the character timeout at once, since no more of them come. An empty receiver reads 0.
 *
 * **Loopback** (MCR.4). THR goes to RBR, and DTR, RTS, OUT1 and OUT2 to DSR, CTS, RI and DCD; nothing is
 * output and nothing asked of the sender. Delta bits also mark the inputs that change as loopback begins
 * and ends. Break does not loop back: it acts on SOUT only.
 *
 * **Interrupts.** As on every PC, OUT2 gates the request: it reaches the line only while MCR.3 is set and
 * loopback, which holds the OUT2 pin inactive, is off. IIR tells the same with the gate closed. A THR write
 * and an RBR read take their interrupt away before the next one comes, so that an edge-triggered controller
 * sees an edge for each.
 *
 * **Left out.** Baud rate, word length, parity and stop bits read back but do not shape the data: all bytes
 * have eight bits, because guests commonly send without any set-up. So PE, FE, BI and LSR.7 never occur.
 * DTR and RTS do not hold the sender up. The DMA mode (FCR.3) has no pins here. Writes to LSR and MSR, in
 * the datasheet for factory testing, do nothing.
 */
export class Uart16550 implements Device {
  readonly #output: ByteSink;
  readonly #interrupt: InterruptLine;
  readonly #receiver: UartReceiver;
  readonly #modem: UartModem = new UartModem();
  #divisor = POWER_ON_DIVISOR;
  #ier = 0;
  #lcr = 0;
  #scr = 0;
  /** THR became empty and IIR has not told the guest yet. */
  #thrEmptied = false;
  #asserted = false;

  constructor({ output, input, interrupt }: UartWiring) {
    this.#output = output;
    this.#interrupt = interrupt;
    this.#receiver = new UartReceiver(input);
  }

  /** The bytes of a wide access go to consecutive registers; past the last one they read 0xFF. */
  read(offset: number, data: Uint8Array): void {
    for (let i = 0; i < data.length; i += 1) data[i] = this.#readRegister(offset + i);
  }

  /** The bytes of a wide access go to consecutive registers; past the last one they are ignored. */
  write(offset: number, data: Uint8Array): void {
    for (let i = 0; i < data.length; i += 1) this.#writeRegister(offset + i, data[i] ?? 0);
  }

  /**
   * The datasheet's "UART Reset Configuration", and for what it leaves undefined a fixed value: SCR 0, the
   * divisor of 9600 baud. Bytes that were fetched from the sender and not read are dropped, so that none of
   * them reaches the guest that runs next.
   */
  reset(): void {
    this.#receiver.reset();
    this.#modem.reset();
    this.#divisor = POWER_ON_DIVISOR;
    this.#ier = 0;
    this.#lcr = 0;
    this.#scr = 0;
    this.#thrEmptied = false;
    this.#refreshInterrupt();
  }

  /** The host has new input: interrupts the guest for it if the guest asked for that. */
  poll(): void {
    this.#refreshInterrupt();
  }

  #readRegister(offset: number): number {
    switch (offset) {
      case RBR: // or DLL
        return this.#lcr & LCR_DLAB ? this.#divisor & 0xff : this.#readReceiverBuffer();
      case IER: // or DLM
        return this.#lcr & LCR_DLAB ? this.#divisor >> 8 : this.#ier;
      case IIR:
        return this.#readInterruptIdentification();
      case LCR:
        return this.#lcr;
      case MCR:
        return this.#modem.control;
      case LSR:
        return this.#readLineStatus();
      case MSR:
        return this.#readModemStatus();
      case SCR:
        return this.#scr;
      default:
        return NO_REGISTER;
    }
  }

  #writeRegister(offset: number, value: number): void {
    switch (offset) {
      case THR: // or DLL
        if (this.#lcr & LCR_DLAB) this.#writeDivisor(DLL, value);
        else this.#transmit(value);
        break;
      case IER: // or DLM
        if (this.#lcr & LCR_DLAB) this.#writeDivisor(DLM, value);
        else this.#writeInterruptEnable(value);
        break;
      case FCR:
        this.#receiver.controlFifos(value);
        this.#refreshInterrupt();
        break;
      case LCR:
        this.#lcr = value;
        break;
      case MCR:
        this.#writeModemControl(value);
        break;
      case SCR:
        this.#scr = value;
        break;
    }
  }

  #writeDivisor(latch: typeof DLL | typeof DLM, value: number): void {
    this.#divisor = latch === DLL ? (this.#divisor & 0xff00) | value : (value << 8) | (this.#divisor & 0xff);
  }

  #transmit(byte: number): void {
    if (this.#modem.loopback) this.#receiver.loopBack(byte);
    else if ((this.#lcr & LCR_BREAK) === 0) this.#output(byte);
    this.#thrEmptied = true;
    if (this.#ier & IER_THR_EMPTY) this.#renewInterrupt(IER_THR_EMPTY);
  }

  #readReceiverBuffer(): number {
    const byte = this.#receiver.take();
    if (byte === undefined) return NO_DATA;
    this.#renewInterrupt(IER_RECEIVED_DATA);
    return byte;
  }

  #writeInterruptEnable(value: number): void {
    if (value & ~this.#ier & IER_THR_EMPTY) this.#thrEmptied = true;
    this.#ier = value & IER_MASK;
    this.#refreshInterrupt();
  }

  #readInterruptIdentification(): number {
    const identification = this.#identify(this.#pending());
    if (identification === IIR_THR_EMPTY) this.#thrEmptied = false;
    this.#refreshInterrupt();
    return this.#receiver.fifosEnabled ? identification | IIR_FIFOS_ENABLED : identification;
  }

  #writeModemControl(value: number): void {
    this.#modem.writeControl(value);
    this.#receiver.setLoopback(this.#modem.loopback);
    this.#refreshInterrupt();
  }

  #readLineStatus(): number {
    let status = LSR_THR_EMPTY | LSR_TRANSMITTER_EMPTY;
    if (this.#receiver.available() > 0) status |= LSR_DATA_READY;
    if (this.#receiver.overrun) status |= LSR_OVERRUN;
    this.#receiver.clearOverrun();
    this.#refreshInterrupt();
    return status;
  }

  #readModemStatus(): number {
    const status = this.#modem.readStatus();
    this.#refreshInterrupt();
    return status;
  }

  /** The enabled sources that ask for an interrupt now, as bits of IER. */
  #pending(): number {
    if (this.#ier === 0) return 0;
    let pending = 0;
    if (this.#ier & IER_RECEIVED_DATA && this.#receiver.available() > 0) pending |= IER_RECEIVED_DATA;
    if (this.#thrEmptied) pending |= IER_THR_EMPTY;
    if (this.#receiver.overrun) pending |= IER_LINE_STATUS;
    if (this.#modem.changed) pending |= IER_MODEM_STATUS;
    return pending & this.#ier;
  }

  /** The source of highest priority, as IIR names it. */
  #identify(pending: number): number {
    if (pending & IER_LINE_STATUS) return IIR_LINE_STATUS;
    if (pending & IER_RECEIVED_DATA)
      return this.#receiver.reachesTrigger() ? IIR_RECEIVED_DATA : IIR_CHARACTER_TIMEOUT;
    if (pending & IER_THR_EMPTY) return IIR_THR_EMPTY;
    if (pending & IER_MODEM_STATUS) return IIR_MODEM_STATUS;
    return IIR_NONE;
  }

  /** Takes the request of one source away before it is made again. */
  #renewInterrupt(source: number): void {
    const pending = this.#pending();
    this.#drive(pending & ~source);
    this.#drive(pending);
  }

  #refreshInterrupt(): void {
    this.#drive(this.#pending());
  }

  #drive(pending: number): void {
    const asserted = pending !== 0 && this.#modem.out2;
    if (asserted === this.#asserted) return;
    this.#asserted = asserted;
    this.#interrupt.set(asserted);
  }
}
