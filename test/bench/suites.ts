import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { alternate, median, pairedRatio, type Row, run, timeProcess } from './measure.ts';
import type { Bench } from './processes.ts';

const UNCHANGED_GUESTS = 1000;
const UNCHANGED_ROUNDS = 9;
const CHANGED_GUESTS = 300;
const CHANGED_ROUNDS = 5;
const MANY_GUESTS = 10_000;
const THREADS = '2';
const NODE = [process.execPath, '-e', '0'];

/** Where the sources of a suite are, and the list of their images for the C program. */
export interface SuiteFolder {
  folder: string;
  sources: readonly string[];
  /** A file with the path of each image. */
  images: string;
  /** A file with the path of each source. */
  list: string;
}

/** `guestkit test` on 1,000 guests that did not change, as a process: against the C program, and against QEMU. */
export function unchangedSuite(bench: Bench): Row[] {
  const suite = makeSuite(bench, 'unchanged', UNCHANGED_GUESTS);
  const guestkit = [process.execPath, resolve(bench.guestkit), 'test', '--jobs', THREADS];
  run(guestkit, 0, suite.folder);
  const { qemu } = bench;
  const figures = alternate(UNCHANGED_ROUNDS, {
    guestkit: () => timeProcess(guestkit, 0, suite.folder),
    node: () => timeProcess(NODE),
    c: () => timeProcess([bench.harness, 'suite', suite.images, THREADS]),
    qemu: () => (qemu === undefined ? Number.NaN : timeProcess(qemu.direct(bench.image), 1)),
  });
  const limit = figures.node.map((node, index) => node + 1.6 * (figures.c[index] ?? Number.NaN));
  const rest = figures.guestkit.map((figure, index) => figure - (figures.node[index] ?? Number.NaN));
  const result = pairedRatio(rest, figures.c);
  const rows: Row[] = [
    {
      work: '1,000 unchanged guests, guestkit test',
      unit: 'ms',
      guestkit: median(figures.guestkit),
      limit: 'node -e 0 + 1.6 x C on 2 threads',
      limitFigure: median(limit),
      result,
      shown: `node + ${result.toFixed(2)} x C`,
      target: 'node + 1.60 x C',
      met: result <= 1.6,
    },
  ];
  if (qemu !== undefined) {
    const perGuest = figures.guestkit.map((figure) => figure / UNCHANGED_GUESTS);
    const faster = pairedRatio(figures.qemu, perGuest);
    rows.push({
      work: 'the same a guest, against QEMU isapc',
      unit: 'ms',
      guestkit: median(perGuest),
      limit: 'QEMU isapc, own firmware',
      limitFigure: median(figures.qemu),
      result: faster,
      shown: `${faster.toFixed(0)} x faster`,
      target: '60 x faster',
      met: faster >= 60,
    });
  }
  return rows;
}

/** `guestkit test` on 300 guests that all changed: NASM for each. */
export function changedSuite(bench: Bench): Row {
  const suite = makeSuite(bench, 'changed', CHANGED_GUESTS);
  const texts = suite.sources.map((source) => readFileSync(source, 'utf8'));
  let version = 0;
  const change = (): void => {
    version += 1;
    for (const [index, source] of suite.sources.entries()) {
      writeFileSync(source, `${texts[index]}; version ${version}\n`);
    }
  };
  const guestkit = [process.execPath, resolve(bench.guestkit), 'test', '--jobs', THREADS];
  const figures = alternate(CHANGED_ROUNDS, {
    guestkit: () => {
      change();
      return timeProcess(guestkit, 0, suite.folder);
    },
    c: () => timeProcess([bench.harness, 'build-suite', suite.list, THREADS]),
  });
  const result = pairedRatio(figures.guestkit, figures.c);
  return {
    work: '300 changed guests, guestkit test --jobs 2',
    unit: 'ms',
    guestkit: median(figures.guestkit),
    limit: 'C, posix_spawn, 2 threads',
    limitFigure: median(figures.c),
    result,
    shown: `${result.toFixed(2)} x C`,
    target: '1.50 x C',
    met: result <= 1.5,
  };
}

/** The memory of `guestkit test` on 10,000 guests, and its time, against 1,000. */
export function manyGuests(bench: Bench): Row[] {
  const [few, many] = [UNCHANGED_GUESTS, MANY_GUESTS].map((count) => {
    const { folder } = makeSuite(bench, `many-${count}`, count);
    const guestkit = [process.execPath, resolve(bench.guestkit), 'test', '--reporter', 'dot'];
    run(guestkit, 0, folder);
    const runs = Array.from({ length: 3 }, () => {
      const start = performance.now();
      const { stdout } = run([resolve(bench.harness), 'rss', ...guestkit], 0, folder);
      return { ms: performance.now() - start, mib: Number(/rss (\d+) KiB/.exec(stdout)?.[1]) / 1024 };
    });
    return { ms: median(runs.map(({ ms }) => ms)), mib: Math.max(...runs.map(({ mib }) => mib)) };
  }) as [{ ms: number; mib: number }, { ms: number; mib: number }];
  const times = many.ms / few.ms;
  return [
    {
      work: '10,000 guests: peak memory',
      unit: 'MiB',
      guestkit: many.mib,
      limit: '1,000 guests',
      limitFigure: few.mib,
      result: many.mib,
      shown: `${many.mib.toFixed(0)} MiB`,
      target: '150 MB',
      met: many.mib * 2 ** 20 < 150e6,
    },
    {
      work: '10,000 guests: time',
      unit: 'ms',
      guestkit: many.ms,
      limit: '1,000 guests',
      limitFigure: few.ms,
      result: times,
      shown: `${times.toFixed(1)} x that of 1,000`,
      target: '10 x',
      met: times <= 10,
    },
  ];
}

/** Sources that each print a text of their own, with their goldens and, beside them, the images for C. */
export function makeSuite(bench: Bench, name: string, count: number): SuiteFolder {
  const folder = join(bench.folder, name);
  mkdirSync(join(folder, 'asm'), { recursive: true });
  const text = readFileSync(bench.source, 'utf8');
  const image = readFileSync(bench.image);
  const sources: string[] = [];
  for (let number = 0; number < count; number += 1) {
    // As long as "a bare CPU", so that the image differs in these bytes only.
    const own = `guest ${String(number).padStart(4, '0')}`;
    const stem = join(folder, 'asm', `guest-${number}`);
    sources.push(`${stem}.asm`);
    writeFileSync(`${stem}.asm`, text.replace('a bare CPU', own));
    writeFileSync(`${stem}.golden`, `Hello from ${own}!\n`);
    writeFileSync(`${stem}.bin`, Buffer.from(image.toString('latin1').replace('a bare CPU', own), 'latin1'));
  }
  const [images, list] = [join(folder, 'images'), join(folder, 'sources')];
  writeFileSync(images, `${sources.map((source) => source.replace('.asm', '.bin')).join('\n')}\n`);
  writeFileSync(list, `${sources.join('\n')}\n`);
  return { folder, sources, images, list };
}
