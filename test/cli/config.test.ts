import { describe, expect, it } from 'vitest';
import { Project } from '../support/cli.ts';
import { exit, guest, prints, SPIN } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { countsOf, verdicts, withGoldens } from '../support/suite.ts';

describe('settings that are wrong', () => {
  const COMMANDS = [['test'], ['run', 'asm/x.asm'], ['build', 'asm/x.asm']] as const;

  it.each<[file: string, text: string, message: string]>([
    [
      'guestkit.config.ts',
      'export default { timeuot: 5 };',
      'guestkit.config.ts: timeuot is not a setting (did you mean timeout?)',
    ],
    [
      'guestkit.config.js',
      'export default { jobs: "two" };',
      "guestkit.config.js: jobs must be a whole number from 1 to 64, it is 'two'",
    ],
    [
      'guestkit.config.mjs',
      'export default { nasm: { flags: ["-o", "x"] } };',
      'guestkit.config.mjs: nasm.flags[0] must be a flag that NASM may have',
    ],
    [
      'package.json',
      '{"guestkit": {"nasm": {"flag": []}}}',
      'package.json: guestkit.nasm.flag is not a setting (did you mean guestkit.nasm.flags?)',
    ],
    [
      'package.json',
      '{"guestkit": {"include": 5}}',
      'package.json: guestkit.include must be a string or an array of strings, it is a number',
    ],
    ['package.json', '{"guestkit": \n{', 'package.json:2: '],
    [
      'guestkit.config.ts',
      'const x = 1;\nthrow new Error("no " + x);',
      'guestkit.config.ts:2: it throws Error: no 1',
    ],
    ['guestkit.config.ts', 'export const x = 1;', 'guestkit.config.ts: there is no default export'],
    ['guestkit.config.ts', 'export default {', 'guestkit.config.ts:1:'],
  ])('%s: %s', async (file, text, message) => {
    const project = new Project();
    withGoldens(project, { x: [guest(exit(0)), ''] });
    project.write(file, text);
    for (const command of COMMANDS) {
      const { status, stdout, stderr } = await project.run(command);
      expect({ status, stdout }, command[0]).toEqual({ status: 2, stdout: '' });
      expect(stderr, command[0]).toContain(`guestkit: ${message}`);
    }
    expect(project.has('build')).toBe(false);
  });

  it('are in two places', async () => {
    const project = new Project();
    project.write('guestkit.config.ts', 'export default {};');
    project.write('package.json', '{"guestkit": {}}');
    const { status, stderr } = await project.run(['test']);
    expect(status).toBe(2);
    expect(stderr).toContain('the settings are in guestkit.config.ts and in package.json');
  });
});

describeKvm('settings', () => {
  it('select the sources, in TypeScript with types', async () => {
    const project = new Project();
    project.write(
      'guestkit.config.ts',
      [
        "import { defineConfig } from 'guestkit/config';",
        "const folders: readonly string[] = ['guests', 'more'];",
        'export default defineConfig({ include: folders.map((name) => name + "/**/*.asm"), exclude: ["guests/lib"] });',
      ].join('\n'),
    );
    for (const path of ['guests/a', 'guests/lib/b', 'more/c', 'asm/d']) {
      project.write(`${path}.asm`, prints('x', exit(0), '; expect: x'));
    }
    const { status, stdout } = await project.run(['test']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^✓ guests\/a .*\n✓ more\/c .*\n/);
    expect(countsOf(stdout)).toBe('2 passed, 0 failed');
    // What is named is run all the same.
    expect(countsOf((await project.run(['test', 'asm/d.asm'])).stdout)).toBe('1 passed, 0 failed');
  });

  it('have time limit and memory of guests that say nothing of it', async () => {
    const project = new Project();
    project.write('package.json', '{"guestkit": {"timeout": "60ms", "memory": "2M"}}');
    withGoldens(project, { a: [guest(SPIN), ''], b: [guest('; guestkit: timeout=90ms', SPIN), ''] });
    const { stdout } = await project.run(['test']);
    expect(stdout).toContain('timed out after 60 ms');
    expect(stdout).toContain('timed out after 90 ms');
    expect(await project.run(['run', 'asm/a.asm'])).toMatchObject({
      status: 124,
      stderr: expect.stringContaining('60 ms'),
    });
  });

  it('have NASM flags and include paths, for test, run and build', async () => {
    const project = new Project();
    project.write('package.json', '{"guestkit": {"nasm": {"flags": ["-DCODE=7"], "includePaths": ["lib"]}}}');
    project.write('lib/exit.inc', `${exit(0).replace('0', 'CODE')}\n`);
    project.write('asm/x.asm', guest('; guestkit: exit=7', '%include "exit.inc"'));
    expect(await project.run(['test'])).toMatchObject({ status: 0 });
    expect(await project.run(['run', 'asm/x.asm'])).toMatchObject({ status: 7, stderr: '' });
    expect(await project.run(['build', 'asm/x.asm'])).toMatchObject({ status: 0 });
    expect(project.read('build/x.bin')).toContain('\x07');

    // Other flags are another image, whatever the cache has.
    project.write('package.json', '{"guestkit": {"nasm": {"flags": ["-DCODE=8"], "includePaths": ["lib"]}}}');
    expect(await project.run(['run', 'asm/x.asm'])).toMatchObject({ status: 8 });
    const { status, stdout } = await project.run(['test']);
    expect(status).toBe(1);
    expect(stdout).toContain('exited with 8, expected to exit with 7');
  });

  it.each([
    ['goldens/{path}', 'goldens/asm/deep/x'],
    ['{dir}/expected/{name}', 'asm/deep/expected/x'],
  ])('name the goldens: %s', async (golden, stem) => {
    const project = new Project();
    project.write('package.json', JSON.stringify({ guestkit: { golden } }));
    project.write('asm/deep/x.asm', prints('x', exit(0), '; case: one\n; case: two'));
    const first = await project.run(['test']);
    expect(first.stdout).toContain(`wrote ${stem}.one.golden`);
    expect(project.read(`${stem}.one.golden`)).toBe('x');
    expect(countsOf((await project.run(['test'])).stdout)).toBe('2 passed, 0 failed');

    project.write(`${stem}.two.golden`, 'y');
    project.write(`${stem}.three.golden`, 'y');
    const { status, stdout } = await project.run(['test']);
    expect(status).toBe(1);
    expect(stdout).toContain(`1 golden belongs to no guest any more:\n    ${stem}.three.golden\n`);
    expect(await project.run(['test', '-u', '--prune'])).toMatchObject({ status: 0 });
    expect(project.read(`${stem}.two.golden`)).toBe('x');
    expect(project.has(`${stem}.three.golden`)).toBe(false);
  });

  it('say how many guests run at a time, and the command line goes before that', async () => {
    const project = new Project();
    project.write('package.json', '{"guestkit": {"jobs": 2}}');
    withGoldens(project, { a: [prints('x'), 'x'], b: [prints('x'), 'x'] });
    for (const args of [['test'], ['test', '--jobs', '1']]) {
      expect(verdicts((await project.run(args)).stdout)).toEqual(['✓ asm/a', '✓ asm/b']);
    }
  });
});
