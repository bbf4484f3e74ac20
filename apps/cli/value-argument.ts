/**
 * The value of `put` and `cas`: an argument, all of stdin for `-`, or a file with `--file`. Text in
 * UTF-8, byte for byte, the newline at its end included.
 */
import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import { maxCommandBytes } from '../../actors/ports.ts';
import { failure, invalidArgument } from './failure.ts';
import type { Shell } from './shell.ts';

export interface ValueOptions {
  readonly file?: string;
}

/** Adds `--file`; the argument must be optional, `[value]`. */
export function addValueOption(command: Command): Command {
  return command.option('--file <path>', 'the value is what this file holds; "-" as VALUE: stdin');
}

/**
 * The text to write. Rejects with ERR_USAGE when there is none or two, ERR_INVALID_ARGUMENT for a
 * file that cannot be read, ERR_INVALID_VALUE for bytes that are no UTF-8, and ERR_TOO_LARGE.
 */
export async function valueOf(
  given: string | undefined,
  { file }: ValueOptions,
  { io }: Shell,
): Promise<string> {
  if (given !== undefined && file !== undefined) {
    throw failure('ERR_USAGE', 'There is a VALUE and a --file', 'Give one of them');
  }
  if (file !== undefined) return textOf(await readFile(file), file);
  if (given === '-') return stdinOf(io);
  if (given !== undefined) return given;
  const remedy = 'Give a VALUE, "-" to read stdin, or --file PATH';
  throw failure('ERR_USAGE', "Missing required argument 'value'", remedy);
}

/** All of stdin. Rejects with ERR_INVALID_VALUE for bytes that are no UTF-8, and ERR_TOO_LARGE. */
export async function stdinOf(io: Shell['io']): Promise<string> {
  return textOf(await read(io.input()), 'stdin');
}

async function readFile(file: string): Promise<Uint8Array> {
  try {
    return await read(createReadStream(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || code.startsWith('ERR_')) throw error;
    throw invalidArgument(`--file ${file} cannot be read (${code})`, 'Give the path of a file');
  }
}

/** No more than can be stored, however long the stream is. */
async function read(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxCommandBytes) {
      const what = `What was given has more than ${maxCommandBytes} bytes`;
      throw failure('ERR_TOO_LARGE', what, 'Split it into several keys');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function textOf(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const remedy = 'Values are text: encode bytes first, with base64 for example';
    throw failure('ERR_INVALID_VALUE', `What ${source} holds is not UTF-8`, remedy);
  }
}
