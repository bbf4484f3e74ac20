/**
 * What every call of the client takes. api.ts has the calls, lock-api.ts what a lock takes beside it.
 */
export interface CallOptions {
  /** Milliseconds until ERR_TIMEOUT; the client's if not given. */
  readonly timeoutMs?: number;
  /** Aborting rejects with ERR_ABORTED; what was sent may still take effect. */
  readonly signal?: AbortSignal;
}
