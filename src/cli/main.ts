#!/usr/bin/env node
import { reportError } from './report-error.ts';

/**
 * `guestkit run FILE` is what people, scripts and editors start again and again, so it does not wait for the
 * command line parser to load: with a file and no option there is nothing to parse.
 */
async function main(argv: readonly string[]): Promise<number> {
  const [command, file] = argv;
  if (argv.length === 2 && command === 'run' && file !== undefined && !file.startsWith('-')) {
    const { run } = await import('./commands/run.ts');
    return run(file, {});
  }
  const { runProgram } = await import('./program.ts');
  return runProgram(argv);
}

main(process.argv.slice(2))
  .catch(reportError)
  .then((status) => process.exit(status));
