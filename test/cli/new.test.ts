import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAIN, Project } from '../support/cli.ts';
import { describeKvm } from '../support/kvm.ts';

const TEMPLATES = join(dirname(dirname(MAIN)), 'templates');
const NAMES = readdirSync(TEMPLATES)
  .filter((file) => file.endsWith('.asm'))
  .map((file) => basename(file, '.asm'));

describe('guestkit new', () => {
  it('writes a source and its golden into a folder that is no project yet', async () => {
    const project = new Project();
    const { status, stdout, stderr } = await project.run(['new', 'hello']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('wrote asm/hello.asm and asm/hello.golden');
    for (const file of ['hello.asm', 'hello.golden']) {
      expect(project.read(`asm/${file}`)).toBe(readFileSync(join(TEMPLATES, file), 'utf8'));
    }
    expect(readdirSync(project.folder)).toEqual(['asm']);
  });

  it.each(['asm', 'golden'])('writes nothing when the .%s is there', async (ending) => {
    const project = new Project();
    project.write(`asm/mine.${ending}`, 'precious');
    const { status, stderr } = await project.run(['new', 'mine']);
    expect(status).toBe(125);
    expect(stderr).toContain(`asm/mine.${ending} is there already, and nothing was written`);
    expect(project.read(`asm/mine.${ending}`)).toBe('precious');
    expect(readdirSync(project.path('asm'))).toEqual([`mine.${ending}`]);
  });

  it('does not write through a link that leads nowhere', async () => {
    const project = new Project();
    mkdirSync(project.path('asm'));
    symlinkSync('../elsewhere', project.path('asm/mine.golden'));
    const { status } = await project.run(['new', 'mine']);
    expect(status).toBe(125);
    expect(project.has('elsewhere')).toBe(false);
    expect(readdirSync(project.path('asm'))).toEqual(['mine.golden']);
  });

  it.each([
    ['asm/hello.asm', 'asm/hello.asm'],
    ['asm/hello', 'asm/hello.asm'],
    ['./asm/hello.asm', 'asm/hello.asm'],
    ['hello.asm', 'asm/hello.asm'],
    ['uart/tests/echo-2', 'asm/uart/tests/echo-2.asm'],
    ['größe_1.v2', 'asm/größe_1.v2.asm'],
  ])('%s becomes %s', async (name, source) => {
    const project = new Project();
    const { status, stdout } = await project.run(['new', name]);
    expect(status).toBe(0);
    expect(project.has(source)).toBe(true);
    expect(project.has(source.replace(/asm$/, 'golden'))).toBe(true);
    expect(stdout).toContain(`guestkit run ${source}\n`);
  });

  it.each([
    '/tmp/x',
    '..',
    '.',
    '../x',
    'a/../../x',
    'asm/../x',
    '-x',
    '',
    'a//b',
    'a/',
    'asm/',
    'a b',
    'a\nb',
    '.x',
  ])('refuses %j as a name', async (name) => {
    const project = new Project();
    const { status, stderr } = await project.run(['new', '--', name]);
    expect(status).toBe(2);
    expect(stderr).toContain('cannot be the name of a guest');
    expect(readdirSync(project.folder)).toEqual([]);
  });

  it('takes -x for an option', async () => {
    const { status, stderr } = await new Project().run(['new', '-x']);
    expect(status).toBe(2);
    expect(stderr).toContain("unknown option '-x'");
  });

  it('asks for a name and says which templates there are', async () => {
    const { status, stderr } = await new Project().run(['new']);
    expect(status).toBe(2);
    expect(stderr).toContain('needs a name');
    expect(stderr).toContain('long-mode');
  });

  it('lists every template with what it shows', async () => {
    const project = new Project();
    const { status, stdout } = await project.run(['new', '--list']);
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.trim().split(/\s+/)[0])).toEqual([...NAMES].sort());
    for (const line of lines) expect(line).toMatch(/^ {2}\S+ +[A-Z].+\.$/);
    expect(readdirSync(project.folder)).toEqual([]);
  });

  it('knows which template was meant', async () => {
    const project = new Project();
    const { status, stderr } = await project.run(['new', 'x', '--template', 'longmode']);
    expect(status).toBe(2);
    expect(stderr).toContain('there is no template "longmode" (did you mean long-mode?)');
    expect(stderr).toContain('string-io');
    expect(readdirSync(project.folder)).toEqual([]);
  });

  it('says so when the folder cannot be written', async () => {
    const { status, stderr } = await new Project().run(['new', 'hello'], { cwd: '/sys' });
    expect(status).toBe(125);
    expect(stderr).toMatch(/cannot write asm\/hello\.asm: E\w+/);
  });

  it('tells a file in the place of the folder from a guest that is there', async () => {
    const project = new Project();
    project.write('asm', 'no folder');
    const { status, stderr } = await project.run(['new', 'hello']);
    expect(status).toBe(125);
    expect(stderr).toContain('cannot write asm/hello.asm: EEXIST');
    expect(stderr).not.toContain('is there already');
  });
});

describeKvm('guestkit new', () => {
  it('writes templates that all pass', async () => {
    const project = new Project();
    expect(NAMES).toEqual(
      expect.arrayContaining([
        'hello',
        'echo',
        'interrupts',
        'string-io',
        'memory',
        'protected-mode',
        'long-mode',
      ]),
    );
    for (const name of NAMES) {
      expect((await project.run(['new', `of/${name}`, '--template', name])).status).toBe(0);
    }
    const { status, stdout } = await project.run(['test']);
    expect(stdout).toContain(`${NAMES.length} passed, 0 failed`);
    expect(status).toBe(0);
  });

  it('prints commands that work as they are', async () => {
    const project = new Project();
    const { stdout } = await project.run(['new', 'uart/größe']);
    const commands = stdout.split('\n').filter((line) => line.startsWith('  guestkit '));
    expect(commands).toHaveLength(2);
    const [run = '', watch = ''] = commands;
    expect(await project.shell(run).ended).toMatchObject({ status: 0, stdout: 'Hello from a bare CPU!\n' });
    const watching = project.shell(`${watch} & wait $!`);
    await watching.sees('✓ asm/uart/größe');
  });

  it('names npx where guestkit was started through it', async () => {
    const { stdout } = await new Project().run(['new', 'hello'], { env: { npm_command: 'exec' } });
    expect(stdout).toContain('npx guestkit run asm/hello.asm');
  });
});
