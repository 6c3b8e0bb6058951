import type { Context, Script } from 'node:vm';

interface Sandbox {
  script: Script;
  context: Context;
  box: { work: (() => unknown) | undefined };
}

let sandbox: Sandbox | undefined;

/**
 * The result of `work`, or `undefined` when it took longer than `ms` milliseconds and was stopped wherever it
 * was, also inside a regular expression: nothing else of JavaScript can end one. What `work` throws is passed on.
 */
export function withinTime<Result extends object>(ms: number, work: () => Result): Result | undefined {
  sandbox ??= makeSandbox();
  const { script, context, box } = sandbox;
  let result: Result | undefined;
  box.work = () => {
    result = work();
  };
  try {
    script.runInContext(context, { timeout: ms });
    return result;
  } catch (error) {
    if (isTimeout(error)) return undefined;
    throw error;
  } finally {
    // It holds the output of a guest.
    box.work = undefined;
  }
}

/** Loaded without `import`, which costs each start: few runs have a regular expression, and none waits for one. */
function makeSandbox(): Sandbox {
  const { createContext, Script } = process.getBuiltinModule('node:vm');
  const box: Sandbox['box'] = { work: undefined };
  return { script: new Script('work()'), context: createContext(box), box };
}

/** The error is made in the sandbox: it is no instance of this side's Error. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
