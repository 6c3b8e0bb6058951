/**
 * Milliseconds of a clock that only goes forward. `performance.now()` is the same clock, but the first use of
 * `performance` loads a module that costs a tenth of a short run.
 */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
