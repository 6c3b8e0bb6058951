import { join } from 'node:path';
import { readRegularFile } from '../golden/files.ts';
import type { Config } from './config.ts';
import { DEFAULT_INCLUDE, select } from './globs.ts';
import { goldenNaming } from './golden-naming.ts';
import { CONFIG_FILES, isThere, KEY, manifestWithKey, PACKAGE, SIZE_LIMIT } from './present.ts';
import { configError, kindOf, oneLine } from './problems.ts';
import type { Origin, Settings } from './settings.ts';

/**
 * The settings of the project in `root`: of its one `guestkit.config.ts`, `.mts`, `.js`, `.mjs` or `.cjs`, or of
 * the `guestkit` key of its package.json; without either, the defaults. Each call reads all of it anew.
 *
 * @throws GuestkitError `config` that names the file, and the key or line, when the settings are in two
 * places, fail to load or are wrong; `file` when a file cannot be read.
 */
export async function loadConfig(root: string): Promise<Config> {
  const files = CONFIG_FILES.map((name) => join(root, name)).filter(isThere);
  const manifest = join(root, PACKAGE);
  const inManifest = readManifest(manifest);
  const places = [...files, ...(inManifest === undefined ? [] : [manifest])];
  const [file, other] = places;
  if (other !== undefined) {
    throw configError(`the settings are in ${places.join(' and in ')}`, { hint: 'Keep one of them.' });
  }
  if (file === undefined) return resolve(undefined, undefined);
  if (file === manifest) {
    return resolve(file, await parse(inManifest, { root, file, whole: KEY, prefix: `${KEY}.` }));
  }
  const bytes = readRegularFile(file, SIZE_LIMIT);
  if (bytes === undefined) throw configError(`${file} is a link to a file that is not there`);
  const { evaluate } = await import('./evaluate.ts');
  const { exported } = await evaluate(file, new TextDecoder().decode(bytes));
  return resolve(file, await parse(exported, { root, file, whole: 'the default export', prefix: '' }));
}

/** Loaded here, as what runs a file is: a project without settings needs neither. */
async function parse(value: unknown, origin: Origin): Promise<Settings> {
  const { parseSettings } = await import('./settings.ts');
  return parseSettings(value, origin);
}

async function resolve(file: string | undefined, settings: Settings | undefined): Promise<Config> {
  const selection = await select(file, settings?.include, settings?.exclude ?? []);
  const naming = goldenNaming(settings?.golden);
  return {
    ...selection,
    file,
    include: settings?.include?.map(({ text }) => text) ?? [DEFAULT_INCLUDE],
    timeoutMs: settings?.timeoutMs,
    memoryBytes: settings?.memoryBytes,
    jobs: settings?.jobs,
    nasm: settings?.nasm ?? { flags: [], includePaths: [] },
    goldenRoot: naming.root,
    goldenStem: naming.stem,
  };
}

/** What package.json has at the key; `undefined` without the file or the key. */
function readManifest(path: string): unknown {
  const bytes = manifestWithKey(path);
  if (bytes === undefined) return undefined;
  const text = new TextDecoder().decode(bytes);
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (error) {
    throw configError(`${path}${jsonPlace(text, error)}: ${oneLine(reasonOf(error))}`, {
      hint: 'Correct the JSON: guestkit looks there for its settings.',
      cause: error,
    });
  }
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) {
    throw configError(`${path} must have an object, it has ${kindOf(manifest)}`);
  }
  return Object.hasOwn(manifest, KEY) ? Reflect.get(manifest, KEY) : undefined;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `:3`, the line that JSON.parse complains about, where it says so. */
function jsonPlace(text: string, error: unknown): string {
  const [, position] = /at position (\d+)/.exec(reasonOf(error)) ?? [];
  if (position === undefined) return '';
  return `:${text.slice(0, Number(position)).split('\n').length}`;
}
