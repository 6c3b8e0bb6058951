import { type ChildProcess, spawn } from 'node:child_process';

/** Long enough for a busy machine: only a test that fails waits for it. */
const PATIENCE_MS = 20_000;

/** How a process ended. */
export interface Ended {
  /** `null` when a signal ended it. */
  status: number | null;
  signal: NodeJS.Signals | null;
  /** Standard output, byte for byte. */
  bytes: Buffer;
  stdout: string;
  stderr: string;
}

export interface StartOptions {
  /** What standard input holds; then it ends. Without it standard input is `/dev/null`. */
  input?: string | Uint8Array;
  /** Standard input stays open, and the test writes to it. */
  openInput?: boolean;
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
}

/** A process and what it has printed so far. */
export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly #stdout: Buffer[] = [];
  readonly #stderr: Buffer[] = [];
  readonly #listeners: Set<() => void> = new Set();
  #seen = 0;
  #over = false;

  constructor(program: string, args: readonly string[], options: StartOptions & { env: NodeJS.ProcessEnv }) {
    const wantsInput = options.input !== undefined || options.openInput === true;
    this.child = spawn(program, args, {
      cwd: options.cwd,
      // A group of its own, so that a shell's children can be ended with it.
      detached: true,
      env: options.env,
      stdio: [wantsInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => this.#take(this.#stdout, chunk));
    this.child.stderr?.on('data', (chunk: Buffer) => this.#take(this.#stderr, chunk));
    // It may end before it has read everything.
    this.child.stdin?.on('error', () => undefined);
    if (options.input !== undefined) this.child.stdin?.end(options.input);
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (status, signal) => {
        this.#over = true;
        this.#notify();
        resolve({ status, signal, bytes: this.bytes, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#stdout);
  }

  get stdout(): string {
    return this.bytes.toString('utf8');
  }

  get stderr(): string {
    return Buffer.concat(this.#stderr).toString('utf8');
  }

  /** What stands on stdout behind the text last waited for. */
  get unseen(): string {
    return this.stdout.slice(this.#seen);
  }

  /** Waits until `text` stands on stdout, behind what was waited for before; returns what stands between. */
  async sees(text: string | RegExp): Promise<string> {
    const find = (): { at: number; length: number } | undefined => {
      if (typeof text === 'string') {
        const at = this.unseen.indexOf(text);
        return at === -1 ? undefined : { at, length: text.length };
      }
      const match = text.exec(this.unseen);
      return match === null ? undefined : { at: match.index, length: match[0].length };
    };
    await this.until(() => find() !== undefined, String(text));
    const { at, length } = find() ?? { at: 0, length: 0 };
    const between = this.unseen.slice(0, at);
    this.#seen += at + length;
    return between;
  }

  /** Waits until `condition` holds; it is looked at whenever the process prints something. */
  until(condition: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (problem?: string): void => {
        clearTimeout(timer);
        this.#listeners.delete(check);
        if (problem === undefined) resolve();
        else reject(new Error(`${problem} ${what}\nstdout: ${this.stdout}\nstderr: ${this.stderr}`));
      };
      const check = (): void => {
        if (condition()) finish();
        else if (this.#over) finish('the process ended, and there was no');
      };
      const timer = setTimeout(() => finish('waited in vain for'), PATIENCE_MS);
      this.#listeners.add(check);
      check();
    });
  }

  /** Writes to its standard input. */
  type(text: string): void {
    this.child.stdin?.write(text);
  }

  kill(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }

  /** Ends what is left of it and its children. */
  async clear(): Promise<void> {
    const { pid } = this.child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Nothing is left.
    }
    await this.ended;
  }

  #take(chunks: Buffer[], chunk: Buffer): void {
    chunks.push(chunk);
    this.#notify();
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
