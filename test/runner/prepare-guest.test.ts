import { mkdirSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunnableCase } from '../../src/runner/guest.ts';
import { type PreparedGuest, prepareGuest } from '../../src/runner/prepare-guest.ts';
import { works } from '../support/cli.ts';
import { exit, guest, prints, SLOW_SOURCE } from '../support/guests.ts';
import { NASM, sourceOf, useProject } from './project.ts';

const project = useProject();

function prepare(path: string, named = false): Promise<PreparedGuest> {
  return prepareGuest(sourceOf(path, named), NASM, undefined);
}

async function cases(path: string, named = false): Promise<readonly RunnableCase[]> {
  const { guest: made, error } = await prepare(path, named);
  expect(error).toBeUndefined();
  return made?.cases ?? [];
}

async function names(path: string, named = false): Promise<string[]> {
  return (await cases(path, named)).map(
    ({ testCase: { name, stem, line } }) => `${name} | ${stem} | ${line}`,
  );
}

describe('a source', () => {
  it.each(['.golden', '.debug.golden', '.regs.golden', '.mem.golden', '.exits.golden'])(
    'with a %s is a test case',
    async (ending) => {
      project.guest('asm/x.asm', prints('x'), { [ending]: '' });
      expect(await names('asm/x.asm')).toEqual(['asm/x | asm/x | 1']);
    },
  );

  it.each(['; expect: x', '; guestkit: exit=0', '; guestkit: timeout=1s'])(
    'that says "%s" is a test case',
    async (comment) => {
      project.guest('asm/x.asm', prints('x', exit(0), comment));
      expect(await names('asm/x.asm')).toEqual(['asm/x | asm/x | 1']);
    },
  );

  it('with cases is these, each with goldens of its own', async () => {
    const source = `nop\n; case: one input="1"\n; expect: 1\n; case: two-2 exit=3\n${exit(0)}\n`;
    project.guest('asm/x.asm', source, { '.one.golden': 'first', '.two-2.regs.golden': 'ax' });
    expect(await names('asm/x.asm')).toEqual([
      'asm/x > one | asm/x.one | 2',
      'asm/x > two-2 | asm/x.two-2 | 4',
    ]);
    const [one, two] = await cases('asm/x.asm');
    expect(Object.keys(one?.goldens ?? {})).toEqual(['serial']);
    expect(Object.keys(two?.goldens ?? {})).toEqual(['regs']);
    expect(one?.plan.settings).toEqual({ input: new Uint8Array([0x31]) });
  });

  it('with routine tests is these, and itself where it has a golden too', async () => {
    const source = guest('jmp start', '; test: f ax=1 -> ax=2', 'f: inc ax', 'ret', 'start:', exit(0));
    project.guest('asm/x.asm', source);
    expect(await names('asm/x.asm')).toEqual(['asm/x > f ax=1 -> ax=2 | asm/x | 4']);
    project.write('asm/x.golden');
    expect(await names('asm/x.asm')).toEqual(['asm/x | asm/x | 1', 'asm/x > f ax=1 -> ax=2 | asm/x | 4']);
    const [whole, routine] = await cases('asm/x.asm');
    expect(Object.keys(whole?.goldens ?? {})).toEqual(['serial']);
    expect(routine?.goldens).toEqual({});
  });

  it('that a person names is a test case, one that nobody names is none and is not even assembled', async () => {
    project.guest('asm/x.asm', 'this is no source\n');
    expect(await prepare('asm/x.asm')).toMatchObject({ error: undefined, guest: { cases: [] } });
    expect(await prepare('asm/x.asm', true)).toMatchObject({ error: { code: 'assembly' }, guest: undefined });
    project.guest('asm/x.asm', prints('x'));
    expect(await names('asm/x.asm', true)).toEqual(['asm/x | asm/x | 1']);
  });

  it('tells the files that decide about it: its own first, then includes, and where one could come first', async () => {
    project.guest('asm/x.asm', `%include "part.inc"\n${prints('x')}`, { '.golden': 'x', '.in': '' });
    project.write('asm/part.inc', 'nop\n');
    expect(await prepare('asm/x.asm')).toMatchObject({
      files: ['asm/x.asm', 'asm/x.golden', 'asm/x.in', join(project.folder, 'asm/part.inc')],
      absent: [join(project.folder, 'part.inc')],
    });
  });

  it('tells them of a broken one, too', async () => {
    project.guest('asm/x.asm', '%include "missing.inc"\n', { '.golden': 'x' });
    const { error, files } = await prepare('asm/x.asm');
    expect(error?.code).toBe('assembly');
    expect(files).toEqual(
      expect.arrayContaining(['asm/x.asm', 'asm/x.golden', join(project.folder, 'asm/missing.inc')]),
    );
  });
});

