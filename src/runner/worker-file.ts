import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The file that worker threads start with: beside the bundle, or in `dist` for those who run the sources. */
export function workerFile(): string {
  const beside = join(import.meta.dirname, 'worker.cjs');
  return existsSync(beside) ? beside : join(import.meta.dirname, '../../dist/worker.cjs');
}
