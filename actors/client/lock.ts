/**
 * `lock` and `elect`: a recipe of a transaction, a watch and a lease over the key-value store, with
 * nothing of its own on the servers.
 *
 * Whoever creates the key holds the lock. The revision at which he did is the fencing token, since
 * revisions grow, and a renewal (`touch`) leaves it as it is. Who waits follows the key until it is
 * deleted or ends; there is no queue, so who comes next is chance.
 */
import type { Client } from './api.ts';
import { checkTimeout } from './arguments.ts';
import { deadlineOf, gaveUp, TimeIsUp } from './deadline.ts';
import { asUnknown, lockLost, stillHeld } from './errors.ts';
import { Lease } from './lease.ts';
import type { Lock, LockOptions } from './lock-api.ts';
import { callTimeoutMs, isHolder, isPassing, pause, takeBack, type Wanted } from './taking-back.ts';
import { StatecraftError } from '../errors.ts';
import type { Clock } from '../ports.ts';

const defaultTtlMs = 10_000;
/** Below it a renewal would hardly arrive in time. */
const leastTtlMs = 100;

export interface LockContext {
  readonly client: Pick<Client, 'txn' | 'touch' | 'watch'>;
  readonly clock: Clock;
  /** The client takes nothing any more; its reason is the error that says why. */
  readonly ended: AbortSignal;
  /** Uniform in [0, 1). */
  random(): number;
}

export function lockMethods(context: LockContext): Pick<Client, 'lock' | 'elect'> {
  return {
    lock: (name, options = {}) => acquire(context, `lock/${name}`, null, options),
    elect: (name, value, options = {}) => acquire(context, `election/${name}`, value, options),
  };
}

async function acquire(
  context: LockContext,
  key: string,
  value: unknown,
  { ttlMs = defaultTtlMs, timeoutMs, signal }: LockOptions,
): Promise<Lock> {
  if (!(Number.isInteger(ttlMs) && ttlMs >= leastTtlMs)) {
    const message = `"ttlMs" is ${ttlMs}. Give whole milliseconds, ${leastTtlMs} or more.`;
    throw new StatecraftError('ERR_INVALID_ARGUMENT', message);
  }
  if (timeoutMs !== undefined) checkTimeout(timeoutMs);
  const { clock } = context;
  const deadline = deadlineOf(clock, { timeoutMs, signal });
  // Names this call, so that a key whose creation was not answered is known as ours.
  const holder = [context.random(), context.random()]
    .map((chance) => chance.toString(36).slice(2))
    .join('');
  const wanted = { key, value: { holder, value }, ttlMs };
  const tries = { mayHold: false, isHeld: false, failures: 0 };
  try {
    for (;;) {
      const lock = await attempt(context, wanted, tries, deadline.signal);
      if (lock !== null) return lock;
    }
  } catch (error) {
    // Nobody will hold it, so nobody has to wait for its end.
    if (tries.mayHold) void takeBack(context, wanted);
    throw error;
  } finally {
    deadline.end();
  }
}

/** What all tries together leave. */
interface Tries {
  /** The key may be there in this call's name, and then ends only with its time to live. */
  mayHold: boolean;
  /** A server said, last, that somebody else has it. */
  isHeld: boolean;
  /** Tries that failed, one after the other. */
  failures: number;
}

/** The same, and when it fails in passing, a pause. Rejects with what the caller is told. */
async function attempt(
  context: LockContext,
  wanted: Wanted,
  tries: Tries,
  signal: AbortSignal,
): Promise<Lock | null> {
  try {
    const lock = await tryOnce(context, wanted, tries, signal);
    tries.failures = 0;
    return lock;
  } catch (error) {
    if (!(error instanceof StatecraftError)) throw error;
    tries.mayHold ||= error.outcome === 'unknown';
    if (signal.aborted) throw tooLate(wanted.key, tries, signal);
    if (isPassing(error)) return pause(context.clock, signal, (tries.failures += 1));
    throw tries.mayHold ? asUnknown(error, `${wanted.key} ends with its "ttlMs" then.`) : error;
  }
}

function tooLate(key: string, { mayHold, isHeld }: Tries, signal: AbortSignal): StatecraftError {
  const { reason } = signal as { readonly reason: unknown };
  if (reason instanceof TimeIsUp && isHeld && !mayHold) return stillHeld(key, reason.timeoutMs);
  return gaveUp(mayHold ? 'unknown' : 'not-applied', signal, '');
}

/** One try to create the key; when another one holds it, waits until it is gone. null: try again. */
async function tryOnce(
  context: LockContext,
  wanted: Wanted,
  tries: Tries,
  signal: AbortSignal,
): Promise<Lock | null> {
  const { client, clock, ended } = context;
  const { key, value, ttlMs } = wanted;
  const loss = new AbortController();
  let token = 0;
  let lock: Lock | null = null;
  const lease = new Lease({
    ...{ clock, ttlMs, ended },
    renew: (timeoutMs, stopped) => client.touch(key, token, ttlMs, { timeoutMs, signal: stopped }),
    lost: (cause) => loss.abort(lockLost(key, cause)),
  });
  try {
    const put = { key, value, ttlMs };
    const created = await client.txn(
      { if: [{ key, exists: false }], then: [{ put }], else: [{ get: { key } }] },
      { signal, timeoutMs: callTimeoutMs },
    );
    token = created.revision;
    tries.mayHold = created.ok;
    if (!created.ok) {
      const [found = null] = created.results;
      const held = found !== null && 'value' in found ? found : null;
      // An earlier try did create it, and its answer was lost: from now on it has its whole time.
      const isOurs = isHolder(held?.value, value.holder);
      token = held?.revision ?? 0;
      tries.mayHold = isOurs;
      tries.isHeld = !isOurs;
      if (isOurs) await client.touch(key, token, ttlMs, { signal, timeoutMs: callTimeoutMs });
      else return await untilDeleted(client, key, created.revision, signal);
    }
    if (lease.isOver) return null;
    lease.begin();
    lock = heldLock(context, wanted, { token, signal: loss.signal }, lease);
    return lock;
  } finally {
    if (lock === null) lease.stop();
  }
}

async function untilDeleted(
  client: LockContext['client'],
  key: string,
  revision: number,
  signal: AbortSignal,
): Promise<null> {
  for await (const { events } of client.watch({ key }, { from: revision + 1, signal })) {
    if (events.some(({ type }) => type === 'delete')) break;
  }
  return null;
}

function heldLock(
  context: LockContext,
  wanted: Wanted,
  held: Pick<Lock, 'token' | 'signal'>,
  lease: Lease,
): Lock {
  const { key } = wanted;
  const { token } = held;
  let released: Promise<void> | null = null;

  async function give(): Promise<void> {
    if (lease.isOver) return;
    lease.stop();
    const own = [{ key, revision: token }];
    try {
      await context.client.txn({ if: own, then: [{ delete: { key } }] });
    } catch (error) {
      void takeBack(context, wanted);
      throw error;
    }
  }
  const release = (): Promise<void> => (released ??= give());
  return { key, ...held, release, [Symbol.asyncDispose]: release };
}
