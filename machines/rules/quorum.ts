/**
 * What a majority is (§5.2, §6): one place, over the voters alone, the server itself included.
 * Used for votes, commitment, check-quorum and ReadIndex.
 *
 * "Agreement (for elections and entry commitment) requires separate majorities from both the old and
 * new configurations." A majority of all of them together would not do:
 *   old {a}, new {a, b, c, d, e} → b, c and d elect a leader that a, old and sole, never heard of
 */
import type { Configuration, LogIndex, ServerId } from '../messages.ts';

/** More than half of the voters satisfy `holds`, of the old ones and of the new ones. */
export function hasQuorum(
  { voters, outgoing }: Configuration,
  holds: (voter: ServerId) => boolean,
): boolean {
  return hasMajority(voters, holds) && (outgoing.length === 0 || hasMajority(outgoing, holds));
}

/** The greatest value that a majority of the voters has reached, of the old ones and of the new. */
export function quorumValue(
  { voters, outgoing }: Configuration,
  valueOf: (voter: ServerId) => LogIndex,
): LogIndex {
  const value = majorityValue(voters, valueOf);
  return outgoing.length === 0 ? value : Math.min(value, majorityValue(outgoing, valueOf));
}

function hasMajority(voters: readonly ServerId[], holds: (voter: ServerId) => boolean): boolean {
  return 2 * voters.filter(holds).length > voters.length;
}

function majorityValue(
  voters: readonly ServerId[],
  valueOf: (voter: ServerId) => LogIndex,
): LogIndex {
  const descending = voters.map(valueOf).sort((a, b) => b - a);
  return descending[Math.floor(voters.length / 2)] ?? 0;
}
