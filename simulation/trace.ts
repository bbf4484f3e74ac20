/**
 * A run in words: one line for each event, with what it was about and how it left the server.
 */
import type { Message } from '../machines/messages.ts';
import type { ServerView } from './invariants/observation.ts';
import type { Cause, Subject } from './server.ts';

/** `12.345 n2 message rpc.requestVote n1>n2 t3 … | candidate t3 log 7 commit 5 applied 5`. */
export function stepLine(nowMs: number, view: ServerView, cause: Cause, subject: Subject): string {
  const { role, context, lastApplied, disk } = view;
  const { currentTerm, votedFor, log, commitIndex } = context;
  const about = subject === null ? '' : typeof subject === 'string' ? subject : describe(subject);
  return (
    `${nowMs.toFixed(3)} ${view.id} ${cause} ${about} | ${role} t${currentTerm} ` +
    `voted ${votedFor ?? '-'} log ${log.lastIndex} commit ${commitIndex} applied ${lastApplied} ` +
    `disk t${disk.term} ${disk.lastIndex}`
  );
}

/** A message in one line, with the fields that matter. */
export function describe(message: Message): string {
  const head = `${message.type} ${message.from}>${message.to} t${message.term}`;
  switch (message.type) {
    case 'rpc.appendEntries': {
      const { prevLogIndex, prevLogTerm, lastIndex, leaderCommit } = message;
      return `${head} prev ${prevLogIndex}@${prevLogTerm} last ${lastIndex} commit ${leaderCommit}`;
    }
    case 'rpc.appendEntriesReply': {
      const { success, matchIndex, refusedIndex, hintIndex, hintTerm } = message;
      if (success) return `${head} match ${matchIndex}`;
      return `${head} refused ${refusedIndex} hint ${hintIndex}@${hintTerm}`;
    }
    case 'rpc.requestVote':
    case 'rpc.preVote':
      return `${head} last ${message.lastLogIndex}@${message.lastLogTerm}`;
    case 'rpc.requestVoteReply':
    case 'rpc.preVoteReply':
      return `${head} ${message.voteGranted ? 'granted' : 'denied'}`;
  }
}
