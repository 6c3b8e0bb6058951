import { run } from './commands/run.ts';
import { reportError } from './report-error.ts';

/** Carries out a command line and ends the process with its status. */
export async function launch(argv: readonly string[]): Promise<void> {
  // NO_COLOR wins. Node itself would warn on stderr that it has both.
  if (process.env['NO_COLOR']) delete process.env['FORCE_COLOR'];
  let status: number;
  try {
    status = await dispatch(argv);
  } catch (error) {
    status = await reportError(error);
  }
  process.exit(status);
}

/**
 * `guestkit run FILE` is what people, scripts and editors start again and again, so it does not wait for the
 * command line parser to load: with a file and no option there is nothing to parse.
 */
async function dispatch(argv: readonly string[]): Promise<number> {
  const [command, file] = argv;
  if (argv.length === 2 && command === 'run' && file !== undefined && !file.startsWith('-'))
    return run(file, {});
  const { runProgram } = await import('./program.ts');
  return runProgram(argv);
}
