/**
 * How a server says no, to a request or to a watch: a stable code, what became of the request, and
 * where or when to try again (docs/formats.md#client-frame). What the codes mean is
 * actors/error-codes/.
 */
// As a namespace: a page's bundle then leaves out what is not used, two thirds of it.
import * as z from 'zod';
import { count, positive } from './protocol-fields.ts';

/** Where to go instead. */
export interface LeaderHint {
  readonly id: string;
  /** Its client address, `host:port`; '' when it serves none. */
  readonly client: string;
}

export interface FailedResponse {
  /** null: the line could not be read, so nobody knows which request it was. */
  readonly id: number | null;
  readonly ok: false;
  /** Stable code, `ERR_…`. */
  readonly code: string;
  /** What happened and what to do. */
  readonly message: string;
  /** `not-applied`: it had no effect and never will. `unknown`: it may have, or may still. */
  readonly outcome: 'not-applied' | 'unknown';
  /** The same request may succeed when sent again, here or to `leader`. */
  readonly retryable: boolean;
  readonly leader: LeaderHint | null;
  /** ERR_COMPACTED: the lowest index that a watch can start from here. */
  readonly oldest?: number;
  /** Milliseconds after which trying again makes sense. */
  readonly retryAfterMs?: number;
}

export const failedSchema = z.object({
  id: count.nullable(),
  ok: z.literal(false),
  code: z.string().startsWith('ERR_'),
  message: z.string(),
  outcome: z.enum(['not-applied', 'unknown']),
  retryable: z.boolean(),
  leader: z.object({ id: z.string(), client: z.string() }).nullable(),
  oldest: z.exactOptional(positive),
  retryAfterMs: z.exactOptional(count),
});
