import { type SpawnSyncReturns, spawnSync } from 'node:child_process';

/** A measured figure: the median over all rounds, in the unit of its row. */
export interface Row {
  work: string;
  unit: string;
  guestkit: number;
  /** What it is compared with, and that one's figure. */
  limit: string;
  limitFigure: number;
  /** The figure that has a target: a ratio or a difference. */
  result: number;
  /** How `result` is written: "1.04 x". */
  shown: string;
  target: string;
  met: boolean;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Environment of everything that is timed: what slows Node's start for reasons of the machine is left out. */
export const ENVIRONMENT: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' };
delete ENVIRONMENT['NODE_EXTRA_CA_CERTS'];
delete ENVIRONMENT['NODE_OPTIONS'];
delete ENVIRONMENT['FORCE_COLOR'];
delete ENVIRONMENT['CI'];

/**
 * Runs a command to its end.
 * @throws Error when it does not start or its status is another
 */
export function run(command: readonly string[], status = 0, cwd: string = '.'): SpawnSyncReturns<string> {
  const [file = '', ...args] = command;
  const result = spawnSync(file, args, { cwd, env: ENVIRONMENT, encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
  if (result.error !== undefined) throw result.error;
  if (result.status !== status) {
    throw new Error(`${command.join(' ')}: status ${result.status}, not ${status}\n${result.stderr}`);
  }
  return result;
}

/** Milliseconds that a command takes as a whole process. */
export function timeProcess(command: readonly string[], status = 0, cwd: string = '.'): number {
  const start = performance.now();
  run(command, status, cwd);
  return performance.now() - start;
}

/**
 * Calls each measurement in turn, `rounds` times, so that a machine that changes its speed changes it for all;
 * the first round warms up and is not counted.
 */
export function alternate<Name extends string>(
  rounds: number,
  measurements: Readonly<Record<Name, () => number>>,
): Record<Name, number[]> {
  const names = Object.keys(measurements) as Name[];
  const figures = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of names) {
      const figure = measurements[name]();
      if (round > 0) figures[name].push(figure);
    }
  }
  return figures;
}

/** The median of the ratios round by round. */
export function pairedRatio(figures: readonly number[], against: readonly number[]): number {
  return median(figures.map((figure, index) => figure / (against[index] ?? Number.NaN)));
}
