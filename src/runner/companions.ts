import { type Dirent, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Findings } from '../config/find.ts';
import { GOLDEN_SUFFIXES } from '../golden/channels.ts';
import type { SuiteSource } from './guest.ts';

const GOLDEN = GOLDEN_SUFFIXES.serial;
const INPUT = '.in';

/**
 * The sources of a suite, each with the goldens and inputs that are there for it: those whose names are its
 * stem and something behind a dot. Found in what was read of the folders anyway, without asking for each file.
 */
export function withCompanions(
  sources: readonly string[],
  goldenStem: (source: string) => string,
  folders: Findings['folders'],
): SuiteSource[] {
  const found = new Map<string, SuiteSource & { companions: string[] }>();
  /** By the start of a companion's path, up to a dot. */
  const goldens = new Map<string, SuiteSource & { companions: string[] }>();
  const inputs = new Map<string, SuiteSource & { companions: string[] }>();
  for (const path of sources) {
    const source = { path, stem: goldenStem(path), companions: [], named: false };
    found.set(path, source);
    goldens.set(source.stem, source);
    inputs.set(inputStem(path), source);
  }
  for (const [folder, names] of folders) {
    const prefix = folder === '.' ? '' : `${folder}/`;
    for (const name of names) {
      const owners = name.endsWith(GOLDEN) ? goldens : name.endsWith(INPUT) ? inputs : undefined;
      if (owners === undefined) continue;
      const file = prefix + name;
      for (const stem of stemsOf(file)) owners.get(stem)?.companions.push(file);
    }
  }
  for (const source of found.values()) source.companions.sort();
  return [...found.values()];
}

/** The path of a source's inputs without their endings. */
export function inputStem(source: string): string {
  return source.replace(/\.asm$/, '');
}

/** What the stem of a golden or an input may be: its path up to each of its name's dots. */
export function* stemsOf(path: string): Generator<string> {
  for (let dot = path.indexOf('.', path.lastIndexOf('/') + 1); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    yield path.slice(0, dot);
  }
}

/** The goldens and the inputs among some paths, as the stems that they may belong to. */
export function ownersOf(paths: Iterable<string>): { goldens: Set<string>; inputs: Set<string> } {
  const owners = { goldens: new Set<string>(), inputs: new Set<string>() };
  for (const path of paths) {
    const stems = path.endsWith(GOLDEN) ? owners.goldens : path.endsWith(INPUT) ? owners.inputs : undefined;
    if (stems !== undefined) for (const stem of stemsOf(path)) stems.add(stem);
  }
  return owners;
}

/** The goldens that are there, whosever they are. */
export function goldensIn(folders: Findings['folders']): string[] {
  const goldens: string[] = [];
  for (const [folder, names] of folders) {
    const prefix = folder === '.' ? '' : `${folder}/`;
    for (const name of names) {
      if (name.endsWith(GOLDEN)) goldens.push(prefix + name);
    }
  }
  return goldens.sort();
}

/** Every source in and below folders, excluded ones too. Hidden folders and node_modules hold none. */
export function everySource(roots: readonly string[]): string[] {
  const sources: string[] = [];
  const pending = [...roots];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of entriesOf(folder)) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const path = folder === '.' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) pending.push(path);
      else if (path.endsWith('.asm')) sources.push(path);
    }
  }
  return sources;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** The names in the folders of these paths; what cannot be read holds nothing. */
export function foldersOf(paths: readonly string[]): Findings['folders'] {
  const folders = new Map<string, ReadonlySet<string>>();
  for (const path of paths) {
    const folder = dirname(path);
    if (folders.has(folder)) continue;
    try {
      folders.set(folder, new Set(readdirSync(folder)));
    } catch {
      folders.set(folder, new Set());
    }
  }
  return folders;
}
