import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ENVIRONMENT, median, type Row } from './measure.ts';
import type { Bench } from './processes.ts';
import { makeSuite } from './suites.ts';

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

const SUITE_GUESTS = 500;

/** From the write of one source of 500 to its verdict, against a watcher of that file alone: milliseconds. */
export async function suiteSaveToVerdict(bench: Bench): Promise<Row> {
  const suite = makeSuite(bench, 'watch-suite', SUITE_GUESTS);
  const single = makeSuite(bench, 'watch-single', 1);
  const [ofMany = ''] = suite.sources;
  const [alone = ''] = single.sources;
  const text = readFileSync(ofMany, 'utf8');
  const command = [process.execPath, resolve(bench.guestkit), 'watch'];
  const many = new Watched(command, ofMany, suite.folder);
  const one = new Watched([...command, 'asm/guest-0.asm'], alone, single.folder);
  try {
    await many.line(/\b500 passed/);
    await one.line(/✓/);
    const figures = { many: [] as number[], one: [] as number[] };
    for (let round = 0; round <= SAVES; round += 1) {
      for (const [name, watched] of [
        ['many', many],
        ['one', one],
      ] as const) {
        await pause(PAUSE_MS);
        const start = performance.now();
        writeFileSync(watched.source, `${text}\n; version ${round}\n`);
        await watched.line(/✓/);
        if (round > 0) figures[name].push(performance.now() - start);
      }
    }
    const result = median(figures.many.map((figure, index) => figure - (figures.one[index] ?? Number.NaN)));
    return {
      work: 'watch: save to verdict in a suite of 500',
      unit: 'ms',
      guestkit: median(figures.many),
      limit: 'watching one file',
      limitFigure: median(figures.one),
      result,
      shown: `one file + ${result.toFixed(1)} ms`,
      target: 'one file + 5 ms',
      met: result <= 5,
    };
  } finally {
    await Promise.all([many.stop(), one.stop()]);
  }
}

const CHUNKED_SAVES = 200;
const CHUNK_GAP_MS = 20;

/** Saves written in two chunks: how many times the last verdict shown was not for what the file then held. */
export async function chunkedSaves(bench: Bench): Promise<Row> {
  const folder = join(bench.folder, 'watch-chunks');
  mkdirSync(folder, { recursive: true });
  const source = join(folder, 'chunks.asm');
  const text = (version: number): string =>
    readFileSync(bench.source, 'utf8').replace('a bare CPU', `version ${version}.`);
  writeFileSync(source, text(0));
  const watched = new Watched([process.execPath, bench.guestkit, 'watch', source], source);
  let stale = 0;
  try {
    await watched.line(/version 0\./);
    for (let save = 1; save <= CHUNKED_SAVES; save += 1) {
      const whole = text(save);
      // The first half assembles too, and prints the text of the second half's place: nothing.
      writeFileSync(source, whole.slice(0, whole.length / 2));
      await pause(CHUNK_GAP_MS);
      writeFileSync(source, whole);
      await pause(2 * PAUSE_MS);
      if (watched.last(/version (\d+)\./g) !== String(save)) stale += 1;
    }
  } finally {
    await watched.stop();
  }
  return {
    work: 'watch: 200 saves in two chunks, 20 ms apart',
    unit: 'stale',
    guestkit: stale,
    limit: '-',
    limitFigure: 0,
    result: stale,
    shown: `${stale} stale verdicts`,
    target: '0',
    met: stale === 0,
  };
}

/** A watcher as a process. */
class Watched {
  readonly source: string;
  readonly #child: ChildProcess;
  #text = '';
  #waiting: (() => void) | undefined;

  constructor(command: readonly string[], source: string, cwd: string = '.') {
    this.source = source;
    const [file = '', ...args] = command;
    this.#child = spawn(file, args, { cwd, env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'inherit'] });
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

  /** What the group of a pattern matched last; all that was printed is dropped. */
  last(pattern: RegExp): string | undefined {
    const found = [...this.#text.matchAll(pattern)].at(-1)?.[1];
    this.#text = '';
    return found;
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
