import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Project } from '../support/cli.ts';
import { exit, guest, prints, TRIPLE_FAULT } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { shownVersions, sleep, version, watching } from '../support/watching.ts';

describeKvm('guestkit watch: includes', () => {
  it('runs again when an include is saved, also one of an include, and a binary', async () => {
    const project = new Project();
    project.write('asm/x.asm', '%include "lib/one.inc"\n');
    project.write('asm/lib/one.inc', '%include "asm/lib/deep/two.inc"\n');
    project.write('asm/lib/deep/two.inc', version(1));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('| version 1\n');
    project.write('asm/lib/deep/two.inc', version(2));
    await running.sees('| version 2\n');
    project.write('asm/lib/one.inc', version(3));
    await running.sees('| version 3\n');
    const head = guest('cld', 'mov si, text', 'mov cx, 10', 'mov dx, 0x3F8', 'rep outsb', exit(0));
    project.write('asm/data.bin', 'version 4\n');
    project.write('asm/x.asm', `${head}text: incbin "data.bin"\n`);
    await running.sees('| version 4\n');
    renameSync(project.write('asm/data.new', 'version 5\n'), project.path('asm/data.bin'));
    await running.sees('| version 5\n');
  });

  it('takes an include that appears before the one that it had, and that one when it goes', async () => {
    const project = new Project();
    project.write('asm/x.asm', '%include "lib/one.inc"\n');
    project.write('asm/lib/one.inc', version(1));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('| version 1\n');
    project.write('lib/one.inc', version(2));
    await running.sees('| version 2\n');
    rmSync(project.path('lib/one.inc'));
    await running.sees('| version 1\n');
  });

  it('waits for an include that is missing', async () => {
    const project = new Project();
    project.write('asm/x.asm', '%include "late.inc"\n');
    const running = await watching(project, ['asm/x.asm']);
    await running.sees("unable to open include file `late.inc'");
    project.write('asm/late.inc', version(1));
    await running.sees('| version 1\n');
    project.write('asm/late.inc', version(2));
    await running.sees('| version 2\n');
    rmSync(project.path('asm/late.inc'));
    await running.sees("unable to open include file `late.inc'");
    project.write('asm/late.inc', version(3));
    await running.sees('| version 3\n');
  });

  it.each([0, 1, 5, 15, 40])('waits for folders that are missing too, made %i ms apart', async (gap) => {
    const project = new Project();
    project.write('asm/x.asm', '%include "a/b/c/late.inc"\n');
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('unable to open include file');
    for (const folder of ['asm/a', 'asm/a/b', 'asm/a/b/c']) {
      mkdirSync(project.path(folder));
      if (gap > 0) await sleep(gap);
    }
    project.write('asm/a/b/c/late.inc', version(1));
    await running.sees('| version 1\n');
    project.write('asm/a/b/c/late.inc', version(2));
    await running.sees('| version 2\n');
    rmSync(project.path('asm/a'), { recursive: true });
    await running.sees('unable to open include file');
    project.write('asm/a/b/c/late.inc', version(3));
    await running.sees('| version 3\n');
  });

  it('waits for an include at every place where it would be found', async () => {
    const project = new Project();
    project.write('asm/x.asm', '%include "here.inc"\n');
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('unable to open include file');
    project.write('here.inc', version(1));
    await running.sees('| version 1\n');
  });

  it('survives names that can be no file', async () => {
    const project = new Project();
    project.write('asm/plain', '');
    project.write('asm/x.asm', `%include "plain/x.inc"\n%include "${'n'.repeat(300)}"\n`);
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('unable to open include file');
    project.write('asm/x.asm', version(1));
    await running.sees('| version 1\n');
  });
});

