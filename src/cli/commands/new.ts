import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GuestkitError } from '../../errors.ts';
import { suggest } from '../../suggest.ts';
import { packageRoot } from '../package-root.ts';
import { STATUS } from '../status.ts';
import { STDOUT, say } from '../terminal.ts';

/** A template's name and the first line of its source, which says what it shows. */
interface Template {
  name: string;
  description: string;
}

/** Letters, digits and `. _ -` between slashes; no part begins with a dot or a dash. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}._-]*(\/[\p{L}\p{N}_][\p{L}\p{N}._-]*)*$/u;

/** Writes `asm/NAME.asm` and `asm/NAME.golden`; never over a file that is there. @returns the exit status */
export function newGuest(name: string | undefined, flags: { template: string; list?: boolean }): number {
  if (flags.list === true) {
    say(templateList(), STDOUT);
    return STATUS.ok;
  }
  if (name === undefined) {
    throw new GuestkitError('usage', 'guestkit new needs a name', {
      hint: `For example: guestkit new hello. Templates:\n${templateList().join('\n')}`,
    });
  }
  const stem = guestPath(name);
  const template = findTemplate(flags.template);
  const files = ['asm', 'golden'].map((ending) => ({
    path: `${stem}.${ending}`,
    bytes: readFileSync(join(templateFolder(), `${template.name}.${ending}`)),
  }));
  writeNew(files);
  const command = process.env['npm_command'] === 'exec' ? 'npx guestkit' : 'guestkit';
  say(
    [
      `wrote ${files.map(({ path }) => path).join(' and ')}`,
      '',
      'Next:',
      `  ${command} run ${stem}.asm`,
      `  ${command} watch ${stem}.asm`,
    ],
    STDOUT,
  );
  return STATUS.ok;
}

/** "hello", "asm/hello" and "asm/hello.asm" all mean asm/hello. */
function guestPath(name: string): string {
  const stem = name.replace(/^(\.\/)?asm\//, '').replace(/\.asm$/, '');
  if (!NAME.test(stem)) {
    throw new GuestkitError('usage', `"${name}" cannot be the name of a guest`, {
      hint: 'Use letters, digits, dots, dashes and underscores; slashes make folders: guestkit new uart/echo.',
    });
  }
  return `asm/${stem}`;
}

function findTemplate(name: string): Template {
  const templates = listTemplates();
  const found = templates.find((template) => template.name === name);
  if (found !== undefined) return found;
  const near = suggest(
    name,
    templates.map((template) => template.name),
  );
  throw new GuestkitError(
    'usage',
    `there is no template "${name}"${near === undefined ? '' : ` (did you mean ${near}?)`}`,
    {
      hint: `Templates:\n${templateList().join('\n')}`,
    },
  );
}

function templateList(): string[] {
  const templates = listTemplates();
  const width = Math.max(...templates.map(({ name }) => name.length));
  return templates.map(({ name, description }) => `  ${name.padEnd(width)}  ${description}`);
}

function listTemplates(): Template[] {
  const folder = templateFolder();
  return readdirSync(folder)
    .filter((file) => file.endsWith('.asm'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.asm'.length),
      description: firstComment(readFileSync(join(folder, file), 'utf8')),
    }));
}

function firstComment(source: string): string {
  return /^;\s*(.*)$/m.exec(source)?.[1] ?? '';
}

function templateFolder(): string {
  return join(packageRoot(), 'templates');
}

/** Writes all files or none: when one is there already, those written before it are taken back. */
function writeNew(files: readonly { path: string; bytes: Uint8Array }[]): void {
  const written: string[] = [];
  let path = '';
  try {
    for (const file of files) {
      path = file.path;
      mkdirSync(dirname(path), { recursive: true });
      const descriptor = openSync(path, 'wx');
      written.push(path);
      try {
        writeFileSync(descriptor, file.bytes);
      } finally {
        closeSync(descriptor);
      }
    }
  } catch (cause) {
    for (const made of written) rmSync(made);
    if (isThere(cause)) {
      throw new GuestkitError('file', `${path} is there already, and nothing was written`, {
        hint: 'Choose another name, or remove the file first.',
        cause,
      });
    }
    throw new GuestkitError(
      'file',
      `cannot write ${path}: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}

/** The file itself is there. (`mkdir` says EEXIST too, of a file where a folder should be.) */
function isThere(cause: unknown): boolean {
  if (!(cause instanceof Error && 'code' in cause && 'syscall' in cause)) return false;
  return cause.code === 'EEXIST' && cause.syscall === 'open';
}
