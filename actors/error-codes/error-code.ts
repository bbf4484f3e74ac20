/**
 * What there is to know about an error code; the codes themselves are in the files beside, by who
 * raises them, and together in index.ts. Texts are whole sentences, for `statecraft explain` and for
 * docs/errors/ alike.
 */
import type { Outcome } from '../errors.ts';

export interface ErrorCode {
  /** What happened. */
  readonly meaning: string;
  /** What it most likely comes from. */
  readonly cause: string;
  readonly remedy: string;
  /** What may have become of the command that it is about; none: it is about no command. */
  readonly outcome: readonly Outcome[];
  /** The same call may succeed later without any change. */
  readonly retryable: boolean | 'sometimes';
}

/** Codes by name, `ERR_…`. */
export type ErrorCodes = Readonly<Record<`ERR_${string}`, ErrorCode>>;
