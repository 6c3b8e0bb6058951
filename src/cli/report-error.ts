import { GuestkitError, unforeseen } from '../errors.ts';
import { AssemblyError } from '../nasm/assembly-error.ts';
import { STATUS } from './status.ts';
import { STDERR, say, styleFor } from './terminal.ts';

/** Says what went wrong and what to do about it, on stderr, and gives the exit status for it. Ctrl+C needs no words. */
export async function reportError(error: unknown): Promise<number> {
  if (error instanceof Error && error.name === 'AbortError') return STATUS.interrupted;
  const style = styleFor(STDERR);
  const label = style('red', 'guestkit:');
  if (!(error instanceof GuestkitError)) {
    const { message, hint } = unforeseen(error);
    say([`${label} ${message}`, hint]);
    return STATUS.guestkitFailed;
  }
  if (error instanceof AssemblyError) {
    // Loaded here, since every start would pay for what only a broken source needs.
    const { renderNasm } = await import('./diagnostics.ts');
    say(renderNasm(error.diagnostics, style));
  } else {
    say(`${label} ${error.message}`);
  }
  if (error.hint !== undefined) say(error.hint);
  return error.code === 'usage' || error.code === 'config' ? STATUS.usage : STATUS.guestkitFailed;
}
