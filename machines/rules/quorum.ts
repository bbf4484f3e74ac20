/**
 * What a majority is (§5.2): one place, over the voters alone, the server itself included.
 * Used for votes, commitment, check-quorum and ReadIndex.
 */
import type { LogIndex, ServerId } from '../messages.ts';

/** More than half of the voters satisfy `holds`. */
export function hasQuorum(
  voters: readonly ServerId[],
  holds: (voter: ServerId) => boolean,
): boolean {
  return 2 * voters.filter(holds).length > voters.length;
}

/** The greatest value that a majority of the voters has reached. */
export function quorumValue(
  voters: readonly ServerId[],
  valueOf: (voter: ServerId) => LogIndex,
): LogIndex {
  const descending = voters.map(valueOf).sort((a, b) => b - a);
  return descending[Math.floor(voters.length / 2)] ?? 0;
}
