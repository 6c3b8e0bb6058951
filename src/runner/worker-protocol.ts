import type { SuiteSource } from './guest.ts';
import type { LaneSettings, SourceReport } from './lane.ts';

/** What a worker gets when it starts. */
export interface WorkerStart {
  slot: number;
}

/** What the pool tells a worker. */
export type ToWorker =
  | {
      kind: 'run';
      sources: readonly SuiteSource[];
      board: SharedArrayBuffer;
      storeKey: string;
      store: SharedArrayBuffer;
      settings: LaneSettings;
    }
  /** Leave the guest that runs. */
  | { kind: 'abort' }
  /** Close everything and end. */
  | { kind: 'close' };

/** What a worker tells the pool. */
export type FromWorker =
  | { kind: 'reports'; reports: readonly (readonly [number: number, report: SourceReport])[] }
  /** Nothing is left to do, all reports are sent. */
  | { kind: 'idle' };
