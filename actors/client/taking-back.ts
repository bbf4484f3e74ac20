/**
 * Takes back a lock that nobody holds: its call ended while its key was being created, or its release
 * failed. Else the key would keep others out for its whole time to live.
 *
 * Nobody waits for this; it ends with the client, or when it has tried for long enough.
 */
import type { Client } from './api.ts';
import { deadlineOf } from './deadline.ts';
import { onAbort } from './on-abort.ts';
import { StatecraftError } from '../errors.ts';
import type { Clock } from '../ports.ts';

/** Milliseconds that one call of a lock may take. */
export const callTimeoutMs = 5_000;
/** Between two tries that failed, in milliseconds, doubling from the first to the last. */
const firstPauseMs = 100;
const lastPauseMs = 1_600;
/** Milliseconds that a lock is tried to be taken back at most: longer than most elections. */
const takeBackMs = 15_000;

/** The key of a lock, as its call wants it to be. */
export interface Wanted {
  readonly key: string;
  /** `holder` names the call, and no other. */
  readonly value: { readonly holder: string; readonly value: unknown };
  readonly ttlMs: number;
}

export interface TakeBackContext {
  readonly client: Pick<Client, 'txn'>;
  readonly clock: Clock;
  /** The client takes nothing any more. */
  readonly ended: AbortSignal;
}

/** Deletes the key if it is this call's. Never rejects. */
export async function takeBack(context: TakeBackContext, wanted: Wanted): Promise<void> {
  const { clock, ended } = context;
  const timeoutMs = Math.min(wanted.ttlMs, takeBackMs);
  const deadline = deadlineOf(clock, { timeoutMs, signal: ended });
  const { signal } = deadline;
  for (let failures = 1; !signal.aborted; failures += 1) {
    if (await deleteOwn(context, wanted, signal)) break;
    await pause(clock, signal, failures);
  }
  deadline.end();
}

/** Whether there is nothing left to do. */
async function deleteOwn(
  { client }: TakeBackContext,
  { key, value: { holder } }: Wanted,
  signal: AbortSignal,
): Promise<boolean> {
  const options = { signal, timeoutMs: callTimeoutMs };
  try {
    // Through the log: what a read sees may be older than a creation that waits there for its commit.
    const { results } = await client.txn({ then: [{ get: { key } }] }, options);
    const found = results[0] ?? null;
    if (found === null || !('value' in found) || !isHolder(found.value, holder)) return true;
    const { revision } = found;
    await client.txn({ if: [{ key, revision }], then: [{ delete: { key } }] }, options);
    return true;
  } catch (error) {
    // For good: the key ends by itself, as its caller was told.
    return !(error instanceof StatecraftError && isPassing(error));
  }
}

/** Whether the value of a lock's key was written by the call that this names. */
export function isHolder(value: unknown, holder: string): boolean {
  return (value as Partial<Wanted['value']> | null | undefined)?.holder === holder;
}

/** Whether it is worth another try: servers come back, lost histories are read anew, sessions opened. */
export function isPassing({ retryable, code }: StatecraftError): boolean {
  return retryable || ['ERR_COMPACTED', 'ERR_CAS_FAILED', 'ERR_SESSION_EXPIRED'].includes(code);
}

/** After so many tries that failed, until the next one; shorter when `signal` aborts. */
export function pause(clock: Clock, signal: AbortSignal, failures: number): Promise<null> {
  if (signal.aborted) return Promise.resolve(null);
  return new Promise((resolve) => {
    const end = (): void => {
      clock.clearTimeout(timer);
      forget();
      resolve(null);
    };
    const timer = clock.setTimeout(end, Math.min(lastPauseMs, firstPauseMs * 2 ** (failures - 1)));
    const forget = onAbort(signal, end);
  });
}
