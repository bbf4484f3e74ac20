/**
 * What the client does about a refusal. Pure: the same answer, the same verdict.
 */
import type { FailedResponse } from '../../transport/client-protocol.ts';

export type Verdict =
  /** Tell the caller. */
  | { readonly kind: 'final' }
  /** Send it again to the same server, after a pause. */
  | { readonly kind: 'later' }
  /** Send it again to the server at `address`; null: to any other. */
  | { readonly kind: 'elsewhere'; readonly address: string | null }
  /** Send it again to the same server: an election is under way. */
  | { readonly kind: 'undecided' }
  /** This try met a session that is gone, and had no effect. */
  | { readonly kind: 'expired' };

export function verdictOn({ code, retryable, leader }: FailedResponse): Verdict {
  if (code === 'ERR_SESSION_EXPIRED') return { kind: 'expired' };
  if (!retryable) return { kind: 'final' };
  // Another server could not do better.
  if (later.has(code)) return { kind: 'later' };
  const known = leader !== null && leader.client !== '';
  if (known) return { kind: 'elsewhere', address: leader.client };
  return code === 'ERR_NOT_LEADER' ? { kind: 'undecided' } : { kind: 'elsewhere', address: null };
}

/** What only some time can mend. */
const later: ReadonlySet<string> = new Set([
  'ERR_OVERLOADED',
  'ERR_CHANGE_IN_PROGRESS',
  'ERR_SESSION_FULL',
  'ERR_SLOW_WATCHER',
]);
