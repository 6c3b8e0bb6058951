/**
 * Aborts at Ctrl+C and when the process is told to end. A second time nobody listens any more, and the
 * process ends at once.
 */
export function onInterrupt(): AbortController {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return stop;
}
