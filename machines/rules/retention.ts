/**
 * How much of the log may go, once a snapshot stands for it (§7; docs/divergence.md#retention)?
 */
import type { LogIndex } from '../messages.ts';

/** A leader's view of one peer, as far as it matters here. */
export interface Needs {
  /** It has everything through here. */
  readonly matchIndex: LogIndex;
  /** It was given the snapshot of this index last; 0 for none. */
  readonly pinnedIndex: LogIndex;
  /** Quorum checks in a row that it did not answer. */
  readonly missedChecks: number;
}

/** A peer that did not answer so many quorum checks in a row is gone: the log waits for it no more. */
export const goneAfterChecks = 20;

/**
 * The last entry that may go, after a snapshot of `index`. A tail stays for those who are slightly
 * behind, and whatever a peer that answers still needs: were it dropped while the peer is given a
 * snapshot, the peer would need another one when it is done, and so on for ever.
 */
export function compactThrough(
  index: LogIndex,
  retainedEntries: number,
  peers: readonly Needs[],
): LogIndex {
  const held = peers
    .filter(({ missedChecks }) => missedChecks < goneAfterChecks)
    .map(({ matchIndex, pinnedIndex }) => Math.max(matchIndex, pinnedIndex));
  return Math.max(0, Math.min(index - retainedEntries, ...held));
}
