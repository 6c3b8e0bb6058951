import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';

/**
 * Tests that need a C compiler and the kernel's headers (Debian: gcc, libc6-dev). Without them they are
 * skipped by name, but never in CI: there a probe that does not run would pass for one that does.
 */
export function describeC(name: string, body: () => void): void {
  describe.skipIf(!('CI' in process.env || compiles()))(`[cc] ${name}`, body);
}

function compiles(): boolean {
  try {
    execFileSync('cc', ['-fsyntax-only', '-x', 'c', '-'], {
      input: '#include <linux/kvm.h>\n',
      stdio: 'pipe',
    });
    return true;
  } catch {
    return false;
  }
}

/** Compiles a C program with warnings as errors, runs it, and returns what it prints. */
export function runC(source: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'guestkit-test-'));
  try {
    const program = join(folder, 'probe');
    writeFileSync(`${program}.c`, source);
    execFileSync('cc', ['-Wall', '-Werror', '-o', program, `${program}.c`], { stdio: 'pipe' });
    return execFileSync(program, { encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
