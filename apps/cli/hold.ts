/**
 * What `lock` and `elect` have in common: wait for it, hold it while a command runs or until a signal
 * comes, give it up. The recipe is the client's (docs/guides/locks.md).
 */
import type { Command } from 'commander';
import type { Client, Lock, LockOptions } from '../../actors/client.ts';
import { addClientOptions, print, withClient, type ClientOptions } from './client-command.ts';
import { durationOf } from './parse/duration.ts';
import type { Program } from './io.ts';
import type { Shell } from './shell.ts';
import { failure } from './failure.ts';

export interface HoldOptions extends ClientOptions {
  readonly ttl?: number;
  readonly wait?: number;
}

/** Adds `--ttl`, `--wait` and what every client command takes. */
export function addHoldOptions(command: Command): Command {
  return addClientOptions(
    command
      .option(
        '--ttl <duration>',
        'how long it outlives this process, should that die (default: 10s)',
        durationOf('--ttl'),
      )
      .option(
        '--wait <duration>',
        'how long to wait for it (default: as long as it takes)',
        (text) => durationOf('--wait')(text),
      ),
  );
}

/** `acquire` asks for it; `words` is the command to run, none to hold it until a signal. */
export async function hold(
  shell: Shell,
  options: HoldOptions,
  words: readonly string[],
  acquire: (client: Client, options: LockOptions) => Promise<Lock>,
): Promise<void> {
  await withClient(shell, options, async (client, signal) => {
    // To wait for a lock is one thing, to wait for servers that are not there another: --timeout.
    await client.get('', { signal });
    const { ttl, wait } = options;
    const lock = await acquire(client, {
      signal,
      ...(ttl === undefined ? {} : { ttlMs: Math.ceil(ttl) }),
      ...(wait === undefined ? {} : { timeoutMs: wait }),
    });
    const { key, token } = lock;
    try {
      if (words.length > 0) await runHeld(shell, words, lock, signal);
      else {
        print(shell, options, `OK ${key} token ${token}`, { key, token });
        await Promise.race([aborted(signal), aborted(lock.signal)]);
      }
      if (lock.signal.aborted) throw lock.signal.reason;
      if (signal.aborted) throw failure('ERR_ABORTED', 'It was given up', 'Nothing to mend');
    } finally {
      await lock.release();
    }
  });
}

async function runHeld(
  shell: Shell,
  [file = '', ...argv]: readonly string[],
  { key, token, signal: lost }: Lock,
  signal: AbortSignal,
): Promise<void> {
  const env = { STATECRAFT_LOCK_KEY: key, STATECRAFT_LOCK_TOKEN: String(token) };
  const program = shell.io.run(file, argv, env);
  const release = killedBy(program, [signal, lost]);
  try {
    shell.exitCode = await program.done;
  } catch (error) {
    const what = `${file} cannot be run (${(error as NodeJS.ErrnoException).code ?? String(error)})`;
    throw failure('ERR_INVALID_ARGUMENT', what, 'Give a program that is on the PATH, or a path');
  } finally {
    release();
  }
}

/** Any of `signals` ends the program with SIGTERM, until the returned function is called. */
function killedBy(program: Program, signals: readonly AbortSignal[]): () => void {
  const kill = (): void => program.kill('SIGTERM');
  for (const each of signals) each.addEventListener('abort', kill);
  if (signals.some(({ aborted }) => aborted)) kill();
  return () => {
    for (const each of signals) each.removeEventListener('abort', kill);
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
