/**
 * Figure 2, "State": all that a server keeps in its chart. Its size depends on the number of
 * members and terms, never on the number of entries.
 */
import { configurationOf, bootstrapLog, type Log } from './log.ts';
import type { Fault } from './events.ts';
import type { Configuration, LogIndex, ServerId, Term } from './messages.ts';
import type { Window } from './replicator.context.ts';
import { membersBeside, votersBeside } from './rules/membership.ts';

/** Who waits for a ReadIndex: the gateway with one batch, and followers with an attempt each. */
export interface Readers {
  readonly batch: number | null;
  /** By follower, the context of its newest attempt. */
  readonly askers: Readonly<Record<ServerId, number>>;
}

export const noReaders: Readers = { batch: null, askers: {} };

/** Readers whose ReadIndex is being confirmed (thesis §6.4). */
export interface Read extends Readers {
  readonly readIndex: LogIndex;
  /** The reads may be served when a majority has answered a message of this round or later. */
  readonly round: number;
}

/** A change of members on its way (§6). */
export interface PendingChange {
  /** Whose change it is; null: it was begun under another leader, and the log says it. */
  readonly batch: number | null;
  readonly target: Configuration;
  readonly joining: readonly ServerId[];
  /** Thesis §4.2.1: the present round ends when all who join have the log through here. */
  readonly goal: LogIndex;
}

/** What a leader knows of one other member. */
export interface Progress {
  /** Verified and durable on the peer through here (Figure 2, matchIndex[]). */
  readonly matchIndex: LogIndex;
  /** It was given the snapshot of this index last, and needs what follows it; 0 for none. */
  readonly pinnedIndex: LogIndex;
  /** The newest ReadIndex round that the peer answered. */
  readonly round: number;
  /** It answered since the last quorum check. */
  readonly heard: boolean;
  /** Quorum checks in a row that it did not answer before. */
  readonly missedChecks: number;
}

/** A transfer of leadership on its way. */
export interface Transfer {
  /** Of the `admin.transfer` that asked for it. */
  readonly batch: number;
  readonly target: ServerId;
  /** It was told to campaign. */
  readonly handed: boolean;
}

/** What a server is born with. */
export interface ServerInput {
  readonly id: ServerId;
  /** Who votes until the log says otherwise (§6); empty for a server that joins later. */
  readonly voters: readonly ServerId[];
  /**
   * Followers promise their leader not to vote for another for a while, and leaders read on the
   * strength of it (docs/adr/0012). Equal on all servers of a cluster.
   */
  readonly leases: boolean;
  /** Of each replicator, while this server leads. */
  readonly window: Window;
  /** Entries before a snapshot that stay in the log, so that peers slightly behind need no snapshot. */
  readonly retainedEntries: number;
}

/** Figure 2's State, and what the chart knows beside it. */
export interface ServerContext extends Omit<ServerInput, 'voters'> {
  // Persistent on all servers; the chart emits `persist` whenever one changes.
  readonly currentTerm: Term;
  readonly votedFor: ServerId | null;
  readonly log: Log;

  // Volatile on all servers.
  readonly commitIndex: LogIndex;
  readonly leader: ServerId | null;
  /** Number of the newest write asked for; writes complete in order. */
  readonly writes: number;
  /** The newest write that replaced entries: older completions say nothing about the log now. */
  readonly truncatingWrite: number;
  /** The log is on this server's disk through here. */
  readonly durableIndex: LogIndex;
  /** The leader of currentTerm has matched this log through here; 0 when it has not yet. */
  readonly verifiedIndex: LogIndex;
  /** That leader's last index when it was first heard in currentTerm; null before (trust). */
  readonly leaderLast: LogIndex | null;
  readonly fault: Fault | null;

  // Volatile on followers: the batch of reads for which the leader is asked; null: none.
  readonly attempt: number | null;

  // Volatile on candidates: who granted the present (pre-)vote.
  readonly votes: readonly ServerId[];

  // Volatile on leaders, begun anew with each election.
  readonly peers: Readonly<Record<ServerId, Progress>>;
  readonly round: number;
  readonly read: Read | null;
  /** They came since the round of `read` began, so they need the next one. */
  readonly readers: Readers;
  /** The newest round that a majority has answered, and that a lease was counted from. */
  readonly leasedRound: number;
  /** Leadership is being handed over (thesis §3.10). */
  readonly transfer: Transfer | null;
  /** The change under way; null: there is none, or another leader had made it joint. */
  readonly change: PendingChange | null;
}

export function initialContext({ voters, ...input }: ServerInput): ServerContext {
  return {
    ...input,
    currentTerm: 0,
    votedFor: null,
    log: bootstrapLog(voters),
    commitIndex: 0,
    leader: null,
    writes: 0,
    truncatingWrite: 0,
    durableIndex: 0,
    verifiedIndex: 0,
    leaderLast: null,
    fault: null,
    attempt: null,
    votes: [],
    peers: {},
    round: 0,
    read: null,
    readers: noReaders,
    leasedRound: 0,
    transfer: null,
    change: null,
  };
}

/** Everyone else whose vote counts (§6: in the old configuration or in the new one). */
export function otherVoters({ log, id }: ServerContext): readonly ServerId[] {
  return votersBeside(configurationOf(log), id);
}

/** Everyone else that is sent the log. */
export function otherMembers({ log, id }: ServerContext): readonly ServerId[] {
  return membersBeside(configurationOf(log), id);
}
