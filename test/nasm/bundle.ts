import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import type { Sandbox } from './sandbox.ts';

/** A script that can be started. */
export interface Script {
  path: string;
  start(): { process: ChildProcess; firstOutput: Promise<string>; ended: Promise<number | null> };
  /** Starts it and waits for its end. */
  run(): Promise<{ code: number | null; stdout: string }>;
}

/** NASM needs hours for it. */
export const SPINNING = '%rep 1000000\n%rep 1000000\n%assign i 1\n%endrep\n%endrep\n';

/** What scripts import, by the word they write for it. */
const MODULES = {
  ASSEMBLE: new URL('../../src/nasm/assemble.ts', import.meta.url),
  SHELLS: new URL('../../src/nasm/shells.ts', import.meta.url),
  PROCESSES: new URL('./processes.ts', import.meta.url),
};

/** Bundles a script as users get it, for Node reads no TypeScript. */
export async function bundle(sandbox: Sandbox, text: string): Promise<Script> {
  const source = text.replace(/\b(?:ASSEMBLE|SHELLS|PROCESSES)\b/g, (word) =>
    JSON.stringify(MODULES[word as keyof typeof MODULES].pathname),
  );
  const build = await rolldown({
    input: sandbox.write('script.ts', source),
    platform: 'node',
    logLevel: 'silent',
  });
  await build.write({
    dir: join(sandbox.folder, 'bundle'),
    format: 'esm',
    entryFileNames: 'script.mjs',
    chunkFileNames: '[name].mjs',
  });
  await build.close();
  const path = join(sandbox.folder, 'bundle/script.mjs');

  const start: Script['start'] = () => {
    const process_ = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'inherit'] });
    return {
      process: process_,
      firstOutput: new Promise((resolve) => process_.stdout.once('data', (data) => resolve(String(data)))),
      ended: new Promise((resolve) => process_.once('close', resolve)),
    };
  };
  return {
    path,
    start,
    async run() {
      const child = start();
      let stdout = '';
      child.process.stdout?.on('data', (data) => {
        stdout += data;
      });
      return { code: await child.ended, stdout };
    },
  };
}
