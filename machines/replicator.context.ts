/**
 * What a replicator keeps (Figure 2, nextIndex[] and matchIndex[]) and hears.
 */
import type { Log } from './log.ts';
import type {
  AppendEntriesReply,
  Current,
  InstallSnapshotReply,
  LogIndex,
  ServerId,
  SnapshotId,
  Term,
} from './messages.ts';

/** A frame that was sent and is not yet acknowledged. */
export interface Frame {
  readonly lastIndex: LogIndex;
  readonly bytes: number;
}

/** How much may be in flight to one peer: a peer that never acknowledges costs no more than this. */
export interface Window {
  readonly frames: number;
  /** Entry bytes. */
  readonly bytes: number;
}

/** A snapshot on its way to the peer. */
export interface Transfer {
  readonly snapshot: SnapshotId;
  /** All bytes before this are on the peer's disk. */
  readonly ackedBytes: number;
  readonly sentBytes: number;
  /** Where the chunks end that were sent and are not acknowledged, ascending. */
  readonly inFlight: readonly number[];
}

/** Slot `sendChunk`. */
export interface SendChunk {
  readonly from: ServerId;
  readonly to: ServerId;
  readonly term: Term;
  readonly snapshot: SnapshotId;
  readonly offset: number;
  /** Not a byte is sent: the peer says how far it is. */
  readonly asks: boolean;
}

/** What a replicator is born with. */
export interface ReplicatorInput {
  readonly id: ServerId;
  readonly peer: ServerId;
  readonly term: Term;
  readonly log: Log;
  readonly commitIndex: LogIndex;
  readonly round: number;
  readonly window: Window;
}

/** A leader's view of one peer. */
export interface ReplicatorContext extends ReplicatorInput {
  readonly nextIndex: LogIndex;
  readonly matchIndex: LogIndex;
  /** Oldest first; its length and its bytes are the window. */
  readonly inflight: readonly Frame[];
  /** null unless the peer is being given a snapshot. */
  readonly transfer: Transfer | null;
}

/** What a replicator hears. */
export type ReplicatorEvent =
  /** The leader's log grew or its commitIndex rose. */
  | { readonly type: 'leader.advanced'; readonly log: Log; readonly commitIndex: LogIndex }
  /** A read waits: ask this peer at once whether the leader still leads (thesis §6.4). */
  | { readonly type: 'leader.confirming'; readonly round: number }
  | Current<AppendEntriesReply>
  | Current<InstallSnapshotReply>
  /** The slot's report: the frame ended at `lastIndex`; `bytes` of entries. */
  | { readonly type: 'peer.sent'; readonly lastIndex: LogIndex; readonly bytes: number }
  /** The slot's report: this is the snapshot that is kept open for the peer. */
  | { readonly type: 'peer.snapshot'; readonly snapshot: SnapshotId }
  /** The slot's report: the chunk of `chunkBytes` from `offset` on was sent. */
  | { readonly type: 'peer.chunkSent'; readonly offset: number; readonly chunkBytes: number };

/** Figure 2: nextIndex begins right after the leader's last entry, matchIndex at 0. */
export function initialProgress(input: ReplicatorInput): ReplicatorContext {
  return {
    ...input,
    nextIndex: input.log.lastIndex + 1,
    matchIndex: 0,
    inflight: [],
    transfer: null,
  };
}
