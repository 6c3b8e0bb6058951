import { resolve } from 'node:path';
import { readInput } from '../nasm/input.ts';
import { scanSource } from '../nasm/scan.ts';
import { searchPrefixes } from '../nasm/search.ts';
import { inputStem, ownersOf } from './companions.ts';
import type { SuiteSource } from './guest.ts';

/** A larger source is taken as affected, unread. */
const SOURCE_LIMIT = 16 * 2 ** 20;

/**
 * The sources whose verdicts the changed files decide about: by themselves, their goldens and inputs, or what
 * they include, directly or not, also where that was deleted. One whose includes cannot be told without NASM
 * is among them.
 * @param changed absolute paths
 */
export function affectedBy(
  changed: ReadonlySet<string>,
  sources: readonly SuiteSource[],
  includePaths: readonly string[],
): SuiteSource[] {
  const cwd = process.cwd();
  const owners = ownersOf(changed);
  const isChanged = (path: string): boolean => changed.has(resolve(path));
  return sources.filter(({ path, stem }) => {
    if (isChanged(path)) return true;
    if (owners.goldens.has(resolve(stem)) || owners.inputs.has(resolve(inputStem(path)))) return true;
    const bytes = readInput(path, SOURCE_LIMIT);
    if (bytes === undefined) return true;
    const scan = scanSource({ path, bytes }, cwd, searchPrefixes(path, includePaths));
    return (
      !scan.complete || scan.inputs.some((input) => isChanged(input.path)) || scan.absent.some(isChanged)
    );
  });
}
