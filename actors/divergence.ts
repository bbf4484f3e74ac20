/**
 * Equal index and term but another history: the one thing that Raft's own checks cannot see.
 *
 * AppendEntries carries the chain checksum at prevLogIndex. It is a detector, never a decision:
 * what matches and what is truncated is decided by index and term alone (docs/formats.md#log-line).
 */
import type { Fault } from '../machines/events.ts';
import { matches } from '../machines/log.ts';
import type { AppendEntries } from '../machines/messages.ts';
import type { ServerContext } from '../machines/server.context.ts';
import type { Lines, Store } from '../storage/store.ts';

export function diverges(
  context: ServerContext,
  message: AppendEntries,
  store: Store,
): Fault | null {
  const { prevLogIndex, prevLogTerm, from, term } = message;
  if (term < context.currentTerm || !matches(context.log, prevLogIndex, prevLogTerm)) return null;
  if (store.checksumAt(prevLogIndex) === (message.payload as Lines).seed) return null;
  return {
    code: 'ERR_DIVERGED',
    message:
      `entry ${prevLogIndex} of term ${prevLogTerm} differs from that of ${from}: one of the two ` +
      'logs was damaged or edited. Run `statecraft log verify` on both, then restore the bad one.',
  };
}
