import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { GuestkitError } from '../errors.ts';
import type { Settings } from '../golden/plan.ts';
import { parseRunSettings } from '../golden/run-settings.ts';
import { assemble } from '../nasm/assemble.ts';
import type { Diagnostic } from '../nasm/diagnostics.ts';
import { IMAGE_LIMIT_BYTES } from '../nasm/image.ts';
import type { NasmSettings } from './guest.ts';

/** A guest ready to be loaded. */
export interface GuestSource {
  /** The flat image. */
  bytes: Uint8Array;
  /** What its source says about running it; nothing for an image without source. */
  settings: Settings;
  warnings: readonly Diagnostic[];
  /** The files it was made from, its own first, and places where a new file would change it; absolute. */
  dependencies: readonly string[];
}

/**
 * Makes a guest ready: a `.bin` is taken as it is, everything else is assembled, or read from the cache.
 * @throws AssemblyError, and GuestkitError `file`, `nasm` or `directive`
 */
export async function loadGuest(
  file: string,
  options: { nasm?: NasmSettings; signal?: AbortSignal | undefined } = {},
): Promise<GuestSource> {
  if (file.endsWith('.bin')) {
    return { bytes: readImage(file), settings: {}, warnings: [], dependencies: [resolve(file)] };
  }
  const { nasm, signal } = options;
  const image = await assemble(file, { ...nasm, ...(signal === undefined ? {} : { signal }) });
  return {
    bytes: image.bytes,
    warnings: image.warnings,
    dependencies: [...image.dependencies, ...image.absent],
    settings: parseRunSettings(readFileSync(file, 'utf8'), file),
  };
}

/** @throws GuestkitError `file`, and `image` for one that is too large */
export function readImage(file: string): Uint8Array {
  try {
    const { size } = statSync(file);
    if (size > IMAGE_LIMIT_BYTES) {
      throw new GuestkitError(
        'image',
        `${file} has ${size} bytes, guestkit loads at most ${IMAGE_LIMIT_BYTES}`,
      );
    }
    return readFileSync(file);
  } catch (cause) {
    if (cause instanceof GuestkitError) throw cause;
    throw new GuestkitError(
      'file',
      `cannot read the image ${file}: ${cause instanceof Error ? cause.message : cause}`,
      {
        hint: 'Build it first: guestkit build FILE.asm writes build/FILE.bin.',
        cause,
      },
    );
  }
}
