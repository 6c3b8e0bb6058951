import type { RegisterCommand } from '../command.ts';

/** All commands, in the order of the help. What they carry out is loaded when one is called. */
export const commands: readonly RegisterCommand[] = [
  (program, done) => {
    program
      .command('new')
      .description('write a guest and its golden from a template')
      .argument('[name]', 'the guest: "hello" becomes asm/hello.asm')
      .option('-t, --template <name>', 'what to start from', 'hello')
      .option('-l, --list', 'list the templates')
      .action(async (name: string | undefined, flags: { template: string; list?: boolean }) => {
        done((await import('./new.ts')).newGuest(name, flags));
      });
  },
  (program, done) => {
    program
      .command('build')
      .description('assemble guests into build/: image, symbols and listing')
      .argument('<file...>', 'sources')
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
      .action(async (file: string, flags: Record<string, string | boolean>) => {
        done(await (await import('./run.ts')).run(file, flags));
      });
  },
  (program, done) => {
    program
      .command('watch')
      .description('build and run guests again at every save, and compare with their goldens')
      .argument('<file...>', 'sources')
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
      .action(async (filters: string[], flags: { update?: boolean }) => {
        done(await (await import('./test.ts')).test(filters, flags));
      });
  },
  (program, done) => {
    program
      .command('doctor')
      .description('check KVM, NASM and Node, and say how to mend what is wrong')
      .option('--json', 'print the findings as JSON')
      .action(async (flags: { json?: boolean }) => {
        done(await (await import('./doctor.ts')).doctor(flags));
      });
  },
];
