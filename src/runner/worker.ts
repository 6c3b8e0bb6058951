import type { MessagePort } from 'node:worker_threads';
import { Kvm } from '../hypervisor/kvm/system.ts';
import { Board } from './board.ts';
import { Lane, type SourceReport } from './lane.ts';
import { SuiteStore } from './suite-store.ts';
import { workOff } from './work.ts';
import type { FromWorker, ToWorker, WorkerStart } from './worker-protocol.ts';

/** Reports go out together: a message costs more than most of what it says. */
const FLUSH_MS = 8;

/**
 * Runs a lane in this worker thread until the pool says that it is over.
 * @param rest called behind each run, when nobody waits
 */
export function serveLane(port: MessagePort, { slot }: WorkerStart, rest: () => void): void {
  const kvm = Kvm.open();
  let lane: Lane | undefined;
  let abort = new AbortController();
  let work: Promise<void> = Promise.resolve();
  const send = (message: FromWorker): void => port.postMessage(message);

  const run = async (message: Extract<ToWorker, { kind: 'run' }>): Promise<void> => {
    abort = new AbortController();
    const store = SuiteStore.share(message.storeKey, message.store);
    lane ??= new Lane(kvm, message.settings, store);
    lane.begin(message.settings, store);
    let ready: (readonly [number, SourceReport])[] = [];
    let timer: NodeJS.Timeout | undefined;
    const flush = (): void => {
      clearTimeout(timer);
      timer = undefined;
      if (ready.length > 0) send({ kind: 'reports', reports: ready });
      ready = [];
    };
    const deliver = (number: number, report: SourceReport): void => {
      ready.push([number, report]);
      timer ??= setTimeout(flush, FLUSH_MS);
    };
    await workOff(
      lane,
      slot,
      { sources: message.sources, board: new Board(message.board) },
      deliver,
      abort.signal,
    );
    flush();
    send({ kind: 'idle' });
    rest();
  };

  port.on('message', (message: ToWorker) => {
    if (message.kind === 'abort') abort.abort();
    else if (message.kind === 'run') work = work.then(() => run(message));
    else {
      abort.abort();
      void work.finally(() => {
        lane?.[Symbol.dispose]();
        kvm[Symbol.dispose]();
        port.close();
      });
    }
  });
}
