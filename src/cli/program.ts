import { Command, CommanderError } from 'commander';
import { commands } from './commands/index.ts';
import { STATUS } from './status.ts';
import { usesColour } from './terminal.ts';
import { version } from './version.ts';

const EXAMPLES = `
Examples:
  guestkit new hello                  write asm/hello.asm and asm/hello.golden
  guestkit run asm/hello.asm          assemble it and run it in KVM
  guestkit watch asm/hello.asm        do that again at every save
  guestkit test                       run every guest that has a golden
  guestkit doctor                     say what is missing on this machine

Exit status: 0 good, 1 a test failed, 2 usage, 124 time limit, 125 guestkit failed (assembler errors
too), 126 the guest crashed, 130 Ctrl+C; \`run\` gives the guest's own code where it ended by itself.`;

/** Parses the command line and carries it out. @returns the exit status */
export async function runProgram(argv: readonly string[]): Promise<number> {
  let status: number = STATUS.ok;
  const program = new Command('guestkit')
    .description('Assemble, run, watch and test bare-metal x86 guests in KVM.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError()
    .configureOutput({ getOutHasColors: () => usesColour(1), getErrHasColors: () => usesColour(2) })
    .exitOverride();
  for (const register of commands) {
    register(program, (result) => {
      status = result;
    });
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    // Help and the version are printed by then, and so is what was wrong with the command line.
    if (error instanceof CommanderError) return error.exitCode === 0 ? STATUS.ok : STATUS.usage;
    throw error;
  }
  return status;
}
