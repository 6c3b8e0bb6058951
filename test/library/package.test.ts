import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Project } from '../support/cli.ts';
import { prints, SPIN } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { begin, type Installed, install, programOf, tsconfig } from './installed.ts';

let installed: Installed;
beforeAll(() => {
  installed = install();
});
afterAll(() => installed.remove());

/** Compiles the TypeScript of a project; what the compiler says. */
async function compile(project: Project): Promise<string> {
  const { stdout, stderr } = await project.startProgram(process.execPath, [programOf(project, 'tsc')]).ended;
  return stdout + stderr;
}

describe('the package', () => {
  it('holds what is used, and no sources or tests', () => {
    const { files, modules } = installed;
    const folder = join(modules, 'guestkit');
    for (const file of ['README.md', 'LICENSE', 'dist/main.cjs', 'dist/worker.cjs', 'dist/lane.cjs']) {
      expect(files).toContain(file);
    }
    const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    expect(Object.keys(exports)).toEqual(['.', './config', './vitest', './package.json']);
    for (const target of Object.values<string | Record<string, string>>(exports)) {
      const paths = typeof target === 'string' ? [target] : Object.values(target);
      for (const path of paths) expect(existsSync(join(folder, path)), path).toBe(true);
    }
    const odd = files.filter(
      (file) =>
        !/^dist\/[\w-]+\.c?js$|^dist\/types\/.*\.d\.ts$|^templates\/[\w-]+\.(asm|golden)$/.test(file) &&
        !['package.json', 'README.md', 'LICENSE'].includes(file),
    );
    expect(odd).toEqual([]);
  });

  it('is small', () => {
    const { files, modules, packedBytes } = installed;
    const sizes = files.map((file) => statSync(join(modules, 'guestkit', file)).size);
    expect(packedBytes).toBeLessThan(500_000);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(2_000_000);
  });

  it('has types that stand by themselves, and refuse what is wrong', async () => {
    const project = new Project();
    begin(project, installed);
    project.write('tsconfig.json', tsconfig({ noEmit: true }));
    project.write(
      'use.ts',
      [
        "import { runGuest, Suite, Machine, type GuestRun, type Verdict, type Selection } from 'guestkit';",
        "import type { GuestkitConfig, SourceReport, RunGuestOptions, FailureReason } from 'guestkit';",
        "import { defineConfig } from 'guestkit/config';",
        "import 'guestkit/vitest';",
        "import { expect } from 'vitest';",
        "export const config: GuestkitConfig = defineConfig({ timeout: '2s' });",
        "export const run: GuestRun = await runGuest('x.asm', { input: 'a', signal: AbortSignal.timeout(1) });",
        'export const options: RunGuestOptions = { timeoutMs: undefined };',
        'export const selection: Selection = { shard: { index: 1, count: 2 } };',
        'export type All = [Suite, Machine, Verdict, SourceReport, FailureReason];',
        'expect(run).not.toExitWith(1);',
        'await expect(runGuest(run.output)).resolves.toPrint(/x/);',
        // What the types must refuse: each of these fails the check when they no longer do.
        '// @ts-expect-error: a code is a number', // data of the test
        "expect(run).toExitWith('1');",
        '// @ts-expect-error: there is no such option', // data of the test
        "await runGuest('x.asm', { timeout: 3 });",
        '// @ts-expect-error: it has nothing to wait for', // data of the test
        'expect(run).toHalt(1);',
        '',
      ].join('\n'),
    );
    expect(await compile(project)).toBe('');
  });
});

/** What a program holds of the kernel, and its threads. */
const HOLDINGS = `
import { readdirSync, readlinkSync } from 'node:fs';
export function holdings(): string {
  const kvm = readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync('/proc/self/fd/' + fd).includes('kvm');
    } catch {
      return false;
    }
  });
  return kvm.length + ' descriptors, ' + readdirSync('/proc/self/task').length + ' threads';
}
`;

