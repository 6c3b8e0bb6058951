import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAIN, Project } from '../support/cli.ts';

const COMMANDS = ['new', 'build', 'run', 'watch', 'test', 'doctor'];

describe('help', () => {
  it.each(['--help', '-h', 'help'])(
    'guestkit %s shows every command, examples and the statuses',
    async (flag) => {
      const { status, stdout, stderr } = await new Project().run([flag]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      for (const command of COMMANDS) {
        expect(stdout).toMatch(new RegExp(`^  ${command} .*[a-z]`, 'm'));
      }
      expect(stdout).toContain('Examples:\n  guestkit new hello');
      for (const code of [0, 1, 2, 124, 125, 126, 130]) expect(stdout).toMatch(new RegExp(`\\b${code} `));
    },
  );

  it('guestkit alone shows the help as an error', async () => {
    const { status, stdout, stderr } = await new Project().run([]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Usage: guestkit');
  });

  describe.each(COMMANDS)('guestkit %s', (command) => {
    it.each([[[command, '--help']], [[command, '-h']], [['help', command]]])('%j', async (args) => {
      const { status, stdout, stderr } = await new Project().run(args);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^Usage: guestkit ${command} `));
      const [, examples = ''] = stdout.split('\nExamples:\n');
      const lines = examples.trimEnd().split('\n');
      expect(lines.length).toBeGreaterThanOrEqual(2);
      for (const line of lines) expect(line).toMatch(new RegExp(`^  guestkit ${command} ?.*  \\S`));
    });
  });

  it('names every option in the examples as it is', async () => {
    for (const command of COMMANDS) {
      const { stdout } = await new Project().run([command, '--help']);
      const [options = '', examples = ''] = stdout.split('\nExamples:\n');
      for (const [flag] of examples.matchAll(/(?<= )--?[a-z]+/g)) expect(options).toContain(flag);
    }
  });
});

describe('version', () => {
  it.each(['--version', '-V'])('guestkit %s', async (flag) => {
    const manifest: unknown = JSON.parse(readFileSync(join(dirname(dirname(MAIN)), 'package.json'), 'utf8'));
    const { status, stdout } = await new Project().run([flag]);
    expect(status).toBe(0);
    expect({ version: stdout.trimEnd() }).toMatchObject({ version: Object(manifest).version });
  });
});

describe('what is mistyped', () => {
  it.each([
    [['nwe'], "unknown command 'nwe'\n(Did you mean new?)"],
    [['tset'], "unknown command 'tset'\n(Did you mean test?)"],
    [['--verson'], "unknown option '--verson'\n(Did you mean --version?)"],
    [['test', '--updaet'], "unknown option '--updaet'\n(Did you mean --update?)"],
    [['doctor', 'now'], 'too many arguments'],
    [['frobnicate'], "unknown command 'frobnicate'"],
  ])('guestkit %j', async (args, message) => {
    const { status, stdout, stderr } = await new Project().run(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
