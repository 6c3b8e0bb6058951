import { appendFileSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Project } from '../support/cli.ts';
import { prints, SPIN } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import type { Running } from '../support/running.ts';
import { sleep, version } from '../support/watching.ts';

/** A guest that passes, and prints a number. */
function passing(project: Project, name: string, number: number): void {
  project.write(`asm/${name}.golden`, `version ${number}\n`);
  project.write(`asm/${name}.asm`, version(number));
}

/** Starts `guestkit watch` and waits for the end of its first run. */
async function suite(project: Project, summary: string, args: readonly string[] = []): Promise<Running> {
  const running = project.start(['watch', ...args]);
  await running.sees('watching ');
  await running.sees(summary);
  return running;
}

/** Each verdict as its sign and name. */
function verdictsIn(text: string): string[] {
  return Array.from(text.matchAll(/^([✓✗+-]) (\S+)/gm), ([, mark, name]) => `${mark} ${name}`);
}

describeKvm('guestkit watch: a suite', () => {
  it('runs all test cases, then those that a save concerns', async () => {
    const project = new Project();
    for (const name of ['a', 'b']) {
      project.write(`asm/${name}.asm`, '%include "lib/shared.inc"\n');
      project.write(`asm/${name}.golden`, 'version 1\n');
    }
    project.write('asm/lib/shared.inc', version(1));
    passing(project, 'c', 3);
    project.write('asm/none.asm', version(4));
    const running = project.start(['watch']);
    await running.sees('watching asm/**/*.asm: save to run, Ctrl+C quits\n');
    expect(verdictsIn(await running.sees(/3 passed, 0 failed \d\d:\d\d:\d\d\n/))).toEqual([
      '✓ asm/a',
      '✓ asm/b',
      '✓ asm/c',
    ]);
    project.write('asm/lib/shared.inc', version(2));
    const both = await running.sees('1 passed, 2 failed');
    expect(verdictsIn(both)).toEqual(['✗ asm/a', '✗ asm/b']);
    project.write('asm/c.asm', version(5));
    await running.sees('✗ asm/c');
    project.write('asm/lib/shared.inc', version(1));
    expect(verdictsIn(await running.sees('2 passed, 1 failed'))).toEqual(['✓ asm/a', '✓ asm/b']);
    project.write('asm/c.golden', 'version 5\n');
    await running.sees('✓ asm/c');
    await sleep(200);
    expect(verdictsIn(running.unseen)).toEqual([]);
  });

  it('runs each case of a source that has several', async () => {
    const project = new Project();
    project.write(
      'asm/two.asm',
      `; case: one\n; expect: version 1\n; case: two\n; expect: version 2\n${version(1)}`,
    );
    const running = await suite(project, '1 passed, 1 failed');
    expect(running.stdout).toContain('✗ asm/two (2 cases, 1 failed)');
    expect(running.stdout).toContain('✗ two');
    expect(running.stdout).not.toContain('✓ one');
  });

  it('notices sources, goldens, inputs and folders that come', async () => {
    const project = new Project();
    passing(project, 'a', 1);
    const running = await suite(project, '✓ asm/a');
    passing(project, 'b', 2);
    await running.sees('✓ asm/b');
    // Without its golden it is no test case.
    project.write('asm/c.asm', version(3));
    await sleep(150);
    expect(running.unseen).not.toContain('asm/c');
    project.write('asm/c.golden', 'version 3\n');
    await running.sees('✓ asm/c');
    passing(project, 'deep/er/d', 4);
    await running.sees('✓ asm/deep/er/d');
    project.write('asm/deep/er/d.asm', version(5));
    await running.sees('✗ asm/deep/er/d');
    renameSync(project.path('asm/deep'), project.path('asm/moved'));
    await running.sees('✗ asm/moved/er/d');
    project.write('asm/moved/er/d.golden', 'version 5\n');
    await running.sees('✓ asm/moved/er/d');
  });

  it('waits for the first source, and for its folder', async () => {
    const project = new Project();
    const running = project.start(['watch']);
    await running.sees('watching ');
    await running.sees('no source has a golden or says what to expect');
    await sleep(150);
    passing(project, 'a', 1);
    await running.sees('✓ asm/a');
  });

  it('forgets what is deleted, and its failure', async () => {
    const project = new Project();
    for (const name of ['a', 'b', 'lib/c']) passing(project, name, 1);
    project.write('asm/b.asm', version(2));
    const running = await suite(project, '2 passed, 1 failed');
    rmSync(project.path('asm/b.asm'));
    await running.sees('asm/b.asm is gone\n');
    rmSync(project.path('asm/lib'), { recursive: true });
    await running.sees('asm/lib/c.asm is gone\n');
    passing(project, 'd', 4);
    passing(project, 'e', 5);
    await running.sees('✓ asm/e');
    rmSync(project.path('asm/d.golden'));
    await sleep(150);
    project.write('asm/a.asm', `${version(1)}nop\n`);
    await running.sees('✓ asm/a');
    expect(running.stdout).not.toContain('no such file');
    expect(running.stderr).toBe('');
  });

  it('does not take a file for deleted that an editor puts aside and writes anew', async () => {
    const project = new Project();
    passing(project, 'a', 1);
    const running = await suite(project, '✓ asm/a');
    for (const gap of [0, 2, 10, 25]) {
      renameSync(project.path('asm/a.asm'), project.path('asm/a.asm~'));
      await sleep(gap);
      project.write('asm/a.asm', version(1));
      await running.sees('✓ asm/a');
    }
    expect(running.stdout).not.toMatch(/gone|no such file/);
  });

  it('answers many saves at once, each guest with its last content', async () => {
    const project = new Project();
    const names = Array.from({ length: 50 }, (_, index) => `g${index}`);
    for (const name of names) passing(project, name, 100);
    const running = await suite(project, '50 passed');
    for (let round = 101; round < 104; round += 1) {
      const start = running.stdout.length;
      const since = (): string => running.stdout.slice(start);
      for (const name of names) passing(project, name, round);
      // A guest may have been seen between its two files, and then failed; by the end each has passed.
      await running.until(
        () => new Set(verdictsIn(since())).size >= 50 && /50 passed, 0 failed \S+\n$/.test(since()),
        'the verdicts of all',
      );
      const last = new Map(verdictsIn(since()).map((line) => [line.slice(2), line.slice(0, 1)]));
      expect(last.size).toBe(50);
      expect(new Set(last.values())).toEqual(new Set(['✓']));
      const length = running.stdout.length;
      await sleep(150);
      expect(running.stdout.length).toBe(length);
    }
  });

  it('has no stale verdict after saves in two chunks', async () => {
    const project = new Project();
    for (let index = 0; index < 8; index += 1) passing(project, `g${index}`, 100);
    project.write('asm/x.asm', version(100));
    project.write('asm/x.golden', 'other\n');
    const running = await suite(project, '8 passed, 1 failed');
    for (let number = 101; number <= 140; number += 1) {
      const source = version(number);
      project.write('asm/x.asm', source.slice(0, source.length / 2));
      await sleep(20);
      appendFileSync(project.path('asm/x.asm'), source.slice(source.length / 2));
      await running.sees(`+ version ${number}\n`);
    }
    await sleep(300);
    expect(running.unseen).not.toContain('version');
  });

  it('stops a guest that spins for a save of it, and shows the others meanwhile', async () => {
    const project = new Project();
    passing(project, 'a', 1);
    project.write('asm/spin.asm', prints('x', SPIN, '; guestkit: timeout=60m exit=0'));
    const running = project.start(['watch']);
    await running.sees('… asm/spin is running');
    expect(running.stdout).toContain('✓ asm/a');
    project.write('asm/a.asm', version(2));
    await running.sees('✗ asm/a');
    await running.sees('… asm/spin is running');
    project.write('asm/spin.asm', prints('x', undefined, '; guestkit: exit=0'));
    await running.sees('✓ asm/spin');
    rmSync(project.path('asm/a.asm'));
    await running.sees('asm/a.asm is gone');
  });

  it('takes parts of paths', async () => {
    const project = new Project();
    for (const name of ['uart/a', 'uart/b', 'c']) passing(project, name, 1);
    const running = await suite(project, '2 passed, 0 failed', ['uart']);
    passing(project, 'c', 2);
    passing(project, 'uart/d', 4);
    await running.sees('✓ asm/uart/d');
    expect(running.stdout).not.toContain('asm/c');
  });
});

