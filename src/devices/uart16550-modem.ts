import {
  MCR_DTR,
  MCR_LOOP,
  MCR_MASK,
  MCR_OUT1,
  MCR_OUT2,
  MCR_RTS,
  MSR_CTS,
  MSR_DCD,
  MSR_DELTA_CTS_DSR_DCD,
  MSR_DELTA_SHIFT,
  MSR_DELTAS,
  MSR_DSR,
  MSR_RI,
  MSR_TERI,
} from './uart16550-registers.ts';

/** A cable with a live peer: Clear To Send, Data Set Ready and Carrier Detect on, no ring. */
const LIVE_PEER = MSR_CTS | MSR_DSR | MSR_DCD;

/** The modem lines of the UART: MCR drives the outputs, MSR shows the inputs and how they changed. */
export class UartModem {
  #mcr = 0;
  #msr = LIVE_PEER;

  get control(): number {
    return this.#mcr;
  }

  get loopback(): boolean {
    return (this.#mcr & MCR_LOOP) !== 0;
  }

  /** The OUT2 pin; loopback holds the output pins inactive. */
  get out2(): boolean {
    return (this.#mcr & (MCR_OUT2 | MCR_LOOP)) === MCR_OUT2;
  }

  /** Whether an input changed since MSR was last read. */
  get changed(): boolean {
    return (this.#msr & MSR_DELTAS) !== 0;
  }

  writeControl(value: number): void {
    this.#mcr = value & MCR_MASK;
    const inputs = inputsUnder(this.#mcr);
    this.#msr = inputs | (this.#msr & MSR_DELTAS) | deltas(this.#msr, inputs);
  }

  /** A read of MSR clears its delta bits. */
  readStatus(): number {
    const status = this.#msr;
    this.#msr = status & ~MSR_DELTAS;
    return status;
  }

  reset(): void {
    this.#mcr = 0;
    this.#msr = LIVE_PEER;
  }
}

/** MSR bits 4 to 7 under this MCR: the peer's, or in loopback the chip's own outputs. */
function inputsUnder(mcr: number): number {
  if ((mcr & MCR_LOOP) === 0) return LIVE_PEER;
  let inputs = 0;
  if (mcr & MCR_RTS) inputs |= MSR_CTS;
  if (mcr & MCR_DTR) inputs |= MSR_DSR;
  if (mcr & MCR_OUT1) inputs |= MSR_RI;
  if (mcr & MCR_OUT2) inputs |= MSR_DCD;
  return inputs;
}

/** MSR bits 0 to 3 for a change of the inputs. TERI marks the end of a ring only. */
function deltas(before: number, after: number): number {
  const changed = ((before ^ after) >> MSR_DELTA_SHIFT) & MSR_DELTA_CTS_DSR_DCD;
  const ringEnded = (before & ~after & MSR_RI) !== 0;
  return ringEnded ? changed | MSR_TERI : changed;
}
