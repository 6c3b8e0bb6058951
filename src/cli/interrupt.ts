import { STATUS } from './status.ts';

/** Aborts at Ctrl+C and when the process is told to end; at the second time the process ends at once. */
export function onInterrupt(): AbortController {
  const stop = new AbortController();
  const interrupt = (): void => {
    if (stop.signal.aborted) process.exit(STATUS.interrupted);
    stop.abort();
  };
  // Not `once`: execa ends the process when it finds no other listener while a child runs.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
  return stop;
}
