import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, onTestFinished } from 'vitest';

/** The command as it is shipped. */
export const MAIN: string = join(dirname(dirname(import.meta.dirname)), 'dist', 'main.cjs');

/** Long enough for a busy machine: only a test that fails waits for it. */
const PATIENCE_MS = 20_000;

/** What a person's shell or a CI server may have set, and what would change what guestkit does. */
const UNWANTED = ['CI', 'NO_COLOR', 'FORCE_COLOR', 'NODE_EXTRA_CA_CERTS', 'NASM', 'NASMENV', 'npm_command'];

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

/** A fresh folder to work in, with an empty cache, and the command as a person starts it there. */
export class Project {
  readonly folder: string;
  readonly #home: string;
  readonly #started: Running[] = [];

  /** @param name of the folder, for those who want an odd one */
  constructor(name = 'project') {
    this.#home = realpathSync(mkdtempSync(join(tmpdir(), 'guestkit-test-')));
    this.folder = join(this.#home, name);
    mkdirSync(this.folder);
    mkdirSync(this.path('../tmp'));
    onTestFinished(async () => {
      for (const running of this.#started) await running.clear();
      rmSync(this.#home, { recursive: true, force: true });
    });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, content: string | Uint8Array): string {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  /** The environment of what is started here. */
  env(changes: Readonly<Record<string, string | undefined>> = {}): NodeJS.ProcessEnv {
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      GUESTKIT_CACHE_DIR: this.path('../cache'),
      TMPDIR: this.path('../tmp'),
      SHELL: '/bin/sh',
      TERM: 'xterm',
    };
    for (const name of UNWANTED) delete env[name];
    return { ...env, ...changes };
  }

  /** Starts `guestkit ARGS`. */
  start(args: readonly string[], options: StartOptions = {}): Running {
    return this.startProgram(process.execPath, [MAIN, ...args], options);
  }

  startProgram(program: string, args: readonly string[], options: StartOptions = {}): Running {
    const running = new Running(program, args, {
      cwd: this.folder,
      ...options,
      env: this.env(options.env),
    });
    this.#started.push(running);
    return running;
  }

  /** `guestkit ARGS`, to its end. */
  run(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
    return this.start(args, options).ended;
  }

  /** A shell command, in which `guestkit` is the command under test. */
  shell(command: string, options: StartOptions = {}): Running {
    return this.startProgram('/bin/sh', ['-c', this.#withCommand(command)], options);
  }

  /** The same in a terminal of its own; what is typed goes to that. stderr is on stdout, as it is there. */
  terminal(command: string, options: StartOptions = {}): Running {
    const args = ['-qefc', this.#withCommand(command), '/dev/null'];
    return this.startProgram('script', args, { openInput: true, ...options });
  }

  #withCommand(command: string): string {
    return `guestkit() { '${process.execPath}' '${MAIN}' "$@"; }; ${command}`;
  }
}

/** Tests that need a terminal: `script` of util-linux makes one. */
export function describeTerminal(name: string, body: () => void): void {
  describe.skipIf(!works('script', ['-qefc', 'true', '/dev/null']))(`[terminal] ${name}`, body);
}

/** Whether a program is there and ends with 0. */
export function works(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
