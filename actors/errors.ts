/**
 * The one error that users see: a stable code, what happened and what to do, and whether the
 * command it speaks of took effect. The codes are in error-codes/.
 */

/** `unknown`: sent, and no answer told; it may have been applied. */
export type Outcome = 'applied' | 'not-applied' | 'unknown';

/** What an error says beside its code and message; see `StatecraftError`. */
export interface ErrorDetails {
  /** 'not-applied' if not given. */
  readonly outcome?: Outcome;
  /** The same call may succeed later without any change. */
  readonly retryable?: boolean;
  /** See `StatecraftError.revision`. */
  readonly revision?: number | null;
  /** See `StatecraftError.leader`. */
  readonly leader?: Leader | null;
  /** What it comes from. */
  readonly cause?: unknown;
}

/** Who leads, as the server knew that refused. */
export interface Leader {
  /** Its server id. */
  readonly id: string;
  /** Where clients reach it, `host:port`; '' when it serves none. */
  readonly client: string;
}

/** Every error of this package. `docs/errors/` has a page for each code. */
export class StatecraftError extends Error {
  /** `ERR_…`, stable. */
  readonly code: string;
  /** What became of the command that it speaks of. */
  readonly outcome: Outcome;
  /** The same call may succeed later without any change. */
  readonly retryable: boolean;
  /**
   * The log index that the code speaks of: of ERR_CAS_FAILED the revision that the key has (null: no
   * such key), of ERR_COMPACTED the oldest from which a watch can begin. Else null.
   */
  readonly revision: number | null;
  /** Whom to ask instead, when the server that refused knew; else null. */
  readonly leader: Leader | null;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = 'StatecraftError';
    this.code = code;
    this.outcome = details.outcome ?? 'not-applied';
    this.retryable = details.retryable ?? false;
    this.revision = details.revision ?? null;
    this.leader = details.leader ?? null;
  }
}
