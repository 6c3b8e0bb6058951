import type { Readable } from 'node:stream';
import { GuestkitError } from '../errors.ts';
import { readRegularFile } from '../golden/files.ts';
import { parseText } from '../golden/parse-value.ts';
import { InputQueue } from '../machine/channels.ts';
import { option } from './option.ts';

/** What a guest receives on its serial port. */
export interface GuestInput {
  queue: InputQueue;
  /** Fetches more, as far as the guest has made room. To be called while it runs. */
  refill(): void;
}

/** Bytes of standard input that wait for the guest before the host stops reading on. */
const INPUT_WINDOW = 64 * 1024;
const FILE_LIMIT = 64 * 2 ** 20;

/**
 * The input that `--input` names (`-`, `@FILE` or the text itself), else that of the source's directive, else
 * none.
 * @param onError called when standard input cannot be read
 */
export function openInput(
  flag: string | undefined,
  directive: Uint8Array | undefined,
  onError: (error: GuestkitError) => void,
): GuestInput {
  const queue = new InputQueue();
  if (flag === '-') return { queue, refill: stream(process.stdin, queue, onError) };
  if (flag?.startsWith('@') === true) queue.push(readInputFile(flag.slice(1)));
  else if (flag !== undefined) queue.push(option('--input', flag, parseText));
  else if (directive !== undefined) queue.push(directive);
  return { queue, refill: () => undefined };
}

function readInputFile(path: string): Uint8Array {
  const bytes = readRegularFile(path, FILE_LIMIT);
  if (bytes !== undefined) return bytes;
  throw new GuestkitError('file', `cannot read the input ${path}: there is no such file`, {
    hint: '--input @FILE sends the bytes of FILE; --input TEXT sends the text itself.',
  });
}

/** Feeds the queue, never further ahead of the guest than the window. */
function stream(source: Readable, queue: InputQueue, onError: (error: GuestkitError) => void): () => void {
  source.on('data', (chunk: Buffer) => {
    queue.push(chunk);
    if (queue.length >= INPUT_WINDOW) source.pause();
  });
  source.on('error', (cause) => {
    onError(new GuestkitError('file', `cannot read standard input: ${cause.message}`, { cause }));
  });
  return () => {
    if (source.isPaused() && queue.length < INPUT_WINDOW) source.resume();
  };
}
