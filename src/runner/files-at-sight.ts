import { resolve } from 'node:path';
import { readInput } from '../nasm/input.ts';
import { scanSource } from '../nasm/scan.ts';
import { searchPrefixes } from '../nasm/search.ts';
import type { GuestFiles, SuiteSource } from './guest.ts';

/** Of a larger source only NASM tells what it includes. */
const SOURCE_LIMIT = 2 ** 20;

/** The files that decide about a source's verdicts, as far as its text tells before it is built. */
export function filesAtSight({ path, companions }: SuiteSource, includePaths: readonly string[]): GuestFiles {
  const bytes = readInput(path, SOURCE_LIMIT);
  if (bytes === undefined) return { files: [path, ...companions], absent: [] };
  const { inputs, absent } = scanSource({ path, bytes }, process.cwd(), searchPrefixes(path, includePaths));
  const included = inputs.slice(1).map((input) => resolve(input.path));
  return { files: [path, ...companions, ...included], absent: absent.map((place) => resolve(place)) };
}
