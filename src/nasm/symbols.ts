/** A name that the source gives to an address or a value. */
export interface ImageSymbol {
  /** In full, as NASM prints it: `start.loop` for `.loop` under `start`. */
  name: string;
  /** What the name stands for when the guest uses it: origin and `vstart` are counted in. */
  address: number;
  /** The section of a label; `undefined` for `equ` constants and labels under `absolute`. */
  section: string | undefined;
}

const SYMBOLS_TITLE = /^-- Symbols -*$/;
const SECTION_TITLE = /^---- Section (.+?)(?: -*)?$/;
const NO_SECTION_TITLE = /^---- No Section -*$/;
/** Labels in a section have two columns, where they are loaded and where they run. */
const LABEL = /^ *[0-9A-F]+ +([0-9A-F]+) {2}(\S+)$/;
const VALUE = /^ *([0-9A-F]+) {2}(\S+)$/;

/**
 * The symbols of a NASM map file (NASM manual, 8.1.4 "Map Files"), by address, then in the map's order.
 * Values beyond 2^53 are left out: a number could not say them exactly.
 */
export function parseSymbols(map: string): ImageSymbol[] {
  const symbols: ImageSymbol[] = [];
  let inSymbols = false;
  let section: string | undefined;
  for (const line of map.split('\n')) {
    if (!inSymbols) {
      inSymbols = SYMBOLS_TITLE.test(line);
      continue;
    }
    const title = SECTION_TITLE.exec(line)?.[1];
    if (title !== undefined || NO_SECTION_TITLE.test(line)) {
      section = title;
      continue;
    }
    const [, digits = '', name = ''] = (section === undefined ? VALUE : LABEL).exec(line) ?? [];
    const address = Number.parseInt(digits, 16);
    if (Number.isSafeInteger(address)) symbols.push({ name, address, section });
  }
  return symbols.sort((a, b) => a.address - b.address);
}
