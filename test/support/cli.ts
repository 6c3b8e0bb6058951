import { execFileSync } from 'node:child_process';
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
import { type Ended, Running, type StartOptions } from './running.ts';

/** The command as it is shipped. */
export const MAIN: string = join(dirname(dirname(import.meta.dirname)), 'dist', 'main.cjs');

/** What a person's shell or a CI server may have set, and what would change what guestkit does. */
const UNWANTED = [
  'CI',
  'GITHUB_ACTIONS',
  'NO_COLOR',
  'FORCE_COLOR',
  'NODE_EXTRA_CA_CERTS',
  'NASM',
  'NASMENV',
  'npm_command',
];

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
