/**
 * Who may have this server's vote (§5.2, §5.4.1; thesis §9.6 for pre-votes)?
 */
import { lastTerm, type Log } from '../log.ts';
import type { LogIndex, ServerId, Term } from '../messages.ts';

/** §5.4.1: the log with the later last term is more up to date; with equal terms the longer one. */
export function isUpToDate(log: Log, lastLogTerm: Term, lastLogIndex: LogIndex): boolean {
  const own = lastTerm(log);
  return lastLogTerm > own || (lastLogTerm === own && lastLogIndex >= log.lastIndex);
}

export interface Voter {
  readonly log: Log;
  readonly votedFor: ServerId | null;
}

/** §5.2: at most one vote per term, first come first served; asked again, it gives the same. */
export function grantsVote(
  voter: Voter,
  request: { from: ServerId; lastLogIndex: LogIndex; lastLogTerm: Term },
): boolean {
  if (voter.votedFor !== null && voter.votedFor !== request.from) return false;
  return isUpToDate(voter.log, request.lastLogTerm, request.lastLogIndex);
}
