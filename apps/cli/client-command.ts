/**
 * What the commands that talk to a cluster share: whom to ask, how long to wait, how to print.
 *
 * Retries, redirects and sessions are the client's (actors/client.ts); a command is one call of it.
 */
import type { Command } from 'commander';
import { connect, type Client } from '../../actors/client.ts';
import { exitCodes } from './exit-codes.ts';
import { explainTimeout } from './explain-timeout.ts';
import { asFailure, failure } from './failure.ts';
import { defaultEndpoints, parseEndpoints } from './parse/address.ts';
import { durationOf } from './parse/duration.ts';
import { outputOption, type Shell } from './shell.ts';

export interface ClientOptions {
  readonly endpoints?: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly output: 'text' | 'json';
}

/** Adds `--endpoints`, `--timeout` and `-o`; `timeoutMs` is the default wait. */
export function addClientOptions(command: Command, timeoutMs = 5_000): Command {
  return command
    .option(
      '--endpoints <list>',
      `client addresses, comma-separated (env STATECRAFT_ENDPOINTS; default ${defaultEndpoints.join(',')})`,
    )
    .option(
      '--timeout <duration>',
      `how long to try before giving up (default ${timeoutMs / 1_000}s)`,
      durationOf('--timeout'),
      timeoutMs,
    )
    .addOption(outputOption());
}

/** Whom to ask: the option, else the environment, else where a demo listens. */
export function endpointsOf({ endpoints }: ClientOptions, { io }: Shell): string[] {
  if (endpoints !== undefined) return parseEndpoints(endpoints, '--endpoints');
  const fromEnvironment = io.env['STATECRAFT_ENDPOINTS'];
  if (fromEnvironment === undefined || fromEnvironment === '') return defaultEndpoints;
  return parseEndpoints(fromEnvironment, 'STATECRAFT_ENDPOINTS');
}

/** Runs `work` with a client, which is stopped afterwards; Ctrl-C aborts what is outstanding. */
export async function withClient(
  shell: Shell,
  options: ClientOptions,
  work: (client: Client, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const abort = new AbortController();
  const release = shell.io.onSignal(['SIGINT', 'SIGTERM'], (signal) => abort.abort(signal));
  const endpoints = endpointsOf(options, shell);
  const client = await connect(endpoints, { timeoutMs: options.timeout });
  try {
    await work(client, abort.signal);
  } catch (error) {
    if (!abort.signal.aborted) throw await explainTimeout(asFailure(error), client, endpoints);
    // The shell's convention: 128 and the signal's number.
    const bySigint = abort.signal.reason === 'SIGINT';
    shell.exitCode = bySigint ? exitCodes.interrupted : exitCodes.terminated;
    const outcome = asFailure(error).outcome === 'unknown' ? ' The outcome is unknown.' : '';
    shell.io.err(`Interrupted.${outcome}\n`);
  } finally {
    release();
    client.stop();
  }
}

/** Prints the one result of a command: `text` for people, `data` for programs. */
export function print(shell: Shell, options: ClientOptions, text: string, data: object): void {
  shell.io.out(`${options.output === 'json' ? JSON.stringify(data) : text}\n`);
}

/** ERR_KEY_NOT_FOUND, unless `--allow-missing` makes that an ordinary answer. */
export function keyNotFound(key: string): Error {
  return failure(
    'ERR_KEY_NOT_FOUND',
    `There is no key ${JSON.stringify(key)}`,
    'Run "statecraft list" to see the keys there are, or pass --allow-missing',
  );
}
