import type { Command } from 'commander';

/** Adds a command to the program; its action reports the exit status through `done`. */
export type RegisterCommand = (program: Command, done: (status: number) => void) => void;
