import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { GuestkitError } from '../errors.ts';
import { editDistance } from '../suggest.ts';
import { readInput } from './input.ts';

/** No source is larger; what claims to be is something else. */
const MAX_SOURCE_BYTES = 16 * 2 ** 20;
/** Folder entries looked at for a name like the one that is missing. */
const MAX_NAMES = 2000;
const MAX_NAME_LENGTH = 100;

/** The bytes of a guest's source. Throws {@link GuestkitError} `file`: missing, a folder, unreadable, huge. */
export function readSource(source: string): Buffer {
  return readInput(source, MAX_SOURCE_BYTES) ?? readOddSource(source);
}

/** Finds out why a source cannot be read. */
function readOddSource(source: string): Buffer {
  try {
    const stat = statSync(source);
    if (stat.isDirectory()) {
      throw new GuestkitError('file', `cannot assemble ${source}: it is a folder`, {
        hint: suggestion(sourcesIn(source).slice(0, 5)) ?? 'Name an .asm file.',
      });
    }
    if (!stat.isFile()) {
      throw new GuestkitError('file', `cannot assemble ${source}: it is no regular file`, {
        hint: 'Save the source to a file first: it is read more than once.',
      });
    }
    if (stat.size > MAX_SOURCE_BYTES) {
      throw new GuestkitError(
        'file',
        `cannot assemble ${source}: it has ${stat.size} bytes, sources may have ${MAX_SOURCE_BYTES}`,
        { hint: 'Put large data into a file of its own and include it with incbin.' },
      );
    }
    return readFileSync(source);
  } catch (error) {
    if (error instanceof GuestkitError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new GuestkitError('file', `cannot assemble ${source}: there is no such file`, {
        hint: suggestion(similarSources(source)),
        cause: error,
      });
    }
    const reason = code === 'EACCES' ? 'permission denied' : String(code ?? error);
    throw new GuestkitError('file', `cannot read ${source}: ${reason}`, {
      hint: code === 'EACCES' ? 'Make the file and its folders readable for you.' : undefined,
      cause: error,
    });
  }
}

function suggestion(paths: readonly string[]): string | undefined {
  return paths.length === 0 ? undefined : `Did you mean ${paths.join(' or ')}?`;
}

/** Sources named almost like a missing one, in its folder and in `asm/`, nearest first. */
function similarSources(source: string): string[] {
  const wanted = stem(basename(source)).slice(0, MAX_NAME_LENGTH);
  const found: { path: string; distance: number }[] = [];
  for (const folder of new Set([dirname(source), 'asm'])) {
    for (const path of sourcesIn(folder)) {
      const distance = editDistance(wanted, stem(basename(path)).slice(0, MAX_NAME_LENGTH));
      if (distance <= Math.max(1, Math.floor(wanted.length / 3))) found.push({ path, distance });
    }
  }
  found.sort((a, b) => a.distance - b.distance);
  return found.slice(0, 3).map(({ path }) => path);
}

function sourcesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .slice(0, MAX_NAMES)
      .filter((name) => name.endsWith('.asm'))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function stem(name: string): string {
  return name.replace(/\.asm$/, '').toLowerCase();
}