describeKvm('guestkit watch: the settings', () => {
  it('are taken over when they change, and kept when they are broken', async () => {
    const project = new Project();
    passing(project, 'a', 1);
    project.write('guests/b.asm', version(2));
    project.write('guests/b.golden', 'version 2\n');
    const running = await suite(project, '✓ asm/a');
    project.write('guestkit.config.mjs', "export default { include: 'guests/*.asm' };\n");
    await running.sees('✓ guests/b');
    await running.sees('asm/a.asm is gone');
    project.write('guestkit.config.mjs', "export default { includ: 'x' };\n");
    await running.sees('guestkit: guestkit.config.mjs: includ is not a setting');
    project.write('guests/b.asm', version(3));
    await running.sees('✗ guests/b');
    rmSync(project.path('guestkit.config.mjs'));
    await running.sees('✓ asm/a');
    await running.sees('guests/b.asm is gone');
    project.write('package.json', '{ "guestkit": { "nasm": { "flags": ["-DX=1"] } } }\n');
    await running.sees('✓ asm/a');
    project.write('package.json', '{ "guestkit": 3 }\n');
    await running.sees('guestkit: package.json');
    expect(running.stderr).toBe('');
  });

  it('are not concerned by a package.json without any', async () => {
    const project = new Project();
    passing(project, 'a', 1);
    const running = await suite(project, '✓ asm/a');
    project.write('package.json', '{ "name": "x" }\n');
    await sleep(300);
    expect(running.unseen).not.toContain('asm/a');
    passing(project, 'b', 2);
    await running.sees('✓ asm/b');
  });
});

describe('guestkit watch', () => {
  it('does not begin with broken settings', async () => {
    const project = new Project();
    mkdirSync(project.path('asm'));
    project.write('guestkit.config.js', 'module.exports = 1;\n');
    const { status, stderr } = await project.run(['watch']);
    expect(status).toBe(2);
    expect(stderr).toContain('guestkit.config.js');
  });
});
