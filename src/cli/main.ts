#!/usr/bin/env node
import { installCompileCache } from './compile-cache.ts';

/** The commands, as far as their names matter here. */
const COMMAND = /^[a-z]{1,10}$/;

// Nothing else may be imported at the top of this file: what is loaded before the cache is there does not profit.
const command = process.argv[2] ?? '';
installCompileCache(COMMAND.test(command) ? command : 'other');
void import('./launch.ts').then(({ launch }) => launch(process.argv.slice(2)));