describe('the input of a case', () => {
  async function inputs(path: string): Promise<(string | undefined)[]> {
    return (await cases(path)).map(({ plan, error }) => {
      const { input } = plan.settings;
      return error?.message ?? (input === undefined ? undefined : Buffer.from(input).toString('latin1'));
    });
  }

  it('is the file beside the source', async () => {
    project.guest('asm/x.asm', prints('x'), { '.golden': 'x', '.in': 'from \xfe file' });
    expect(await inputs('asm/x.asm')).toEqual([Buffer.from('from \xfe file').toString('latin1')]);
  });

  it('is the file of the case, else its own setting, else what the source has', async () => {
    const source = 'nop\n; case: one\n; case: two input="said"\n; case: three\n';
    project.guest('asm/x.asm', source, { '.one.in': 'own', '.in': 'shared' });
    expect(await inputs('asm/x.asm')).toEqual(['own', 'said', 'shared']);
    rmSync('asm/x.in');
    expect(await inputs('asm/x.asm')).toEqual(['own', 'said', undefined]);
    project.write('asm/x.asm', `; guestkit: input="all"\n${source}`);
    expect(await inputs('asm/x.asm')).toEqual(['own', 'said', 'all']);
  });

  it('is an error with its place where a setting and a file both say it, for this case only', async () => {
    const source = 'nop\n; case: one input="a"\n; case: two\n';
    project.guest('asm/x.asm', source, { '.one.in': 'b' });
    const [one, two] = await cases('asm/x.asm');
    expect(one?.error).toMatchObject({
      code: 'directive',
      message: 'asm/x.asm:2:1: input= and asm/x.one.in both say what it receives',
      place: { file: 'asm/x.asm', line: 2, column: 1 },
    });
    expect(two?.error).toBeUndefined();
  });

  it.each(['; expect: x', '; case: one', '; test: f -> ax=1'])(
    'is that error also for what the source says for all: %s',
    async (comment) => {
      project.guest('asm/x.asm', `; guestkit: input="a"\n${comment}\nf: ret\n`, { '.in': 'b' });
      const [found] = await cases('asm/x.asm');
      expect(found?.error?.message).toContain('input= and asm/x.in both say what it receives');
    },
  );

  it('is what routine tests receive, too', async () => {
    project.guest('asm/x.asm', '; test: f -> ax=1\nf: ret\n', { '.in': 'b' });
    expect(await inputs('asm/x.asm')).toEqual(['b']);
  });

  it('is an error where the file cannot be read', async () => {
    project.guest('asm/x.asm', prints('x'), { '.golden': 'x' });
    mkdirSync('asm/x.in');
    const [found] = await cases('asm/x.asm');
    expect(found?.error).toMatchObject({ code: 'file', message: 'cannot read asm/x.in: it is a folder' });
    expect(found?.plan.settings.input).toBeUndefined();
  });
});

describe('what cannot be made ready is a plain error', () => {
  it('for a golden that is a folder, of this case only', async () => {
    project.guest('asm/x.asm', 'nop\n; case: one\n; case: two\n', { '.two.golden': '' });
    mkdirSync('asm/x.one.golden');
    const made = await prepare('asm/x.asm');
    const [one, two] = made.guest?.cases ?? [];
    expect(one?.error).toEqual({
      code: 'file',
      message: 'cannot read asm/x.one.golden: it is a folder',
      hint: undefined,
      diagnostics: undefined,
      place: undefined,
    });
    expect(two?.error).toBeUndefined();
    expect(made.record).toBeUndefined();
  });

  it('for a golden that is too large, without reading it', async () => {
    project.guest('asm/x.asm', prints('x'), { '.golden': '' });
    truncateSync('asm/x.golden', 2 ** 30);
    const [found] = await cases('asm/x.asm');
    expect(found?.error).toMatchObject({
      code: 'file',
      message: expect.stringContaining('1073741824 bytes'),
    });
  });

  it('for a wrong comment, with its place', async () => {
    project.guest('asm/x.asm', 'nop ; guestkit: exti=3\n');
    const { error, guest: made } = await prepare('asm/x.asm');
    expect(made).toBeUndefined();
    expect(error).toMatchObject({
      code: 'directive',
      message: expect.stringContaining('exit'),
      place: { file: 'asm/x.asm', line: 1, column: expect.any(Number) },
    });
    expect(structuredClone(error)).toEqual(error);
  });

  it('for what NASM refuses, with all that it says', async () => {
    project.guest('asm/x.asm', 'nop\nmov ax, missing\nmov bx, gone\n', { '.golden': '' });
    const { error } = await prepare('asm/x.asm');
    expect(error).toMatchObject({ code: 'assembly', place: undefined });
    expect(error?.diagnostics?.map(({ line }) => line)).toEqual(expect.arrayContaining([2, 3]));
    expect(structuredClone(error)).toEqual(error);
  });

  it('for a source that is gone, a folder, a link to nowhere', async () => {
    project.write('asm/y.asm');
    symlinkSync('nowhere', 'asm/link.asm');
    mkdirSync('asm/folder.asm');
    for (const path of ['asm/gone.asm', 'asm/link.asm', 'asm/folder.asm']) {
      const { error } = await prepare(path);
      expect(error, path).toMatchObject({ code: 'file', message: expect.stringContaining(path) });
    }
  });

  it.skipIf(!works('mkfifo', ['--version']))('for a pipe, and for a device, which never end', async () => {
    project.write('asm/y.asm');
    expect(works('mkfifo', ['asm/pipe.asm'])).toBe(true);
    symlinkSync('/dev/zero', 'asm/zero.asm');
    for (const path of ['asm/pipe.asm', 'asm/zero.asm']) {
      const { error } = await prepare(path);
      expect(error, path).toMatchObject({
        code: 'file',
        message: expect.stringContaining('no regular file'),
      });
    }
  });

  it('after a stop: NASM is not waited for', async () => {
    project.guest('asm/x.asm', SLOW_SOURCE, { '.golden': '' });
    const stop = new AbortController();
    const made = prepareGuest(sourceOf('asm/x.asm'), NASM, stop.signal);
    setTimeout(() => stop.abort(), 20);
    expect(await made).toMatchObject({ guest: undefined, error: expect.anything(), record: undefined });
  });
});
