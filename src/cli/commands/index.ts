import { REPORTERS } from '../../report/reporters.ts';
import type { RegisterCommand } from '../command.ts';
import type { TestFlags } from '../test-flags.ts';

/** The last part of a command's help: lines to copy, each with what it does. */
function examples(...lines: readonly (readonly [command: string, meaning: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  const shown = lines.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`);
  return `\nExamples:\n${shown.join('\n')}`;
}

/** For an option that may be given more than once. */
function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** All commands, in the order of the help. What they carry out is loaded when one is called. */
export const commands: readonly RegisterCommand[] = [
  (program, done) => {
    program
      .command('new')
      .description('write a guest and its golden from a template')
      .argument('[name]', 'the guest: "hello" becomes asm/hello.asm')
      .option('-t, --template <name>', 'what to start from', 'hello')
      .option('-l, --list', 'list the templates')
      .addHelpText(
        'after',
        examples(
          ['guestkit new hello', 'write asm/hello.asm and asm/hello.golden'],
          ['guestkit new uart/echo --template echo', 'write asm/uart/echo.asm from another template'],
          ['guestkit new --list', 'name the templates'],
        ),
      )
      .action(async (name: string | undefined, flags: { template: string; list?: boolean }) => {
        done((await import('./new.ts')).newGuest(name, flags));
      });
  },
  (program, done) => {
    program
      .command('build')
      .description('assemble guests into build/: image, symbols and listing')
      .argument('<file...>', 'sources')
      .addHelpText(
        'after',
        examples(
          ['guestkit build asm/hello.asm', 'write build/hello.bin, .sym and .lst'],
          ['guestkit build asm/*.asm', 'build all of them'],
        ),
      )
      .action(async (files: string[]) => {
        done(await (await import('./build.ts')).build(files));
      });
  },
  (program, done) => {
    program
      .command('run')
      .description('run a guest: serial output on stdout, its exit code as status')
      .argument('<file>', 'a source, or a flat image (.bin)')
      .option(
        '--timeout <time>',
        'stop it after this time: 500ms, 5s, 2m (default: 5s, or what the source says)',
      )
      .option('--memory <size>', 'memory: 64K, 1M, 2M (default: 1M, or what the source says)')
      .option(
        '--input <text>',
        'what arrives on its serial port: TEXT with \\r \\n \\xNN, @FILE, or - for stdin',
      )
      .option('--regs', 'print the registers at the end')
      .option('--json', 'print the result as JSON instead of the output')
      .addHelpText(
        'after',
        examples(
          ['guestkit run asm/hello.asm', 'assemble it and run it'],
          ['guestkit run build/hello.bin --regs', 'run an image, then show the registers'],
          ['guestkit run asm/echo.asm --input "hi\\r"', 'send two letters and Enter to its serial port'],
          ['guestkit run asm/echo.asm --input - < text', 'send a file to it as it reads'],
          ['guestkit run asm/hello.asm --timeout 500ms --json', 'the result for another program'],
        ),
      )
      .action(async (file: string, flags: Record<string, string | boolean>) => {
        done(await (await import('./run.ts')).run(file, flags));
      });
  },
  (program, done) => {
    program
      .command('watch')
      .description('build and run guests again at every save, and compare with their goldens')
      .argument('[file...]', 'sources, or parts of their paths (default: the whole suite)')
      .addHelpText(
        'after',
        examples(
          ['guestkit watch', 'run all test cases, and at every save those that it concerns'],
          ['guestkit watch asm/hello.asm', 'run one guest at every save, of its includes too'],
          ['guestkit watch uart', 'only guests with uart in their path'],
        ),
      )
      .action(async (files: string[]) => {
        done(await (await import('./watch.ts')).watch(files));
      });
  },
  (program, done) => {
    program
      .command('test')
      .description('run the test cases of the project, and compare')
      .argument('[filter...]', 'only sources whose path contains one of these')
      .option('-t, --test-name <pattern>', 'only test cases whose name matches this regular expression')
      .option('-u, --update', 'accept what the guests give as their goldens')
      .option('--prune', 'delete goldens that belong to no test case any more')
      .option('-j, --jobs <n>', 'how many guests run at a time (default: one for each CPU)')
      .option('--bail [n]', 'stop after this many failures (default: 1)')
      .option('--retry <n>', 'try a case that fails again, up to this often; a pass then counts as flaky')
      .option('--repeat <n>', 'run every case this often, until it fails')
      .option('--failed', 'only the cases that failed the last time')
      .option('--changed [ref]', 'only what files changed since this revision concern (default: HEAD)')
      .option('--shard <i/n>', 'only the i-th of n parts, for several machines')
      .option('--reporter <name[=file]>', `${Object.keys(REPORTERS).join(', ')}; may be repeated`, collect)
      .option('--merge-reports <path>', 'run nothing: put the json reports of shards together')
      .addHelpText(
        'after',
        examples(
          ['guestkit test', 'run them all'],
          ['guestkit test uart echo', 'those with uart or echo in their path'],
          ['guestkit test asm/itoa.asm -t "ax=42"', 'one case of one source'],
          ['guestkit test -u asm/new.asm', 'make what it prints its golden'],
          ['guestkit test --failed --bail', 'what failed the last time, until the first failure'],
          ['guestkit test --reporter dot --reporter junit=out.xml', 'two reports, one of them in a file'],
        ),
      )
      .action(async (filters: string[], flags: TestFlags) => {
        done(await (await import('./test.ts')).test(filters, flags));
      });
  },
  (program, done) => {
    program
      .command('review')
      .description('look at what guests give that is not in their goldens, one by one: accept or reject')
      .argument('[filter...]', 'only sources whose path contains one of these')
      .addHelpText(
        'after',
        examples(['guestkit review', 'all of them'], ['guestkit review asm/uart', 'those below asm/uart']),
      )
      .action(async (filters: string[]) => {
        done(await (await import('./review.ts')).review(filters));
      });
  },
  (program, done) => {
    program
      .command('doctor')
      .description('check KVM, NASM and Node, and say how to mend what is wrong')
      .option('--json', 'print the findings as JSON')
      .addHelpText(
        'after',
        examples(
          ['guestkit doctor', 'say what is missing, and the fix'],
          ['guestkit doctor --json', 'the same for another program'],
        ),
      )
      .action(async (flags: { json?: boolean }) => {
        done(await (await import('./doctor.ts')).doctor(flags));
      });
  },
];