describeKvm('guestkit watch: sources that come and go', () => {
  it('survives a syntax error', async () => {
    const project = new Project();
    project.write('asm/x.asm', version(1));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('| version 1\n');
    project.write('asm/x.asm', 'nop\nbroken here\n');
    await running.sees(/✗ asm\/x .*\n {4}asm\/x\.asm:2: error: .*\n {8}2 \| broken here\n/);
    project.write('asm/x.asm', '; guestkit: exti=3\n');
    await running.sees("asm/x.asm:1:13: unknown setting 'exti'");
    project.write('asm/x.asm', version(2));
    await running.sees('| version 2\n');
  });

  it('survives that the source is deleted, renamed, and that another takes its place', async () => {
    const project = new Project();
    const path = project.write('asm/x.asm', version(1));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('| version 1\n');
    rmSync(path);
    await running.sees('cannot assemble asm/x.asm: there is no such file');
    project.write('asm/x.asm', version(2));
    await running.sees('| version 2\n');
    renameSync(path, project.path('asm/y.asm'));
    await running.sees('cannot assemble asm/x.asm: there is no such file');
    project.write('asm/x.asm', version(3));
    await running.sees('| version 3\n');
    rmSync(path);
    mkdirSync(path);
    await running.sees('it is a folder');
    rmSync(path, { recursive: true });
    renameSync(project.path('asm/y.asm'), path);
    await running.sees('| version 2\n');
  });

  it('survives that the folder is deleted, or another takes its place', async () => {
    const project = new Project();
    project.write('asm/x.asm', version(1));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('| version 1\n');
    rmSync(project.path('asm'), { recursive: true });
    await running.sees('there is no such file');
    project.write('asm/x.asm', version(2));
    await running.sees('| version 2\n');
    project.write('next/x.asm', version(3));
    renameSync(project.path('asm'), project.path('last'));
    renameSync(project.path('next'), project.path('asm'));
    await running.sees('| version 3\n');
    project.write('asm/x.asm', version(4));
    await running.sees('| version 4\n');
    // As quickly as it goes: the system may give the new folder the number of the old one.
    rmSync(project.path('asm'), { recursive: true });
    project.write('asm/x.asm', version(5));
    await running.sees('| version 5\n');
    project.write('asm/x.asm', version(6));
    await running.sees('| version 6\n');
  });

  it('waits for a file that is not there yet, nor its folder', async () => {
    const project = new Project();
    const running = await watching(project, ['asm/uart/x.asm']);
    await running.sees('cannot assemble asm/uart/x.asm: there is no such file');
    project.write('asm/uart/x.asm', version(1));
    await running.sees('| version 1\n');
  });

  it('follows a link to where the file is', async () => {
    const project = new Project();
    const real = project.write('real/source.asm', version(1));
    mkdirSync(project.path('asm'));
    symlinkSync('../real/source.asm', project.path('asm/x.asm'));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('| version 1\n');
    project.write('real/source.asm', version(2));
    await running.sees('| version 2\n');
    renameSync(project.write('real/new', version(3)), real);
    await running.sees('| version 3\n');
    project.write('other/source.asm', version(4));
    unlinkSync(project.path('asm/x.asm'));
    symlinkSync('../other/source.asm', project.path('asm/x.asm'));
    await running.sees('| version 4\n');
    project.write('other/source.asm', version(5));
    await running.sees('| version 5\n');
  });

  it('works with spaces, quotes and letters beyond ASCII in paths', async () => {
    const project = new Project("mein Ordner: ü 日本 'q'");
    project.write('ä ö/x y.asm', '%include "ß inc.inc"\n');
    project.write('ä ö/ß inc.inc', version(1));
    const running = await watching(project, ['ä ö/x y.asm']);
    await running.sees('ä ö/x y');
    await running.sees('| version 1\n');
    project.write('ä ö/ß inc.inc', version(2));
    await running.sees('| version 2\n');
  });

  it('takes absolute paths and images', async () => {
    const project = new Project();
    const path = project.write('asm/x.asm', prints('image 1\n'));
    await project.run(['build', 'asm/x.asm']);
    const running = await watching(project, [path, 'build/x.bin']);
    await running.sees('| image 1\n');
    await running.sees('| image 1\n');
    project.write('asm/x.asm', prints('image 2\n'));
    await running.sees('| image 2\n');
    await project.run(['build', 'asm/x.asm']);
    await running.sees('| image 2\n');
  });
});

