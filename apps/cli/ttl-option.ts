/** `--ttl`, for the commands that write a value. */
import type { Command } from 'commander';
import { durationOf } from './parse/duration.ts';

export interface TtlOptions {
  /** Milliseconds. */
  readonly ttl?: number;
}

export function addTtlOption(command: Command): Command {
  return command.option('--ttl <duration>', 'the key ends after so long', durationOf('--ttl'));
}

/** As the client takes it: whole milliseconds, and no field when there is no `--ttl`. */
export function ttlOf({ ttl }: TtlOptions): { readonly ttlMs?: number } {
  return ttl === undefined ? {} : { ttlMs: Math.ceil(ttl) };
}
