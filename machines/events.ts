/**
 * What the server chart hears beside messages, and what it asks of the world.
 *
 * Events are facts with an origin: `rpc.*` other servers, `client.*` sessions, `log.*` the disk,
 * `peer.*` replicators, `link.*` connections, `admin.*` operators. Effects are the parameters of the
 * five I/O slots `send`, `persist`, `install`, `apply` and `reply`, which `actors/` fills.
 */
import type {
  Current,
  LoggedConfiguration,
  LogIndex,
  Message,
  Payload,
  ServerId,
  SnapshotId,
  Term,
  TermRun,
} from './messages.ts';
import type { ChangeRefusal, MembershipChange } from './rules/membership.ts';

/** Restored from disk; `doubtful` is docs/glossary.md#doubtful. */
export type Trust = 'proven' | 'doubtful';

/** What stops a server for good. */
export interface Fault {
  /** Stable code, `ERR_…`. */
  readonly code: string;
  readonly message: string;
}

/** Every event that a server hears. */
export type ServerEvent =
  | Message
  | Current
  /** One batch of encoded-to-be commands: `count` entries behind `payload`. */
  | {
      readonly type: 'client.command';
      readonly batch: number;
      readonly count: number;
      readonly payload: Payload;
    }
  /** One batch of linearizable reads; the gateway has at most one outstanding. */
  | { readonly type: 'client.read'; readonly batch: number }
  /** One batch of reads for which a lease will do (thesis §6.4.1). */
  | { readonly type: 'client.leaseRead'; readonly batch: number }
  /** The event loop stood still for so long that nothing that is timed holds any more. */
  | { readonly type: 'clock.late' }
  /** First event of all: what the disk held (Figure 2, persistent state). */
  | {
      readonly type: 'log.recovered';
      readonly term: Term;
      readonly votedFor: ServerId | null;
      readonly trust: Trust;
      /** What the log begins after: 0 and 0 unless it was compacted. */
      readonly snapshotIndex: LogIndex;
      readonly snapshotTerm: Term;
      /** Of the newest snapshot; null without one: that of the bootstrap. */
      readonly base: LoggedConfiguration | null;
      /** What the newest snapshot stands for is committed; 0 without one. */
      readonly commitIndex: LogIndex;
      readonly lastIndex: LogIndex;
      readonly runs: readonly TermRun[];
      /** Those of the log's entries, by rising index (§6). */
      readonly configurations: readonly LoggedConfiguration[];
    }
  /** Every write up to number `write` is on disk; the log as written then ended at `lastIndex`. */
  | {
      readonly type: 'log.persisted';
      readonly write: number;
      readonly lastIndex: LogIndex;
      readonly lastTerm: Term;
    }
  /** The disk has made no progress for longer than the bound. */
  | { readonly type: 'log.stalled' }
  | { readonly type: 'log.failed'; readonly fault: Fault }
  /** All bytes before `offset` of the snapshot that `from` sends are on the disk, beside the log. */
  | {
      readonly type: 'log.received';
      readonly from: ServerId;
      readonly snapshot: SnapshotId;
      readonly offset: number;
    }
  /** The snapshot has taken the place of the log up to its index, durably. */
  | {
      readonly type: 'log.installed';
      readonly from: ServerId;
      readonly snapshot: SnapshotId;
      /** In force at its index (§7: "the latest configuration in the log as of last included index"). */
      readonly configuration: LoggedConfiguration;
    }
  /** A snapshot that came is given up, and nothing of it is left: it was damaged, or the disk full. */
  | { readonly type: 'log.discarded' }
  /** The snapshotter's report: the state as of `index` is on the disk. */
  | { readonly type: 'log.snapshotted'; readonly index: LogIndex }
  /** A replicator's report: `peer` is verified and durable through `matchIndex`. */
  | {
      readonly type: 'peer.matched';
      readonly peer: ServerId;
      readonly term: Term;
      readonly matchIndex: LogIndex;
    }
  /** A replicator's report: `peer` is being given the snapshot of `index`, and needs what follows it. */
  | {
      readonly type: 'peer.pinned';
      readonly peer: ServerId;
      readonly term: Term;
      readonly index: LogIndex;
    }
  /** The connection to `peer` closed: its process died or the network cut it. */
  | { readonly type: 'link.closed'; readonly peer: ServerId }
  /** Another server is to lead (thesis §3.10): `target`, or whoever is closest behind when null. */
  | { readonly type: 'admin.transfer'; readonly batch: number; readonly target: ServerId | null }
  /** An operator's change of the configuration that entry `expected` holds (§6). */
  | {
      readonly type: 'admin.changeMembers';
      readonly batch: number;
      readonly expected: LogIndex;
      readonly change: MembershipChange;
      /** Addresses of servers by id; charts never open it. */
      readonly payload: Payload;
    }
  | { readonly type: 'admin.stop' };