describeKvm('guestkit watch: goldens', () => {
  it('compares with the golden as it is now', async () => {
    const project = new Project();
    project.write('asm/x.asm', version(1));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('+ asm/x');
    await running.sees('it has no golden yet; to accept what it printed: guestkit test -u asm/x.asm');
    project.write('asm/x.golden', 'version 2\n');
    await running.sees('✗ asm/x');
    await running.sees('- version 2');
    await running.sees('+ version 1');
    project.write('asm/x.golden', 'version 1\n');
    await running.sees('✓ asm/x');
    project.write('asm/x.asm', version(3));
    await running.sees('✗ asm/x');
    await running.sees('+ version 3');
    rmSync(project.path('asm/x.golden'));
    await running.sees('+ asm/x');
    await running.sees('| version 3');
    expect(await project.run(['test', '-u', 'asm/x.asm'])).toMatchObject({ status: 0 });
    await running.sees('✓ asm/x');
  });

  it('says why a guest without golden is not right', async () => {
    const project = new Project();
    project.write('asm/x.asm', version(1, exit(3)));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('✗ asm/x');
    await running.sees('| version 1\n');
    await running.sees('exited with 3, expected to exit with 0 or halt');
    project.write('asm/x.asm', TRIPLE_FAULT);
    await running.sees('✗ asm/x');
    await running.sees('(it printed nothing)');
    await running.sees('triple fault');
    await running.sees('CR0');
    project.write('asm/x.asm', version(2, exit(3), '; guestkit: exit=3'));
    await running.sees('✓ asm/x');
    await running.sees('| version 2\n');
    project.write('asm/x.asm', version(3, exit(0), '; guestkit: skip="not today"'));
    await running.sees('- asm/x skipped: not today');
  });

  it('shows nothing that could steer the terminal, and not too much', async () => {
    const project = new Project();
    project.write('asm/x.asm', prints(`\x1b[2J\x07${'y'.repeat(5000)}`));
    const running = await watching(project, ['asm/x.asm']);
    await running.sees('and 909 more bytes');
    for (const control of ['\x1b', '\x07']) expect(running.stdout).not.toContain(control);
    expect(running.stdout).toContain('| \u{FFFD}[2J\u{FFFD}yyy');
  });
});

describeKvm('guestkit watch: several guests', () => {
  it('runs each when it changes, and both when what they share does', async () => {
    const project = new Project();
    project.write('asm/a.asm', `%define NAME "a"\n%include "shared.inc"\n`);
    project.write('asm/b.asm', `%define NAME "b"\n%include "shared.inc"\n`);
    const shared = (number: number): string =>
      guest('mov dx, 0x3F8', 'mov al, NAME', 'out dx, al', `mov al, '${number}'`, 'out dx, al', exit(0));
    project.write('asm/shared.inc', shared(1));
    const running = await watching(project, ['asm/a.asm', 'asm/b.asm', './asm/a.asm']);
    await running.sees('| a1\n');
    await running.sees('| b1\n');
    project.write('asm/shared.inc', shared(2));
    await running.sees('| a2\n');
    await running.sees('| b2\n');
    project.write('asm/b.asm', version(7));
    await running.sees('| version 7\n');
    await sleep(200);
    const lines = running.stdout.match(/\| .*/g);
    expect(lines).toEqual(['| a1', '| b1', '| a2', '| b2', '| version 7']);
  });

  it('has one that takes long give way to a save of another, and runs it anew', async () => {
    const project = new Project();
    project.write('asm/slow.asm', version(1, 'jmp $', '; guestkit: timeout=700ms outcome=timeout'));
    project.write('asm/quick.asm', version(2));
    const running = await watching(project, ['asm/quick.asm', 'asm/slow.asm']);
    await running.sees('| version 2\n');
    await running.sees('… asm/slow is running');
    writeFileSync(project.path('asm/quick.asm'), version(3));
    await running.sees('| version 3\n');
    await running.sees('… asm/slow is running');
    await running.sees('| version 1\n');
    expect(shownVersions(running.stdout)).toEqual([2, 3, 1]);
  });

  it('shows each verdict as soon as it is there, that of a slow one last from the second time on', async () => {
    const project = new Project();
    const slow = version(1, 'jmp $', '; guestkit: timeout=200ms outcome=timeout');
    project.write('asm/slow.asm', `${slow}%include "shared.inc"\n`);
    project.write('asm/quick.asm', `${version(2)}%include "shared.inc"\n`);
    project.write('asm/shared.inc', 'nop\n');
    const running = await watching(project, ['asm/slow.asm', 'asm/quick.asm']);
    await running.sees('| version 1\n');
    await running.sees('| version 2\n');
    project.write('asm/shared.inc', 'nop\nnop\n');
    await running.sees('| version 2\n');
    await running.sees('| version 1\n');
  });
});
