import { GuestkitError } from '../../errors.ts';
import { Kvm } from '../../hypervisor/kvm/system.ts';
import { joined, linesOf } from '../../report/text.ts';
import { caseError } from '../../runner/case-error.ts';
import { Suite } from '../../runner/suite.ts';
import { Watcher } from '../../watch/watcher.ts';
import { onKey } from '../keys.ts';
import { STATUS } from '../status.ts';
import { isCi, STDOUT, styleFor, writeAll } from '../terminal.ts';
import { NO_FILTER } from '../watch-events.ts';
import { WatchKeys } from '../watch-keys.ts';
import { WatchedProject } from '../watch-project.ts';
import { ScreenView } from '../watch-screen.ts';
import { WatchSession } from '../watch-session.ts';
import { PlainView, type WatchView } from '../watch-view.ts';

/** For a terminal that does not say: the VT100's. */
const USUAL = { rows: 24, columns: 80 };

/**
 * Builds, runs and compares the guests of the project, or those that are named, at every save, until the
 * person quits.
 * @param files sources, or parts of their paths; none: all of the suite
 * @returns the exit status
 */
export async function watch(files: readonly string[]): Promise<number> {
  if (isCi()) {
    throw new GuestkitError('usage', 'nothing is watched where CI is set', { hint: 'Use guestkit test.' });
  }
  using kvm = Kvm.open();
  let finish: (status: number) => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const quit = new Promise<number>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  // Nobody can wait for it before the session is open.
  quit.catch(() => undefined);
  const stop = (): void => finish(STATUS.interrupted);
  let hungUp = false;
  const hangUp = (): void => {
    hungUp = true;
    stop();
  };
  const write = (text: string): void => {
    try {
      // Nobody reads on: there is nothing left to watch for.
      if (!writeAll(STDOUT, text)) (process.stdout.isTTY ? hangUp : stop)();
    } catch (error) {
      fail(error);
    }
  };
  // Not `once`: execa ends the process when it finds no other listener while a child runs.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  process.on('SIGHUP', hangUp);

  const view = viewFor(write);
  const complain = (error: unknown): void => view.note(problemLines(error));
  const watcher = await Watcher.open({
    touched: (paths, namesMoved) => session.touched(paths, namesMoved),
    refused: complain,
  });
  const project = await WatchedProject.open(() => Suite.open(kvm), files);
  const session = new WatchSession(project, {
    begin: (targets) => view.begin(targets),
    report: (target) => view.report(target),
    slow: (target) => view.slow(target),
    rest: () => view.rest(),
    gone: (targets) => view.gone(targets),
    settings: (error) => view.problem(error === undefined ? [] : problemLines(error)),
    problem: complain,
    watch: (paths, folders) => watcher.watch(paths, folders),
  });
  view.open(session);
  const keys = new WatchKeys(session, view, finish);
  onKey((key) => keys.press(key), hangUp);
  session.runAll(NO_FILTER);
  try {
    return await quit;
  } finally {
    await session.close();
    await watcher.close();
    if (hungUp && process.stdin.isTTY) await endByHangup();
  }
}

/** Node wants to put the terminal back when it ends, and aborts when there is none any more. */
async function endByHangup(): Promise<never> {
  process.stdin.setRawMode(false);
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
  return await new Promise<never>(() => undefined);
}

function viewFor(write: (text: string) => void): WatchView {
  const style = styleFor(STDOUT);
  const { stdout, stdin } = process;
  if (!stdout.isTTY || process.env['TERM'] === 'dumb') {
    const keys = stdin.isTTY ? 'Enter runs again, h helps, q quits' : 'Ctrl+C quits';
    return new PlainView((lines) => write(joined(lines)), style, keys);
  }
  const size = (): typeof USUAL => ({
    rows: stdout.rows || USUAL.rows,
    columns: stdout.columns || USUAL.columns,
  });
  const screen = new ScreenView({ write, size }, style);
  stdout.on('resize', () => screen.redraw());
  // What the person's shell writes next begins on a line of its own.
  process.once('exit', () => write('\n'));
  return screen;
}

/** What is wrong with the project, and what to do about it. */
function problemLines(error: unknown): string[] {
  const style = styleFor(STDOUT);
  const { message, hint } = caseError(error);
  const lines = [...linesOf(message), ...(hint === undefined ? [] : linesOf(hint))];
  return lines.map((line, index) => (index === 0 ? `${style('red', 'guestkit:')} ${line}` : line));
}
