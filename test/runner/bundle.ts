import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** A script of this folder as JavaScript, which is what threads and processes start with. */
export interface Bundle extends Disposable {
  path: string;
}

export async function bundle(script: URL): Promise<Bundle> {
  const folder = mkdtempSync(join(tmpdir(), 'guestkit-test-'));
  // koffi is loaded from a node_modules above the file.
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'));
  await using build = await rolldown({
    input: script.pathname,
    platform: 'node',
    external: /koffi/,
    transform: { target: 'node20.19' },
    logLevel: 'silent',
  });
  const path = join(folder, 'bundle.mjs');
  await build.write({ file: path, format: 'esm', codeSplitting: false });
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}
