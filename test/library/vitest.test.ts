import { afterAll, beforeAll, expect, it } from 'vitest';
import { Project } from '../support/cli.ts';
import { exit, guest, prints, SPIN } from '../support/guests.ts';
import { describeKvm } from '../support/kvm.ts';
import { begin, type Installed, install, programOf } from './installed.ts';

let installed: Installed;
beforeAll(() => {
  installed = install();
});
afterAll(() => installed.remove());

/** Each test's title and how it went: `passed`, or what it failed with. */
type Results = Readonly<Record<string, string>>;

interface JsonReport {
  testResults: readonly {
    assertionResults: readonly { title: string; status: string; failureMessages: readonly string[] }[];
  }[];
  snapshot: { added: number; updated: number; unmatched: number; matched: number };
}

interface Run {
  results: Results;
  snapshot: JsonReport['snapshot'];
  stdout: string;
}

/** `vitest run ARGS` in a project. */
async function vitest(
  project: Project,
  args: readonly string[] = [],
  env: { CI?: string } = {},
): Promise<Run> {
  const program = [programOf(project, 'vitest'), 'run', '--reporter=json', '--outputFile=results.json'];
  const run = project.startProgram(process.execPath, [...program, ...args], {
    env: { NO_COLOR: '1', ...env },
  });
  const { stdout, stderr } = await run.ended;
  expect(project.has('results.json'), stdout + stderr).toBe(true);
  const { testResults, snapshot }: JsonReport = JSON.parse(project.read('results.json'));
  const results: Record<string, string> = {};
  for (const { title, status, failureMessages } of testResults.flatMap((file) => file.assertionResults)) {
    results[title] = status === 'failed' ? failureMessages.join('\n') : status;
  }
  return { results, snapshot, stdout };
}

/** A test file with a test for each of these, by its title. */
function tests(bodies: Readonly<Record<string, string>>): string {
  return [
    "import { runGuest } from 'guestkit';",
    "import 'guestkit/vitest';",
    "import { expect, test } from 'vitest';",
    ...Object.entries(bodies).map(([title, body]) => `test('${title}', async () => { ${body} });`),
    '',
  ].join('\n');
}

function newProject(): Project {
  const project = new Project();
  begin(project, installed);
  project.write('asm/other.asm', prints('other\n', exit(3)));
  project.write('asm/other.golden', 'another\n');
  project.write('asm/new.asm', prints('new\n'));
  project.write('asm/spin.asm', prints('spin\n', SPIN));
  return project;
}

const GOLDENS: Readonly<Record<string, string>> = {
  good: "expect(await runGuest('asm/hello.asm')).toMatchGolden()",
  differs: "expect(await runGuest('asm/other.asm')).toMatchGolden()",
  new: "expect(await runGuest('asm/new.asm')).toMatchGolden()",
  spin: "expect(await runGuest('asm/spin.asm', { timeoutMs: 30 })).toMatchGolden()",
  not: "expect(await runGuest('asm/hello.asm')).not.toMatchGolden('asm/other.golden')",
};

