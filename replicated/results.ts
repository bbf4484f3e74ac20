/**
 * What applying an entry gives, and the two kinds of "no" in it.
 *
 * The session table refuses a command without showing it to a machine (`ok: false`, nothing was
 * applied). A machine that cannot do what it was asked says so in its result, which is as
 * deterministic and as final as any other: `{"error": {"code", "message", "outcome"?}}`.
 */
import type { Json } from './state-machine.ts';

export type SessionRefusal =
  /** The session is not in the table: expired, evicted, or never opened. */
  | 'ERR_SESSION_EXPIRED'
  /** The client said before that it has this result (`doneBelow`), so it is no longer kept. */
  | 'ERR_RESULT_DISCARDED'
  /** Too many results are kept for this session: the client must raise `doneBelow`. */
  | 'ERR_SESSION_FULL';

export type AppliedResult =
  /** `index`: where it was first applied, also when this entry is a retry. */
  | { readonly ok: true; readonly index: number; readonly value: Json }
  | { readonly ok: false; readonly code: SessionRefusal; readonly message: string };

export interface ErrorResult {
  readonly error: {
    readonly code: string;
    readonly message: string;
    /** The machine changed nothing; without it the command counts as applied. */
    readonly outcome?: 'not-applied';
  };
}

/** A machine's way to say no. `code` is stable, `ERR_…`; `message` must not vary between servers. */
export function errorResult(code: string, message: string): Json {
  return { error: { code, message } };
}

/** The same of a machine that looked first, and changed nothing. */
export function refusedResult(code: string, message: string): Json {
  return { error: { code, message, outcome: 'not-applied' } };
}

/** Whether a machine's result is an error; `error` with a string `code` is reserved for that. */
export function isErrorResult(value: unknown): value is ErrorResult {
  if (typeof value !== 'object' || value === null || !('error' in value)) return false;
  const { error } = value;
  return (
    typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
  );
}
