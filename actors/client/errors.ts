/**
 * The errors that the client itself raises, each with what happened and what to do. What servers
 * answer comes through `refusedBy`, with the outcome that all tries together leave.
 */
import type { FailedResponse } from '../../transport/client-protocol.ts';
import { StatecraftError, type Outcome } from '../errors.ts';
import { tooLarge } from '../failures.ts';
import { maxCommandBytes } from '../ports.ts';

const whatNow: Record<Outcome, string> = {
  applied: 'It took effect.',
  'not-applied': 'It had no effect; call again.',
  unknown: 'It may have taken effect; read before you call again.',
};

/** ERR_TIMEOUT: no answer within `timeoutMs`. `trouble` is what went wrong last, if anything did. */
export function timedOut(outcome: Outcome, timeoutMs: number, trouble: string): StatecraftError {
  const why = trouble === '' ? '' : ` (last trouble: ${trouble})`;
  const message = `No server answered within ${timeoutMs} ms${why}. ${whatNow[outcome]}`;
  return new StatecraftError('ERR_TIMEOUT', message, { outcome, retryable: true });
}

/** ERR_TIMEOUT: a `local` read was sent to a server that has yet to apply entry `index`. */
export function stillBehind(timeoutMs: number, index: number): StatecraftError {
  const message =
    `The server that was asked has not come to entry ${index} within ${timeoutMs} ms: it is behind, or ` +
    'the cluster never gave that revision. Read again, or linearizable, which asks the leader.';
  return new StatecraftError('ERR_TIMEOUT', message, { outcome: 'not-applied', retryable: true });
}

/** ERR_TIMEOUT: somebody else holds the lock at `key`, still after `timeoutMs`. */
export function stillHeld(key: string, timeoutMs: number): StatecraftError {
  const message = `${key} is held by somebody else, and was not given up within ${timeoutMs} ms. Wait longer.`;
  return new StatecraftError('ERR_TIMEOUT', message, { outcome: 'not-applied', retryable: true });
}

/** ERR_ABORTED: the caller's signal; its reason is the cause. */
export function aborted(outcome: Outcome, signal: AbortSignal): StatecraftError {
  const message = `The caller gave up. ${whatNow[outcome]}`;
  return new StatecraftError('ERR_ABORTED', message, { outcome, cause: signal.reason });
}

/** ERR_STOPPED: the client was stopped. */
export function stopped(outcome: Outcome): StatecraftError {
  const message = `The client was stopped. ${whatNow[outcome]}`;
  return new StatecraftError('ERR_STOPPED', message, { outcome });
}

/** ERR_OVERLOADED: the client's own queue is full. */
export function queueIsFull(maxQueued: number): StatecraftError {
  const message = `${maxQueued} calls wait to be sent already. Await some of them first.`;
  return new StatecraftError('ERR_OVERLOADED', message, { retryable: true });
}

/** ERR_TOO_LARGE: in the words of a server, which would refuse it, too. */
export function requestTooLarge(): StatecraftError {
  const { code, message } = tooLarge(maxCommandBytes);
  return new StatecraftError(code, message);
}

/** ERR_INVALID_VALUE: a bigint, a cycle or the like where JSON goes as it is. */
export function notJson(cause: unknown): StatecraftError {
  const message = `This is no JSON: ${String(cause)}. Give JSON.`;
  return new StatecraftError('ERR_INVALID_VALUE', message, { cause });
}

/** What a server answered. */
export function refusedBy(response: FailedResponse, outcome: Outcome): StatecraftError {
  const { code, message, retryable, leader, oldest = null } = response;
  return new StatecraftError(code, message, { outcome, retryable, leader, revision: oldest });
}

/** ERR_CAS_FAILED: the key is not what the caller expected; nothing was changed. */
export function casFailed(key: string, current: number | null): StatecraftError {
  const is = current === null ? 'is not there' : `has revision ${current}`;
  const message = `The key ${JSON.stringify(key)} ${is}, so it was not set. Read it and decide anew.`;
  return new StatecraftError('ERR_CAS_FAILED', message, { revision: current });
}

/** ERR_CAS_FAILED: the key is not what the caller holds; it was not kept alive. */
export function touchFailed(key: string, current: number | null): StatecraftError {
  const is = current === null ? 'is not there any more' : `has revision ${current}`;
  const message = `The key ${JSON.stringify(key)} ${is}, so it was not kept alive.`;
  return new StatecraftError('ERR_CAS_FAILED', message, { revision: current });
}

/** ERR_LOCK_LOST: somebody else may hold it from now on. */
export function lockLost(key: string, cause: unknown): StatecraftError {
  const message = `The lock ${JSON.stringify(key)} is lost, and somebody else may hold it. Stop what it guards.`;
  return new StatecraftError('ERR_LOCK_LOST', message, { outcome: 'unknown', cause });
}

/** ERR_OVERLOADED: the client has all the watches that it takes. */
export function tooManyWatches(maxWatches: number): StatecraftError {
  const message = `${maxWatches} watches of this client are open already. End some of them first.`;
  return new StatecraftError('ERR_OVERLOADED', message, { retryable: true });
}

/** ERR_INVALID_ARGUMENT: a watch cannot begin there. */
export function noRevision(from: number): StatecraftError {
  const message = `${from} is no revision. Watch from a whole number, 1 or above.`;
  return new StatecraftError('ERR_INVALID_ARGUMENT', message);
}

/** ERR_INVALID_WATCH: no key is as long as that. */
export function selectTooLong(chars: number, maxChars: number): StatecraftError {
  const message = `The selection has ${chars} characters, and keys at most 1,024 bytes. Select within ${maxChars}.`;
  return new StatecraftError('ERR_INVALID_WATCH', message);
}

/** ERR_LEADER_LOST: the connection was lost while leadership was handed over. */
export function handOverLost(outcome: Outcome): StatecraftError {
  const message =
    'The connection was lost before the leader said that another one leads; it may have been told to. ' +
    'See who leads before you ask again.';
  return new StatecraftError('ERR_LEADER_LOST', message, { outcome, retryable: true });
}

/** ERR_CLIENT_FAILED: the client itself, or the WebSocket it was given, threw. */
export function clientFailed(outcome: Outcome, cause: unknown): StatecraftError {
  const message = `The client failed: ${String(cause)}. Make a new one. ${whatNow[outcome]}`;
  return new StatecraftError('ERR_CLIENT_FAILED', message, { outcome, cause });
}

/** ERR_INVALID_VALUE: another client wrote a value that this one does not accept. */
export function unreadable(revision: number, cause: unknown): StatecraftError {
  const message = `The change at revision ${revision} cannot be read (${String(cause)}). Watch on after it.`;
  return new StatecraftError('ERR_INVALID_VALUE', message, { revision, cause });
}

/** `error`, when an earlier try may have taken effect: `whatNow` is added to what it says. */
export function asUnknown(error: StatecraftError, whatNow: string): StatecraftError {
  if (error.outcome === 'unknown') return error;
  const { code, message, retryable, revision, leader } = error;
  const told = `${message} An earlier try may have taken effect all the same. ${whatNow}`;
  const details = { outcome: 'unknown', retryable, revision, leader, cause: error } as const;
  return new StatecraftError(code, told, details);
}
