import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Project } from '../support/cli.ts';
import { describeKvm } from '../support/kvm.ts';
import { begin, type Installed, install, programOf, tsconfig } from './installed.ts';

/** A program of docs/library.md, by the name in its first line, and what the page says that it prints. */
interface Example {
  name: string;
  code: string;
  output: string | undefined;
}

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/library.md'), 'utf8');
const EXAMPLES: readonly Example[] = Array.from(
  PAGE.matchAll(/^```ts\n(\/\/ (\S+)\n[\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```\n)?/gm),
  ([, code = '', name = '', output]) => ({ name, code, output }),
);
const PROGRAMS = EXAMPLES.filter(({ output }) => output !== undefined);

let installed: Installed;
let project: Project;
beforeAll(() => {
  installed = install();
});
afterAll(() => installed.remove());

describeKvm('docs/library.md', () => {
  it('has programs that compile, and print what it says', async () => {
    project = new Project();
    begin(project, installed);
    project.write('tsconfig.json', tsconfig());
    for (const { name, code } of EXAMPLES) project.write(name, code);
    const compiled = await project.startProgram(process.execPath, [programOf(project, 'tsc')]).ended;
    expect(compiled.stdout + compiled.stderr).toBe('');
    expect(PROGRAMS.length).toBeGreaterThan(5);
    for (const { name, output } of PROGRAMS) {
      const ran = await project.startProgram(process.execPath, [`out/${name.replace('.ts', '.js')}`]).ended;
      expect([name, ran.stdout, ran.stderr]).toEqual([name, output, '']);
    }
  });

  it('has tests that pass', async () => {
    project = new Project();
    begin(project, installed);
    const files = EXAMPLES.filter(({ name }) => /\.test\.ts$|config\.ts$/.test(name));
    expect(files.map(({ name }) => name)).toEqual(['guests.test.ts', 'vitest.config.ts', 'suite.test.ts']);
    for (const { name, code } of files) project.write(name, code);
    const { stdout, stderr, status } = await project.startProgram(
      process.execPath,
      [programOf(project, 'vitest'), 'run'],
      { env: { NO_COLOR: '1' } },
    ).ended;
    expect([stderr, status]).toEqual(['', 0]);
    expect(stdout).toMatch(/Test Files {2}2 passed/);
  });
});
