/**
 * A run as records: one for each event, with what it was about and how it left the server. As a
 * line of text for people, as JSON lines for tools.
 */
import type { LogIndex, Message, ServerId, Term } from '../../machines/messages.ts';
import type { ServerView } from '../invariants/observation.ts';
import type { Cause, Subject } from '../environment.ts';

/** An event that reached a server, and the server after it. */
export interface TraceStep {
  readonly type: 'step';
  readonly atMs: number;
  readonly server: ServerId;
  readonly cause: Cause;
  /** A message in a few words, the peer whose link closed, or the kind of request. */
  readonly about: string;
  readonly role: string;
  readonly currentTerm: Term;
  readonly votedFor: ServerId | null;
  readonly lastIndex: LogIndex;
  readonly commitIndex: LogIndex;
  readonly lastApplied: LogIndex;
  readonly diskTerm: Term;
  readonly diskLastIndex: LogIndex;
}

/** Something else: a fault begins or ends, a process stops. */
export interface TraceNote {
  readonly type: 'fault';
  readonly atMs: number;
  readonly text: string;
}

/** A line of a trace. */
export type TraceRecord = TraceStep | TraceNote;

export function stepOf(atMs: number, view: ServerView, cause: Cause, subject: Subject): TraceStep {
  const { id, role, context, lastApplied, disk } = view;
  const { currentTerm, votedFor, log, commitIndex } = context;
  const about = subject === null ? '' : typeof subject === 'string' ? subject : describe(subject);
  return {
    ...{ type: 'step', atMs, server: id, cause, about, role, currentTerm, votedFor },
    ...{ lastIndex: log.lastIndex, commitIndex, lastApplied },
    ...{ diskTerm: disk.term, diskLastIndex: disk.lastIndex },
  };
}

/** `12.345 n2 message rpc.requestVote n1>n2 t3 … | candidate t3 log 7 commit 5 applied 5`. */
export function lineOf(record: TraceRecord): string {
  const at = record.atMs.toFixed(3);
  if (record.type === 'fault') return `${at} fault ${record.text}`;
  const { server, cause, about, role, currentTerm, votedFor } = record;
  return (
    `${at} ${server} ${cause} ${about} | ${role} t${currentTerm} voted ${votedFor ?? '-'} ` +
    `log ${record.lastIndex} commit ${record.commitIndex} applied ${record.lastApplied} ` +
    `disk t${record.diskTerm} ${record.diskLastIndex}`
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
    case 'rpc.installSnapshot': {
      const { snapshot, offset, chunkBytes } = message;
      return `${head} of ${snapshot.index}@${snapshot.term} bytes ${offset}+${chunkBytes}`;
    }
    case 'rpc.installSnapshotReply': {
      const { snapshot, offset, installed } = message;
      return `${head} of ${snapshot.index}@${snapshot.term} ${installed ? 'installed' : `has ${offset}`}`;
    }
    case 'rpc.requestVote':
    case 'rpc.preVote':
      return `${head} last ${message.lastLogIndex}@${message.lastLogTerm}`;
    case 'rpc.requestVoteReply':
    case 'rpc.preVoteReply':
      return `${head} ${message.voteGranted ? 'granted' : 'denied'}`;
    case 'rpc.timeoutNow':
    case 'rpc.timeoutNowReply':
      return head;
    case 'rpc.readIndex':
      return `${head} attempt ${message.context}`;
    case 'rpc.readIndexReply':
      return `${head} attempt ${message.context} ${message.granted ? message.readIndex : 'denied'}`;
  }
}
