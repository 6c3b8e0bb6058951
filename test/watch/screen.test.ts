import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeTerminal, MAIN, Project, works } from '../support/cli.ts';
import { describeKvm } from '../support/kvm.ts';
import type { Ended, Running } from '../support/running.ts';
import { sleep, version } from '../support/watching.ts';

const CLEAR = '\x1b[H\x1b[2J\x1b[3J';

/** A guest whose golden has another number, or the same. */
function guestWith(project: Project, name: string, number: number, golden: number): void {
  project.write(`asm/${name}.golden`, `version ${golden}\n`);
  project.write(`asm/${name}.asm`, version(number));
}

/** What stands on the screen: what came since it was cleared, without lines that were erased, or their colours. */
function screen({ stdout }: Running): string {
  const last = stdout.slice(stdout.lastIndexOf(CLEAR) + CLEAR.length).replaceAll('\r\n', '\n');
  const colour = new RegExp(`${'\x1b'}\\[[\\d;]*m`, 'g');
  return last.replace(colour, '').replace(new RegExp(`[^\\n]*\r${'\x1b'}\\[K`, 'g'), '');
}

/** Waits until the screen's last line begins so. */
async function rests(running: Running, start: string): Promise<string> {
  const isThere = (): boolean => screen(running).split('\n').at(-1)?.startsWith(start) === true;
  await running.until(isThere, `a screen that ends in ${start}`);
  return screen(running);
}

/** Ends it, so that nothing is written any more. */
async function quit(running: Running): Promise<void> {
  running.type('q');
  expect(await running.ended).toMatchObject({ status: 0 });
}

/** The guests whose verdicts are on the screen. */
function shown(text: string): string[] {
  return Array.from(text.matchAll(/^[✓✗+-] asm\/\S+/gm), ([found]) => found);
}

