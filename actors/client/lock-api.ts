/**
 * What users see of a lock: what they ask for, and what they hold. The recipe is lock.ts's.
 */
import type { CallOptions } from './call-options.ts';

/** What `lock` and `elect` take. */
export interface LockOptions extends CallOptions {
  /**
   * Milliseconds for which the lock outlives its holder, from 100 up; 10,000 if not given. It is
   * renewed three times as often.
   */
  readonly ttlMs?: number;
}

/** A lock that is held. */
export interface Lock {
  /** Where it is: `lock/NAME` or `election/NAME`. */
  readonly key: string;
  /**
   * The fencing token: the revision of the key, larger than that of every holder before. Who is asked
   * to act under the lock refuses a token below one that it has seen; a transaction compares it,
   * `{ key, revision: token }`.
   */
  readonly token: number;
  /** Aborted with ERR_LOCK_LOST as its reason: stop what the lock guards. */
  readonly signal: AbortSignal;
  /**
   * Gives it up; the next one may have it at once. Idempotent, and nothing once it is lost. When it
   * rejects, the client goes on trying for up to 15 s; the lock ends with its `ttlMs` at the latest.
   */
  release(): Promise<void>;
  /** `release()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
