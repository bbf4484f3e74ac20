/**
 * What the commands that talk to a cluster share: whom to ask, how long to wait, how to print.
 *
 * Retries, redirects and sessions are the client's (actors/client.ts); a command is one call of it.
 */
import type { Command } from 'commander';
import type { Client } from '../../actors/client.ts';
import { addSettings, settingsFor, type Flags } from './config/resolve.ts';
import { exitCodes } from './exit-codes.ts';
import { asFailure, failure } from './failure.ts';
import { outputOption, type Shell } from './shell.ts';

const defaultTimeout = '5s';

export interface ClientOptions extends Flags {
  readonly output: 'text' | 'json';
}

/** Whom to ask, and how long, in milliseconds. */
export interface Target {
  readonly endpoints: readonly string[];
  readonly timeout: number;
}

/** Adds `--endpoints`, `--timeout`, `--config` and `-o`; `timeout` is the default wait. */
export function addClientOptions(command: Command, timeout = defaultTimeout): Command {
  return addSettings(command, ['endpoints', 'timeout'], { timeout }).addOption(outputOption());
}

/**
 * Runs `work` with a client, which is stopped afterwards; Ctrl-C aborts what is outstanding. The
 * client is loaded here, so that a wrong option or `--help` does not wait for it.
 */
export async function withClient(
  shell: Shell,
  options: ClientOptions,
  work: (client: Client, signal: AbortSignal, target: Target) => Promise<void>,
  timeout = defaultTimeout,
): Promise<void> {
  const target = await settingsFor(['endpoints', 'timeout'], options, shell, { timeout });
  const { connect } = await import('../../actors/client.ts');
  const abort = new AbortController();
  const release = shell.io.onSignal(['SIGINT', 'SIGTERM'], (signal) => abort.abort(signal));
  const client = await connect(target.endpoints, { timeoutMs: target.timeout });
  try {
    await work(client, abort.signal, target);
  } catch (error) {
    if (!abort.signal.aborted) {
      const { explainTimeout } = await import('./explain-timeout.ts');
      throw await explainTimeout(asFailure(error), client, target.endpoints);
    }
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

/** What the commands about one key that may be missing take. */
export interface KeyOptions extends ClientOptions {
  readonly allowMissing?: true;
}

/** Adds `--allow-missing`, and what every client command takes. */
export function addKeyOptions(command: Command): Command {
  return addClientOptions(
    command.option('--allow-missing', 'a missing key is no failure: exit with 0'),
  );
}

/** ERR_KEY_NOT_FOUND, unless `--allow-missing` makes that an ordinary answer. */
export function keyNotFound(key: string): Error {
  return failure(
    'ERR_KEY_NOT_FOUND',
    `There is no key ${JSON.stringify(key)}`,
    'Run "statecraft list" to see the keys there are, or pass --allow-missing',
  );
}
