import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENVIRONMENT, median, type Row } from './measure.ts';
import type { Bench } from './processes.ts';

const SAVES = 30;
/** Long enough for the look that `watch` takes after a run, so that each save finds it idle. */
const PAUSE_MS = 120;

/** From the write of a source to the verdict on the watcher's stdout: milliseconds. */
export async function saveToVerdict(bench: Bench): Promise<Row> {
  const text = readFileSync(bench.source, 'utf8');
  const [ours, theirs] = ['watch-guestkit', 'watch-c'].map((name) => {
    const folder = join(bench.folder, name);
    mkdirSync(folder, { recursive: true });
    const source = join(folder, 'hello.asm');
    writeFileSync(source, text);
    return source;
  }) as [string, string];
  writeFileSync(ours.replace('.asm', '.golden'), 'Hello from a bare CPU!\n');

  const guestkit = new Watched([process.execPath, bench.guestkit, 'watch', ours], ours);
  const c = new Watched([bench.harness, 'watch', theirs, String(SAVES + 1)], theirs);
  try {
    await guestkit.line(/✓/);
    await c.line(/ready/);
    const figures = { guestkit: [] as number[], c: [] as number[] };
    for (let round = 0; round <= SAVES; round += 1) {
      const source = `${text}\n; version ${round}\n`;
      for (const [name, watched, verdict] of [
        ['guestkit', guestkit, /✓/],
        ['c', c, /verdict/],
      ] as const) {
        await pause(PAUSE_MS);
        const start = performance.now();
        writeFileSync(watched.source, source);
        await watched.line(verdict);
        if (round > 0) figures[name].push(performance.now() - start);
      }
    }
    const result = median(figures.guestkit.map((figure, index) => figure - (figures.c[index] ?? Number.NaN)));
    return {
      work: 'watch: save to verdict',
      unit: 'ms',
      guestkit: median(figures.guestkit),
      limit: 'C, inotify + nasm',
      limitFigure: median(figures.c),
      result,
      shown: `C + ${result.toFixed(1)} ms`,
      target: 'C + 8 ms',
      met: result <= 8,
    };
  } finally {
    await Promise.all([guestkit.stop(), c.stop()]);
  }
}

/** A watcher as a process. */
class Watched {
  readonly source: string;
  readonly #child: ChildProcess;
  #text = '';
  #waiting: (() => void) | undefined;

  constructor(command: readonly string[], source: string) {
    this.source = source;
    const [file = '', ...args] = command;
    this.#child = spawn(file, args, { env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#text += text;
      this.#waiting?.();
    });
  }

  /** Resolves with the next line that matches; what came before it is dropped. */
  async line(pattern: RegExp): Promise<void> {
    for (;;) {
      const found = pattern.exec(this.#text);
      if (found !== null) {
        this.#text = this.#text.slice(found.index + found[0].length);
        return;
      }
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  /** Ends the watcher and waits for it: it still writes into its folders. */
  stop(): Promise<void> {
    if (this.#child.exitCode !== null) return Promise.resolve();
    const ended = new Promise<void>((resolve) => this.#child.once('close', () => resolve()));
    this.#child.kill();
    return ended;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
