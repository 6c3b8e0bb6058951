import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const assembled = new Map<string, Uint8Array>();

/** The bytes of a 16-bit guest at address 0, by the real NASM. A source is assembled once. */
export function assemble(source: string): Uint8Array {
  let image = assembled.get(source);
  if (image === undefined) {
    image = run(source);
    assembled.set(source, image);
  }
  return image;
}

function run(source: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'guestkit-test-'));
  try {
    const output = join(folder, 'guest.bin');
    writeFileSync(join(folder, 'guest.asm'), `bits 16\norg 0\n${source}\n`);
    execFileSync('nasm', ['-f', 'bin', '-o', output, join(folder, 'guest.asm')], { stdio: 'pipe' });
    return new Uint8Array(readFileSync(output));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
