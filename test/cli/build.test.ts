import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assemblersIn } from '../support/assemblers.ts';
import { Project } from '../support/cli.ts';
import { exit, guest, prints, SLOW_SOURCE } from '../support/guests.ts';

describe('guestkit build', () => {
  it('writes the image that NASM makes, its symbols and its listing', async () => {
    const project = new Project();
    project.write('asm/uart/echo.asm', prints('some text'));
    const { status, stdout, stderr } = await project.run(['build', 'asm/uart/echo.asm']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    execFileSync('nasm', ['-f', 'bin', '-o', 'reference', 'asm/uart/echo.asm'], { cwd: project.folder });
    const image = readFileSync(project.path('build/uart/echo.bin'));
    expect(image).toEqual(readFileSync(project.path('reference')));
    expect(stdout).toBe(
      `build/uart/echo.bin (${image.length} bytes), build/uart/echo.sym, build/uart/echo.lst\n`,
    );
    const text = image.indexOf('some text').toString(16).padStart(8, '0');
    expect(project.read('build/uart/echo.sym')).toBe(`${text} text\n`);
    expect(project.read('build/uart/echo.lst')).toContain('rep outsb');
    expect(readdirSync(project.path('../tmp'))).toEqual([]);
  });

  it('builds several, from other folders too, and the same one twice', async () => {
    const project = new Project();
    project.write('asm/a.asm', guest(exit(1)));
    project.write('other/b.asm', guest(exit(2)));
    const { status } = await project.run(['build', 'asm/a.asm', 'other/b.asm', './asm/a.asm']);
    expect(status).toBe(0);
    expect(readdirSync(project.path('build'))).toEqual([
      'a.bin',
      'a.lst',
      'a.sym',
      'b.bin',
      'b.lst',
      'b.sym',
    ]);
  });

  it('gives the same image from the cache', async () => {
    const project = new Project();
    project.write('asm/a.asm', prints('abc'));
    await project.run(['build', 'asm/a.asm']);
    const first = ['bin', 'sym', 'lst'].map((ending) => project.read(`build/a.${ending}`));
    const { status } = await project.run(['build', 'asm/a.asm']);
    expect(status).toBe(0);
    expect(['bin', 'sym', 'lst'].map((ending) => project.read(`build/a.${ending}`))).toEqual(first);
  });

  it('builds nothing when two would become one', async () => {
    const project = new Project();
    project.write('one/x.asm', guest(exit(0)));
    project.write('two/x.asm', guest(exit(0)));
    const { status, stderr } = await project.run(['build', 'one/x.asm', 'two/x.asm']);
    expect(status).toBe(2);
    expect(stderr).toContain('one/x.asm and two/x.asm would both become build/x.bin');
    expect(project.has('build')).toBe(false);
  });

  it('shows warnings, from the cache too', async () => {
    const project = new Project();
    project.write('asm/w.asm', 'db 1\n  db 0x1234\n');
    for (const round of ['built', 'cached']) {
      const { status, stderr } = await project.run(['build', 'asm/w.asm']);
      expect(status, round).toBe(0);
      expect(stderr, round).toContain('asm/w.asm:2: warning: byte data exceeds bounds');
      expect(stderr, round).toContain('    2 |   db 0x1234\n');
    }
  });

  it('shows an error with its place, the line and a caret', async () => {
    const project = new Project();
    project.write('asm/e.asm', 'nop\n\tmov ax, nowhere\n');
    const { status, stdout, stderr } = await project.run(['build', 'asm/e.asm']);
    expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
    expect(stderr).toMatch(/^asm\/e\.asm:2: error: .*nowhere/);
    const [, line = '', caret = ''] = stderr.split('\n');
    expect(line).toContain('mov ax, nowhere');
    expect(caret).toMatch(/\^/);
    expect(line.indexOf('nowhere')).toBe(caret.indexOf('^'));
    expect(project.has('build')).toBe(false);
  });

  it.each([
    [['build'], 2, "missing required argument 'file'"],
    [['build', 'asm/none.asm'], 125, 'cannot assemble asm/none.asm: there is no such file'],
  ])('guestkit %j ends with %i', async (args, expected, message) => {
    const { status, stderr } = await new Project().run(args);
    expect(status).toBe(expected);
    expect(stderr).toContain(message);
  });

  it('names the folder that cannot be written', async () => {
    const project = new Project();
    project.write('asm/a.asm', guest(exit(0)));
    project.write('build', 'a file');
    const { status, stderr } = await project.run(['build', 'asm/a.asm']);
    expect(status).toBe(125);
    expect(stderr).toContain('cannot write build/a.bin: EEXIST');
  });

  it('leaves nothing behind when Ctrl+C comes while NASM works', async () => {
    const project = new Project();
    project.write('asm/slow.asm', SLOW_SOURCE);
    const running = project.start(['build', 'asm/slow.asm']);
    await expect.poll(() => assemblersIn(project.folder), { timeout: 20_000 }).toBe(1);
    const { status, stderr } = await running.kill('SIGINT');
    expect({ status, stderr }).toEqual({ status: 130, stderr: '' });
    await expect.poll(() => assemblersIn(project.folder), { timeout: 20_000 }).toBe(0);
    expect(readdirSync(project.path('../tmp'))).toEqual([]);
  });
});
