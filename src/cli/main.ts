#!/usr/bin/env node
import { ChunkLoader } from './chunk-loader.ts';
import type { launch } from './launch.ts';

// Nothing else is imported here: what is loaded before the loader is there is compiled anew at every start.

/** Words that may be commands; all else shares one place in the cache. */
const COMMAND = /^[a-z]{1,10}$/;

const argv: readonly string[] = process.argv.slice(2);
const command = argv[0] ?? '';
const loader = new ChunkLoader(__dirname, require, COMMAND.test(command) ? command : 'other');
const chunk = loader.load('./launch.cjs') as { launch: typeof launch };
void chunk.launch(argv);