describeKvm('guestkit/vitest', () => {
  it('passes and fails with messages that help', async () => {
    const project = newProject();
    project.write('asm/halt.asm', guest('hlt'));
    project.write(
      'guests.test.ts',
      tests({
        good: "const run = await runGuest('asm/hello.asm'); expect(run).toExitWith(0); expect(run).toPrint('bare'); expect(run).not.toHalt()",
        resolves: "await expect(runGuest('asm/halt.asm')).resolves.toHalt()",
        exit: "expect(await runGuest('asm/other.asm')).toExitWith(0)",
        print: "expect(await runGuest('asm/hello.asm')).toPrint(/Hello to/)",
        not: "expect(await runGuest('asm/hello.asm')).not.toPrint('Hello')",
        custom: "expect(await runGuest('asm/halt.asm'), 'mine').toExitWith(0)",
        forgotten: "expect(runGuest('asm/hello.asm')).toExitWith(0)",
      }),
    );
    const { results } = await vitest(project);
    expect(results).toEqual({
      good: 'passed',
      resolves: 'passed',
      exit: expect.stringContaining(
        'asm/other.asm exited with 3, expected to exit with 0\nit printed:\n  other\n',
      ),
      print: expect.stringContaining("nearest to its 'Hello to': line 1: 'Hello from a bare CPU!'"),
      not: expect.stringContaining("'Hello' is in what it printed\n  found at line 1, column 1"),
      custom: expect.stringContaining(
        'mine: asm/halt.asm halted, expected to exit with 0\nit printed nothing',
      ),
      forgotten: expect.stringContaining("Wait for the guest: expect(await runGuest('asm/hello.asm'))"),
    });
  });

  it('writes new goldens on a machine of somebody, and refuses others', async () => {
    const project = newProject();
    project.write('guests.test.ts', tests(GOLDENS));
    const { results, snapshot } = await vitest(project);
    expect(results).toEqual({
      good: 'passed',
      differs: expect.stringMatching(
        /- another\n\+ other\nwritten by asm\/other\.asm:8: rep outsb\nIf this is right/,
      ),
      new: 'passed',
      spin: expect.stringContaining('timed out after 30 ms, and is not compared with asm/spin.golden'),
      not: 'passed',
    });
    expect(snapshot).toMatchObject({ added: 1, unmatched: 1, updated: 0 });
    expect(project.read('asm/new.golden')).toBe('new\n');
    expect(project.read('asm/other.golden')).toBe('another\n');
    expect(project.has('asm/spin.golden')).toBe(false);
  });

  it('replaces them with -u, but not by what a guest leaves that did not end', async () => {
    const project = newProject();
    project.write('asm/spin.golden', 'old');
    project.write('guests.test.ts', tests(GOLDENS));
    const { results, snapshot } = await vitest(project, ['-u']);
    expect(results).toMatchObject({ good: 'passed', differs: 'passed', new: 'passed', not: 'passed' });
    expect(results['spin']).toContain('timed out after 30 ms');
    expect(snapshot).toMatchObject({ added: 1, updated: 1 });
    expect(project.read('asm/other.golden')).toBe('other\n');
    expect(project.read('asm/spin.golden')).toBe('old');
    expect((await vitest(project)).results).toMatchObject({ differs: 'passed', new: 'passed' });
  });

  it('writes none in CI', async () => {
    const project = newProject();
    project.write('guests.test.ts', tests(GOLDENS));
    const { results } = await vitest(project, [], { CI: '1' });
    expect(results['good']).toBe('passed');
    expect(results['new']).toContain('asm/new.asm has no golden: asm/new.golden is not there');
    expect(project.has('asm/new.golden')).toBe(false);
  });

  it.each(['forks', 'threads'])(
    'is set up once for all files, and leaves nothing open, in %s',
    async (pool) => {
      const project = newProject();
      project.write(
        'vitest.config.ts',
        `import { readdirSync, readlinkSync } from 'node:fs';
      import { defineConfig } from 'vitest/config';
      export default defineConfig({
        test: { globals: true, setupFiles: ['guestkit/vitest'], globalSetup: './global.ts' },
      });`,
      );
      project.write(
        'global.ts',
        `import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
      const target = (fd) => { try { return readlinkSync('/proc/self/fd/' + fd); } catch { return ''; } };
      export default () => () => {
        writeFileSync('held', readdirSync('/proc/self/fd').map(target).filter((path) => path.includes('kvm')).join());
      };`,
      );
      for (const name of ['a', 'b', 'c']) {
        project.write(
          `${name}.test.ts`,
          `import { runGuest } from 'guestkit';
        for (const index of [1, 2]) {
          test.concurrent('${name} ' + index, async ({ expect }) => {
            expect(await runGuest('asm/hello.asm')).toMatchGolden();
          });
        }`,
        );
      }
      const { results } = await vitest(project, ['--pool', pool]);
      expect(new Set(Object.values(results))).toEqual(new Set(['passed']));
      expect(Object.keys(results).length).toBe(6);
      expect(project.read('held')).toBe('');
    },
  );
});