/** Slot `send`. `after` names the write that must be on disk before the messages leave. */
export interface Send {
  /** A message to the server itself is delivered to its own chart: its own vote, once durable. */
  readonly messages: readonly Message[];
  /** `term`: the newest vote write. `log`: the newest write of any kind. */
  readonly after: 'term' | 'log';
}

/** Slot `persist`: write number `write`, one more than the last. */
export type Persist =
  | {
      readonly kind: 'vote';
      readonly write: number;
      readonly term: Term;
      readonly votedFor: ServerId | null;
    }
  | { readonly kind: 'trust'; readonly write: number; readonly trust: Trust }
  /** A leader's new entries, encoded by the slot: `payload` is what `client.command` carried. */
  | {
      readonly kind: 'proposed';
      readonly write: number;
      readonly firstIndex: LogIndex;
      readonly lastIndex: LogIndex;
      readonly term: Term;
      /** null for the no-op that opens the term. */
      readonly payload: Payload;
    }
  /** A leader's new configuration (§6); the slot knows the address of each server, or `payload` does. */
  | {
      readonly kind: 'configuration';
      readonly write: number;
      readonly term: Term;
      readonly configuration: LoggedConfiguration;
      readonly payload: Payload;
    }
  /** A follower's new entries `firstIndex … lastIndex`, out of the `Lines` in `payload`. */
  | {
      readonly kind: 'received';
      readonly write: number;
      readonly firstIndex: LogIndex;
      readonly lastIndex: LogIndex;
      readonly lastTerm: Term;
      /** Those among them (§6). */
      readonly configurations: readonly LoggedConfiguration[];
      readonly payload: Payload;
    };

/** Why a change cannot be made now. */
export type ChangeDelay =
  'ERR_CHANGE_IN_PROGRESS' | 'ERR_CONFIGURATION_CHANGED' | 'ERR_NOT_CAUGHT_UP';
/** Slot `install`: a snapshot from a leader, on its way to the disk. Answered by `log.*` events. */
export type Install =
  /** One chunk; out of order or of another snapshot than the last, the slot knows what to do. */
  | {
      readonly kind: 'receive';
      readonly from: ServerId;
      readonly snapshot: SnapshotId;
      readonly offset: number;
      readonly payload: Payload;
    }
  /** All of it is there: it takes the place of the log, as soon as all writes before are durable. */
  | {
      readonly kind: 'switch';
      readonly from: ServerId;
      readonly snapshot: SnapshotId;
      readonly keepSuffix: boolean;
    };

/** Slot `apply`: everything up to `commitIndex` may be applied, in order. */
export interface Apply {
  readonly commitIndex: LogIndex;
}

/** Slot `reply`: what became of the gateway's batches. */
export type Reply =
  /** The batch is in the log at `firstIndex …`, in order, all of `term`; not yet committed. */
  | {
      readonly kind: 'accepted';
      readonly batch: number;
      readonly firstIndex: LogIndex;
      readonly term: Term;
    }
  /** Nothing of the batch was or will be appended by this server. */
  | { readonly kind: 'refused'; readonly batch: number; readonly leader: ServerId | null }
  /** The reads of the batch may be served once `readIndex` is applied (thesis §6.4). */
  | { readonly kind: 'readable'; readonly batch: number; readonly readIndex: LogIndex }
  /** There is no lease: the reads of the batch need a round, or another server. */
  | { readonly kind: 'unleased'; readonly batch: number }
  /** Leadership is being handed over: the batch waits for `resumed` or `abandoned`. */
  | { readonly kind: 'held'; readonly batch: number }
  /** This server leads on: what was held may be sent again. */
  | { readonly kind: 'resumed' }
  /** Asked by `admin.transfer`; `target` is this server, which leads. */
  | { readonly kind: 'leads'; readonly batch: number; readonly target: ServerId }
  /** Asked by `admin.transfer`; this server leads on. */
  | { readonly kind: 'notTransferred'; readonly batch: number; readonly why: TransferFailure }
  /** The change is committed, in the configuration of entry `index`. */
  | { readonly kind: 'changed'; readonly batch: number; readonly index: LogIndex }
  /** Nothing was changed, or of ERR_NOT_CAUGHT_UP: the new servers stay learners. */
  | {
      readonly kind: 'unchanged';
      readonly batch: number;
      readonly code: ChangeRefusal['code'] | ChangeDelay;
      /** The server that is in the way. */
      readonly server: ServerId | null;
    }
  /**
   * Leadership ended: accepted batches have an unknown outcome, waiting reads are refused. `leader`:
   * to whom leadership was handed over, if it was.
   */
  | { readonly kind: 'abandoned'; readonly leader: ServerId | null };

/** `target`: nobody, or not who was named, may lead. `busy`: one transfer at a time. */
export type TransferFailure = 'target' | 'busy' | 'deadline' | 'refused';