describeTerminal('guestkit watch', () => {
  describeKvm('on a screen', () => {
    it('is cleared when a run starts; what failed stays until it is mended', async () => {
      const project = new Project();
      for (const name of ['a', 'b', 'c']) guestWith(project, name, 1, 1);
      const running = project.terminal('stty rows 30 columns 90; guestkit watch');
      const first = await rests(running, '3 passed, 0 failed');
      expect(first).toMatch(/\n\n3 passed, 0 failed {2}\d\d:\d\d:\d\d {2}watching 3 guests, h help$/);
      project.write('asm/b.asm', version(2));
      expect(shown(await rests(running, '2 passed, 1 failed'))).toEqual(['✗ asm/b']);
      project.write('asm/a.asm', `${version(1)}nop\n`);
      await running.until(() => shown(screen(running)).length === 2, 'two');
      const both = await rests(running, '2 passed, 1 failed');
      expect(shown(both)).toEqual(['✓ asm/a', '✗ asm/b']);
      expect(both).toContain('    + version 2');
      project.write('asm/b.asm', version(1));
      expect(shown(await rests(running, '3 passed'))).toEqual(['✓ asm/b']);
      project.write('asm/c.asm', version(3));
      await rests(running, '2 passed, 1 failed');
      rmSync(project.path('asm/c.asm'));
      expect(shown(await rests(running, '2 passed, 0 failed'))).toEqual([]);
      // Each run cleared it once, and so did what was deleted.
      expect(running.stdout.split(CLEAR).length - 1).toBe(6);
      await quit(running);
    });

    it('shows as many failures as there is room for', async () => {
      const project = new Project();
      for (let index = 0; index < 20; index += 1) guestWith(project, `g${index + 10}`, 1, 2);
      guestWith(project, 'other', 1, 1);
      const running = project.terminal('stty rows 16 columns 60; guestkit watch');
      await rests(running, '1 passed, 20 failed');
      project.write('asm/other.asm', `${version(1)}nop\n`);
      await running.until(() => screen(running).includes('more\n'), 'more');
      const text = await rests(running, '1 passed, 20 failed');
      expect(shown(text)[0]).toBe('✓ asm/other');
      expect(text).toMatch(/\n\.\.\. \d+ more\n\n1 passed/);
      expect(text.split('\n').length).toBeLessThanOrEqual(16);
      await quit(running);
    });

    it('only counts what passes when much runs', async () => {
      const project = new Project();
      for (let index = 0; index < 20; index += 1) guestWith(project, `g${index}`, 1, index === 7 ? 2 : 1);
      const running = project.terminal('stty rows 20 columns 80; guestkit watch');
      expect(shown(await rests(running, '19 passed, 1 failed'))).toEqual(['✗ asm/g7']);
      await quit(running);
    });

    it('a, Enter, f and r run', async () => {
      const project = new Project();
      guestWith(project, 'a', 1, 1);
      guestWith(project, 'b', 1, 2);
      const running = project.terminal('stty rows 30 columns 90; guestkit watch');
      await rests(running, '1 passed, 1 failed');
      const press = async (key: string): Promise<string[]> => {
        const runs = running.stdout.split(CLEAR).length;
        running.type(key);
        await running.until(() => running.stdout.split(CLEAR).length > runs, `a run by ${key}`);
        return shown(await rests(running, '1 passed, 1 failed'));
      };
      expect(await press('f')).toEqual(['✗ asm/b']);
      expect(await press('r')).toEqual(['✗ asm/b']);
      expect(await press('a')).toEqual(['✓ asm/a', '✗ asm/b']);
      expect(await press('r')).toEqual(['✓ asm/a', '✗ asm/b']);
      expect(await press('\r')).toEqual(['✓ asm/a', '✗ asm/b']);
      const before = running.stdout.length;
      running.type('\x1b[A\x1bOA\x1b[15~\x1bax');
      await sleep(150);
      expect(running.stdout.slice(before)).toBe('');
      await quit(running);
    });

    it('u accepts what failed or is new, and nothing of a guest that ended badly', async () => {
      const project = new Project();
      guestWith(project, 'a', 1, 2);
      project.write('asm/crash.asm', version(1, 'mov al, 7\nout 0x01, al'));
      project.write('asm/crash.golden', 'other\n');
      const running = project.terminal('stty rows 40 columns 120; guestkit watch');
      await rests(running, '0 passed, 2 failed');
      running.type('u');
      const text = await rests(running, '1 passed, 1 failed');
      expect(text).toContain('wrote asm/a.golden');
      expect(text).toContain('asm/crash.golden was not written');
      expect(project.read('asm/a.golden')).toBe('version 1\n');
      expect(project.read('asm/crash.golden')).toBe('other\n');
      expect(shown(text)).toContain('✓ asm/a');
      await quit(running);
    });

    it('u makes the golden of a named guest that has none', async () => {
      const project = new Project();
      project.write('asm/x.asm', version(1));
      const running = project.terminal('guestkit watch asm/x.asm');
      expect(await rests(running, '0 passed, 0 failed, 1 new')).toContain('  | version 1\n');
      expect(project.has('asm/x.golden')).toBe(false);
      running.type('u');
      await rests(running, '1 passed, 0 failed');
      expect(project.read('asm/x.golden')).toBe('version 1\n');
      running.type('u');
      await running.sees('there is nothing to accept');
      await quit(running);
    });

    it('p and t ask what to run', async () => {
      const project = new Project();
      guestWith(project, 'uart/a', 1, 1);
      guestWith(project, 'b', 1, 1);
      const running = project.terminal('stty rows 30 columns 100; guestkit watch');
      await rests(running, '2 passed');
      running.type('p');
      await rests(running, 'part of the path (none: all): ');
      running.type('uarx\x7f');
      await rests(running, 'part of the path (none: all): uar');
      running.type('\r');
      expect(shown(await rests(running, '1 passed, 0 failed'))).toEqual(['✓ asm/uart/a']);
      expect(screen(running)).toContain('watching 1 guest in uar, h help');
      project.write('asm/b.asm', version(2));
      await sleep(200);
      expect(shown(screen(running))).toEqual(['✓ asm/uart/a']);
      running.type('a');
      expect(shown(await rests(running, '1 passed, 1 failed'))).toEqual(['✗ asm/b', '✓ asm/uart/a']);
      running.type('t');
      await rests(running, 'name of test cases');
      running.type('(\r');
      await running.sees('Unterminated group');
      running.type('tqa');
      await rests(running, 'name of test cases, a regular expression (none: all): qa');
      running.type('\x1b');
      await rests(running, '1 passed, 1 failed');
      running.type('t^asm/b$\r');
      expect(shown(await rests(running, '0 passed, 1 failed'))).toEqual(['✗ asm/b']);
      running.type('pnothing\r');
      await rests(running, 'no test case matches');
      running.type('t\x03');
      expect(await running.ended).toMatchObject({ status: 130 });
    });

    it('d shows the last difference in full, h what the keys do', async () => {
      const project = new Project();
      const text = (last: string): string =>
        `${Array.from({ length: 200 }, (_, index) => `line ${index}`).join('\n')}\n${last}\n`;
      project.write('asm/x.golden', text('end'));
      project.write(
        'asm/long.inc',
        `text: db ${[...Buffer.from(text('END').replaceAll('line', 'LINE'))].join(',')}\n`,
      );
      project.write(
        'asm/x.asm',
        'org 0\ncld\nmov si, text\nmov cx, end - text\nmov dx, 0x3F8\nrep outsb\nhlt\n%include "long.inc"\nend:\n',
      );
      const running = project.terminal('stty rows 30 columns 100; guestkit watch');
      expect(await rests(running, '0 passed, 1 failed')).not.toContain('LINE 199');
      running.type('d');
      await running.sees('+ LINE 199');
      await running.sees('+ END');
      running.type('h');
      await running.sees('a, Enter  run all');
      project.write('asm/x.golden', text('END').replaceAll('line', 'LINE'));
      await rests(running, '1 passed');
      running.type('d');
      await running.sees('nothing differs from its golden');
      await quit(running);
    });

    it('keeps an error of the settings in sight', async () => {
      const project = new Project();
      guestWith(project, 'a', 1, 1);
      const running = project.terminal('stty rows 30 columns 100; guestkit watch');
      await rests(running, '1 passed');
      project.write('guestkit.config.mjs', 'export default { jobs: 0 };\n');
      await running.sees('jobs');
      project.write('asm/a.asm', version(2));
      expect(await rests(running, '0 passed, 1 failed')).toContain('guestkit: guestkit.config.mjs: jobs');
      project.write('guestkit.config.mjs', 'export default { jobs: 1 };\n');
      await running.until(() => !screen(running).includes('guestkit:'), 'no error');
      await rests(running, '0 passed, 1 failed');
      await quit(running);
    });

    it('has colours where they are wanted, and plain lines on a terminal that knows no more', async () => {
      const project = new Project();
      guestWith(project, 'a', 1, 1);
      const coloured = project.terminal('guestkit watch');
      await coloured.sees('\x1b[32m✓');
      await quit(coloured);
      const plain = project.terminal('NO_COLOR=1 guestkit watch');
      await plain.sees('✓ asm/a');
      await plain.sees('1 passed');
      await quit(plain);
      expect(plain.stdout.replaceAll(CLEAR, '').replaceAll('\x1b[K', '')).not.toContain('\x1b');
      const dumb = project.terminal('TERM=dumb guestkit watch');
      await dumb.sees('watching asm/**/*.asm: save to run, Enter runs again, h helps, q quits\r\n✓ asm/a');
      dumb.type('h');
      await dumb.sees('run what failed');
      await quit(dumb);
      expect(dumb.stdout).not.toContain('\x1b');
    });

    it('draws a name and an output that could steer the terminal without what would', async () => {
      const project = new Project();
      project.write('asm/e\x1b[31mvil.asm', version(1));
      project.write('asm/e\x1b[31mvil.golden', 'x\x1b]0;title\x07\n');
      const running = project.terminal('NO_COLOR=1 guestkit watch');
      await rests(running, '0 passed, 1 failed');
      for (const found of ['\x1b[31m', '\x1b]', '\x07']) expect(running.stdout).not.toContain(found);
      await quit(running);
    });
  });
});

