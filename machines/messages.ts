/**
 * Every message that servers exchange, a type each, with its place in the paper.
 *
 * A message is the event that its receiver's chart hears: `rpc.*` on the region `role` of the
 * server chart, which checks the term (§5.1) and raises it again as `current.*` for the roles.
 * Entry bytes are not here: `payload` is an opaque handle that only `actors/` and `storage/` open.
 */

/** A server's name, unique in its cluster and never reused. */
export type ServerId = string;
/** A term (§5.1): 0 before the first election, then counted up by 1. */
export type Term = number;
/** A position in the log (§5.3), 1-based; 0 is "before the first entry". */
export type LogIndex = number;

/** All entries from `firstIndex` up to the next run have this term. */
export interface TermRun {
  readonly firstIndex: LogIndex;
  readonly term: Term;
}

/**
 * Who takes part (§6). Joint while `outgoing` is not empty: then a majority of the old voters and
 * one of the new must agree. Learners are sent the log and count for nothing (thesis §4.2.1).
 */
export interface Configuration {
  readonly voters: readonly ServerId[];
  /** The voters of the configuration that is being left, C_old; empty as a rule. */
  readonly outgoing: readonly ServerId[];
  readonly learners: readonly ServerId[];
  /**
   * Who takes part next, once all new voters have caught up: whoever leads by then goes on to it.
   * Absent when no change is under way, and in a joint configuration, which says it itself.
   */
  readonly next?: NextMembers;
}

/** All of them voters or learners of the configuration that names them. */
export interface NextMembers {
  readonly voters: readonly ServerId[];
  readonly learners: readonly ServerId[];
}

/** A configuration and the entry that holds it; index 0 is what the servers were started with. */
export interface LoggedConfiguration extends Configuration {
  readonly index: LogIndex;
}

/** Encoded entries that ride an event untouched, from a socket or a session to `persist`. */
export type Payload = unknown;

interface Envelope {
  readonly from: ServerId;
  readonly to: ServerId;
  /** The sender's currentTerm. */
  readonly term: Term;
}

/** Figure 2, AppendEntries RPC, arguments. `lastIndex === prevLogIndex` is a heartbeat. */
export interface AppendEntries extends Envelope {
  readonly type: 'rpc.appendEntries';
  readonly prevLogIndex: LogIndex;
  readonly prevLogTerm: Term;
  /** Index of the last entry carried. */
  readonly lastIndex: LogIndex;
  /** Terms of the entries prevLogIndex+1 … lastIndex. */
  readonly runs: readonly TermRun[];
  /** The configurations among the entries, by rising index (§6). */
  readonly configurations: readonly LoggedConfiguration[];
  readonly leaderCommit: LogIndex;
  /**
   * The sender's last index: a doubtful server is proven once it is matched through the first one
   * it hears.
   */
  readonly leaderLast: LogIndex;
  /** ReadIndex round that a reply confirms (thesis §6.4); counted up within a term. */
  readonly round: number;
  /** `Lines` of storage/store.ts; charts never open it. */
  readonly payload: Payload;
}

/**
 * Figure 2, AppendEntries RPC, results; a refusal carries a one-round-trip conflict hint (§5.3).
 */
export interface AppendEntriesReply extends Envelope {
  readonly type: 'rpc.appendEntriesReply';
  readonly success: boolean;
  /** success: the log is verified and on disk through this index. Refusal: 0. */
  readonly matchIndex: LogIndex;
  /** Refusal: prevLogIndex of the request, so that a late refusal is recognised. Success: 0. */
  readonly refusedIndex: LogIndex;
  /** Refusal: the leader need not probe above this index, which has `hintTerm` here. Success: 0. */
  readonly hintIndex: LogIndex;
  readonly hintTerm: Term;
  readonly round: number;
}

/** Figure 2, RequestVote RPC, arguments. */
export interface RequestVote extends Envelope {
  readonly type: 'rpc.requestVote';
  readonly lastLogIndex: LogIndex;
  readonly lastLogTerm: Term;
  /** Thesis §4.2.3: the leader itself asked for this election, so nobody is disturbed by it. */
  readonly leadershipTransfer: boolean;
}

