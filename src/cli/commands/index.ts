import type { RegisterCommand } from '../command.ts';

/** The last part of a command's help: lines to copy, each with what it does. */
function examples(...lines: readonly (readonly [command: string, meaning: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  const shown = lines.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`);
  return `\nExamples:\n${shown.join('\n')}`;
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
      .argument('<file...>', 'sources')
      .addHelpText(
        'after',
        examples(
          ['guestkit watch asm/hello.asm', 'run it at every save, of its includes too'],
          ['guestkit watch asm/*.asm', 'watch all of them'],
        ),
      )
      .action(async (files: string[]) => {
        done(await (await import('./watch.ts')).watch(files));
      });
  },
  (program, done) => {
    program
      .command('test')
      .description('run every asm/**/*.asm that has a .golden, and compare')
      .argument('[filter...]', 'only guests whose path contains one of these')
      .option('-u, --update', 'accept what the guests print as their goldens')
      .addHelpText(
        'after',
        examples(
          ['guestkit test', 'run them all'],
          ['guestkit test uart echo', 'those with uart or echo in their path'],
          ['guestkit test -u asm/new.asm', 'make what it prints its golden'],
        ),
      )
      .action(async (filters: string[], flags: { update?: boolean }) => {
        done(await (await import('./test.ts')).test(filters, flags));
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