describe.skipIf(!works('tmux', ['-V']))('guestkit watch', () => {
  describeKvm('in tmux', () => {
    it('draws, answers keys, and fits the window when its size changes', async () => {
      const project = new Project();
      for (const name of ['a', 'b']) guestWith(project, name, 1, 1);
      guestWith(project, 'c', 1, 2);
      mkdirSync(project.path('../socket'));
      const env = project.env({ TMUX_TMPDIR: project.path('../socket'), LC_ALL: 'C.UTF-8', TMUX: undefined });
      // In the foreground, so that it ends with the test.
      const server = spawn('tmux', ['-D', '-f', project.write('../tmux.conf', '')], { env, stdio: 'ignore' });
      onTestFinished(() => void server.kill());
      const tmux = (...args: string[]): Promise<Ended> => project.startProgram('tmux', args, { env }).ended;
      const screenHas = async (text: string): Promise<string> => {
        for (;;) {
          const { stdout } = await tmux('capture-pane', '-t', 'w', '-p');
          if (stdout.includes(text)) return stdout.trimEnd();
          await sleep(50);
        }
      };
      const watch = `'${process.execPath}' '${MAIN}' watch; echo ended; cat`;
      // The server may not listen yet.
      while ((await tmux('new-session', '-d', '-s', 'w', '-x', '90', '-y', '24', watch)).status !== 0)
        await sleep(50);
      const first = await screenHas('watching 3 guests, h help');
      expect(shown(first)).toEqual(['✓ asm/a', '✓ asm/b', '✗ asm/c']);
      await tmux('resize-window', '-t', 'w', '-x', '40', '-y', '12');
      const small = await screenHas('2 passed, 1 failed');
      expect(small.split('\n').at(-1)?.length).toBeLessThan(40);
      await tmux('send-keys', '-t', 'w', 'f');
      await screenHas('✗ asm/c');
      project.write('asm/c.golden', 'version 1\n');
      expect(shown(await screenHas('3 passed, 0 failed'))).toEqual(['✓ asm/c']);
      await tmux('send-keys', '-t', 'w', 'q');
      await screenHas('ended');
    });
  });
});
