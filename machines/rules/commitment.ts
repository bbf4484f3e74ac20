/**
 * May this index commit (§5.3, §5.4.2)?
 */
import { configurationOf, termAt, type Log } from '../log.ts';
import type { LogIndex, ServerId, Term } from '../messages.ts';
import { quorumValue } from './quorum.ts';

export interface LeaderView {
  readonly log: Log;
  readonly currentTerm: Term;
  readonly commitIndex: LogIndex;
  /** Verified and durable through here, per voter, the leader's own disk included. */
  matchIndex(voter: ServerId): LogIndex;
}

/** The leader's commitIndex: that of a majority, if it may be committed by counting. */
export function leaderCommitIndex(view: LeaderView): LogIndex {
  const counted = quorumValue(configurationOf(view.log), (voter) => view.matchIndex(voter));
  if (counted <= view.commitIndex) return view.commitIndex;
  // §5.4.2: only entries of the current term commit by counting (Figure 8 shows why).
  return termAt(view.log, counted) === view.currentTerm ? counted : view.commitIndex;
}

/**
 * A follower's commitIndex: min(leaderCommit, index of the last entry that this very message
 * verified). More would commit an old tail that merely has not been truncated yet.
 */
export function followerCommitIndex(
  commitIndex: LogIndex,
  leaderCommit: LogIndex,
  verifiedIndex: LogIndex,
): LogIndex {
  return Math.max(commitIndex, Math.min(leaderCommit, verifiedIndex));
}
