import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import { CLOCK_GRAIN_MS } from '../../src/file-signature.ts';
import type { Verdict } from '../../src/golden/verdict.ts';
import { Kvm } from '../../src/hypervisor/kvm/system.ts';
import { foldersOf, withCompanions } from '../../src/runner/companions.ts';
import type { SuiteSource } from '../../src/runner/guest.ts';
import { Lane, type LaneSettings, type SourceReport } from '../../src/runner/lane.ts';
import { SuiteStore } from '../../src/runner/suite-store.ts';
import { LANE, NEVER } from './lane-settings.ts';

export { LANE, NASM, NEVER } from './lane-settings.ts';

/** A project's folder that is the current one, and a cache and a folder for temporary files outside of it. */
export interface Project {
  readonly folder: string;
  readonly cache: string;
  /** What NASM leaves behind would be here. */
  readonly temporary: string;
  /** Writes a file, with the folders it is in, and gives its path as it was named. */
  write(path: string, content?: string | Uint8Array): string;
  /** Writes a source, and its goldens and inputs by their endings: `{ '.golden': 'hi' }`. */
  guest(path: string, source: string, companions?: Readonly<Record<string, string | Uint8Array>>): string;
}

/** Gives every test of the file a fresh project. */
export function useProject(): Project {
  const home = process.cwd();
  let outer = '';
  beforeEach(() => {
    outer = realpathSync(mkdtempSync(join(tmpdir(), 'guestkit-test-')));
    for (const name of ['project', 'temporary']) mkdirSync(join(outer, name));
    vi.stubEnv('GUESTKIT_CACHE_DIR', join(outer, 'cache'));
    vi.stubEnv('TMPDIR', join(outer, 'temporary'));
    vi.stubEnv('NASMENV', undefined);
    process.chdir(join(outer, 'project'));
  });
  afterEach(() => {
    process.chdir(home);
    vi.unstubAllEnvs();
    rmSync(outer, { recursive: true, force: true });
  });
  const write = (path: string, content: string | Uint8Array = ''): string => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  return {
    get folder() {
      return join(outer, 'project');
    },
    get cache() {
      return join(outer, 'cache');
    },
    get temporary() {
      return join(outer, 'temporary');
    },
    write,
    guest(path, source, companions = {}) {
      write(path, source);
      for (const [ending, content] of Object.entries(companions)) {
        write(path.replace(/\.asm$/, ending), content);
      }
      return path;
    },
  };
}

/** Sources with what is beside them now. */
export function sourcesOf(paths: readonly string[], named = false): SuiteSource[] {
  const found = withCompanions(paths, (path) => path.replace(/\.asm$/, ''), foldersOf(paths));
  return found.map((source) => ({ ...source, named }));
}

/** One of them. */
export function sourceOf(path: string, named = false): SuiteSource {
  const [source] = sourcesOf([path], named);
  if (source === undefined) throw new Error(`no source ${path}`);
  return source;
}

/** Waits until what was just written can be told from what is written next. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, CLOCK_GRAIN_MS + 10));
}

/** Each case with what became of it: `asm/x passed`. */
export function summary(reports: readonly SourceReport[]): string[] {
  return reports.flatMap(({ verdicts }) =>
    verdicts.map((verdict) => `${verdict.case.name} ${verdict.status}`),
  );
}

/** A verdict that is there and has this status. */
export function as<Status extends Verdict['status']>(
  status: Status,
  verdict: Verdict | undefined,
): Extract<Verdict, { status: Status }> {
  if (verdict?.status !== status) throw new Error(`not ${status}: ${JSON.stringify(verdict)}`);
  return verdict as Extract<Verdict, { status: Status }>;
}

/** Runs the cases of a source in a lane. */
export async function runIn(lane: Lane, path: string, signal: AbortSignal = NEVER): Promise<SourceReport> {
  const source = sourceOf(path);
  return await lane.run(source, await lane.prepare(source, signal), signal);
}

/** Runs the cases of a source in a lane of its own. */
export async function runAlone(path: string, settings: Partial<LaneSettings> = {}): Promise<SourceReport> {
  using kvm = Kvm.open();
  using lane = new Lane(kvm, { ...LANE, ...settings }, SuiteStore.open('test'));
  return await runIn(lane, path);
}

/** The one verdict of a report. */
export function only({ verdicts }: SourceReport): Verdict {
  const [verdict] = verdicts;
  if (verdict === undefined || verdicts.length !== 1) throw new Error(`${verdicts.length} verdicts`);
  return verdict;
}
