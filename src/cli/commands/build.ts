import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { GuestkitError } from '../../errors.ts';
import { assemble } from '../../nasm/assemble.ts';
import type { ImageSymbol } from '../../nasm/symbols.ts';
import { renderNasm } from '../diagnostics.ts';
import { onInterrupt } from '../interrupt.ts';
import { STATUS } from '../status.ts';
import { STDERR, STDOUT, say, styleFor } from '../terminal.ts';

/** Assembles sources into `build/NAME.bin`, `.sym` and `.lst`. @returns the exit status */
export async function build(files: readonly string[]): Promise<number> {
  const targets = new Map<string, string>();
  for (const file of files) {
    const stem = targetStem(file);
    const other = targets.get(stem);
    if (other !== undefined && resolve(other) !== resolve(file)) {
      throw new GuestkitError('usage', `${other} and ${file} would both become ${stem}.bin`, {
        hint: 'Build them one after the other, or rename one.',
      });
    }
    targets.set(stem, file);
  }
  const { nasm } = await loadConfig('.');
  const stop = onInterrupt();
  for (const [stem, file] of targets) {
    const image = await assemble(file, { ...nasm, signal: stop.signal });
    if (image.warnings.length > 0) say(renderNasm(image.warnings, styleFor(STDERR)));
    write(`${stem}.bin`, image.bytes);
    write(`${stem}.sym`, symbolTable(image.symbols));
    write(`${stem}.lst`, image.listing);
    say(`${stem}.bin (${image.bytes.length} bytes), ${stem}.sym, ${stem}.lst`, STDOUT);
  }
  return STATUS.ok;
}

/** asm/uart/echo.asm goes to build/uart/echo; a source from elsewhere to build/ by its name. */
function targetStem(file: string): string {
  const below = relative('asm', file).replace(/\.[^./]*$/, '');
  const name = below.startsWith('..') ? (below.split('/').at(-1) ?? below) : below;
  return join('build', name);
}

/** One symbol a line, "00000010 start": what `nm`, Bochs and people read. */
function symbolTable(symbols: readonly ImageSymbol[]): string {
  return symbols.map(({ name, address }) => `${address.toString(16).padStart(8, '0')} ${name}\n`).join('');
}

function write(path: string, content: Uint8Array | string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  } catch (cause) {
    throw new GuestkitError(
      'file',
      `cannot write ${path}: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}