describeKvm('a program that uses the package', () => {
  it('runs a suite on threads, which are gone behind it', async () => {
    const project = new Project();
    begin(project, installed);
    for (let index = 0; index < 24; index += 1) {
      project.write(`asm/many/${index}.asm`, prints(`${index}\n`));
      project.write(`asm/many/${index}.golden`, index === 7 ? 'seven\n' : `${index}\n`);
    }
    project.write('tsconfig.json', tsconfig());
    project.write('holdings.ts', HOLDINGS);
    project.write(
      'suite.ts',
      [
        "import { acceptPending, describeVerdict, Suite } from 'guestkit';",
        "import { holdings } from './holdings.js';",
        'async function rounds(count: number): Promise<void> {',
        '  await using suite = await Suite.open();',
        '  for (let round = 0; round < count; round += 1) {',
        '    let passed = 0;',
        "    for await (const report of suite.run(suite.choose({ filters: ['many'] }), { jobs: 3 })) {",
        '      for (const verdict of report.verdicts) {',
        "        if (verdict.status === 'passed') passed += 1;",
        "        if (verdict.status !== 'failed') continue;",
        '        console.log(describeVerdict(verdict).replace(/[0-9.]+ ms/, "TIME"));',
        '        console.log(acceptPending(verdict));',
        '      }',
        '    }',
        '    console.log(passed, holdings() !== before);',
        '  }',
        '}',
        'const before = holdings();',
        'await rounds(2);',
        '// Node starts threads of its own when it first has use for them.',
        'const after = holdings();',
        'await rounds(1);',
        "console.log(after.split(',')[0], holdings() === after);",
        "process.on('exit', () => console.log('the end'));",
        '',
      ].join('\n'),
    );
    expect(await compile(project)).toBe('');
    const { stdout, stderr, status } = await project.startProgram(process.execPath, ['out/suite.js']).ended;
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual([
      '✗ asm/many/7 TIME',
      '    - expected (golden)  + actual (guest)',
      "    first difference at offset 0 (0x0), line 1, column 1: expected 0x73 's', actual 0x37 '7'",
      '    expected 6 bytes, actual 2 bytes',
      '    - seven',
      '    + 7',
      '    written by asm/many/7.asm:8: rep outsb',
      "[ 'asm/many/7.golden' ]",
      '23 true',
      '24 true',
      '24 true',
      '0 descriptors true',
      'the end',
      '',
    ]);
    expect(status).toBe(0);
  });

  it('ends by itself, also in the middle of a suite and with a guest behind it', async () => {
    const project = new Project();
    begin(project, installed);
    for (let index = 0; index < 8; index += 1) project.write(`asm/spin/${index}.asm`, prints('x', SPIN));
    project.write(
      'leave.mjs',
      [
        "import { runGuest, Suite } from 'guestkit';",
        "const run = await runGuest('asm/hello.asm');",
        'const suite = await Suite.open();',
        "const selection = suite.choose({ filters: ['asm/hello.asm', 'spin'] });",
        'for await (const report of suite.run(selection, { jobs: 3 })) {',
        '  console.log(report.source, run.outcome.code);',
        '  break;',
        '}',
        'await suite[Symbol.asyncDispose]();',
        "console.log('closed');",
        '',
      ].join('\n'),
    );
    const { stdout, stderr, status } = await project.startProgram(process.execPath, ['leave.mjs']).ended;
    expect([stdout, stderr, status]).toEqual(['asm/hello.asm 0\nclosed\n', '', 0]);
  });

  it('closes what its threads opened', async () => {
    const project = new Project();
    begin(project, installed);
    project.write('tsconfig.json', tsconfig());
    project.write('holdings.ts', HOLDINGS);
    project.write(
      'threads.ts',
      [
        "import { once } from 'node:events';",
        "import { isMainThread, Worker } from 'node:worker_threads';",
        "import { runGuest } from 'guestkit';",
        "import { holdings } from './holdings.js';",
        "const { text } = await runGuest('asm/hello.asm');",
        'if (isMainThread) {',
        '  const held = holdings();',
        '  const workers = [1, 2].map(() => new Worker(new URL(import.meta.url)));',
        "  await Promise.all(workers.map((worker) => once(worker, 'exit')));",
        "  console.log(text.trim(), holdings().split(',')[0] === held.split(',')[0]);",
        '}',
        '',
      ].join('\n'),
    );
    expect(await compile(project)).toBe('');
    const { stdout, stderr } = await project.startProgram(process.execPath, ['out/threads.js']).ended;
    expect([stdout, stderr]).toEqual(['Hello from a bare CPU! true\n', '']);
  });
});
