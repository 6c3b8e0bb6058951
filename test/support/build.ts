import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';

/** Before any test: builds `dist`, so that the tests of the command never run an older one than the source. */
export default function setup(): void {
  const root = dirname(dirname(import.meta.dirname));
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}