/** Figure 2, RequestVote RPC, results. */
export interface RequestVoteReply extends Envelope {
  readonly type: 'rpc.requestVoteReply';
  readonly voteGranted: boolean;
}

/** Thesis §9.6, pre-vote: would you vote for me in `campaignTerm`? `term` stays the current one. */
export interface PreVote extends Envelope {
  readonly type: 'rpc.preVote';
  readonly campaignTerm: Term;
  readonly lastLogIndex: LogIndex;
  readonly lastLogTerm: Term;
}

/** Thesis §9.6, the answer; `campaignTerm` tells which canvass it belongs to. */
export interface PreVoteReply extends Envelope {
  readonly type: 'rpc.preVoteReply';
  readonly campaignTerm: Term;
  readonly voteGranted: boolean;
}

/** Thesis §3.10: the receiver is to campaign at once, in the term after `term`. */
export interface TimeoutNow extends Envelope {
  readonly type: 'rpc.timeoutNow';
}

/** The receiver may not be elected (it doubts itself, or is no voter), so the sender leads on. */
export interface TimeoutNowReply extends Envelope {
  readonly type: 'rpc.timeoutNowReply';
}

/** One snapshot file: what it replaces, and how to tell it from any other file. */
export interface SnapshotId {
  /** Figure 13, lastIncludedIndex and lastIncludedTerm: it replaces all entries up to here. */
  readonly index: LogIndex;
  readonly term: Term;
  /** Of the whole file, and its hash. */
  readonly sizeBytes: number;
  readonly hash: number;
}

/**
 * Figure 13, InstallSnapshot RPC, arguments: one chunk. One of no bytes asks how far the receiver
 * is.
 */
export interface InstallSnapshot extends Envelope {
  readonly type: 'rpc.installSnapshot';
  readonly snapshot: SnapshotId;
  /** Where in the file the chunk begins. */
  readonly offset: number;
  readonly chunkBytes: number;
  /** `Chunk` of storage/snapshots/snapshot-chunk.ts; charts never open it. */
  readonly payload: Payload;
}

/** Figure 13, InstallSnapshot RPC, results: what the receiver has, so that a transfer can go on. */
export interface InstallSnapshotReply extends Envelope {
  readonly type: 'rpc.installSnapshotReply';
  readonly snapshot: SnapshotId;
  /** All bytes before this offset have arrived. */
  readonly offset: number;
  /** All that the snapshot replaces is committed on the receiver's disk: no byte more is wanted. */
  readonly installed: boolean;
}

/** Thesis §6.4, follower reads: from where on may I serve the reads that wait here? */
export interface ReadIndex extends Envelope {
  readonly type: 'rpc.readIndex';
  /** Of this attempt alone, over restarts too: a late answer confirms no later read. */
  readonly context: number;
}

/** The answer, once a majority has confirmed that the sender leads; or that it does not. */
export interface ReadIndexReply extends Envelope {
  readonly type: 'rpc.readIndexReply';
  readonly context: number;
  readonly granted: boolean;
  /** The reads may be served once this is applied; 0 when not granted. */
  readonly readIndex: LogIndex;
}

/** Every message between servers. */
export type Message =
  | AppendEntries
  | AppendEntriesReply
  | InstallSnapshot
  | InstallSnapshotReply
  | RequestVote
  | RequestVoteReply
  | PreVote
  | PreVoteReply
  | TimeoutNow
  | TimeoutNowReply
  | ReadIndex
  | ReadIndexReply;

/** The `type` of a message. */
export type MessageType = Message['type'];

/** A message of the current term, as the roles hear it: `rpc.x` raised again as `current.x`. */
export type Current<M extends Message = Message> = M extends { type: `rpc.${infer Name}` }
  ? Omit<M, 'type'> & { readonly type: `current.${Name}` }
  : never;
