/**
 * The event stream of a node, as types: what a watcher of `/inspect` is told (docs/inspect.md).
 *
 * A watcher first gets the full state, then what happens, numbered without holes. Indices, terms,
 * ids and codes only: neither commands nor keys, values, messages of errors or secrets ever appear
 * here (digest.ts chooses the fields).
 */
import type { LogIndex, ServerId, TermRun } from '../../machines/messages.ts';

/** Of the frames; counted up when an old watcher would misread a new node. */
export const inspectProtocol = 1;

/** `n1/server`, `n1/logWriter`, `n1/replicator.n2`, `n1/link.n2`, `n1/bulk.n2`: unique in a cluster. */
export type ActorPath = string;

/** XState's: the name of the active state, or an active state per region. */
export type Value = string | { readonly [region: string]: Value | undefined };

/** A value without parts. */
export type Scalar = string | number | boolean | null;

/** The header of an event or a message: its type, and whatever of its fields is no payload. */
export type Header = { readonly type: string } & Readonly<Record<string, Scalar>>;

/** What an actor knows, in numbers: a choice from its context (Figure 2 for a server). */
export type Digest = { readonly [field: string]: DigestValue };
/** What a digest may hold. */
export type DigestValue = Scalar | readonly DigestValue[] | Digest;

/** A delayed transition that is armed. */
export interface Timer {
  /** XState's id of it, unique in its actor: `xstate.after.electionTimeout.server.role.…` */
  readonly id: string;
  /** The name of the delay: `electionTimeout`. */
  readonly delay: string;
  /** When it fires, on the clock of `atMs`. */
  readonly deadlineMs: number;
}

/** Everything about an actor that runs. */
export interface ActorState {
  readonly parent: ActorPath | null;
  /** Hash of its chart's definition; the definition is in the full state. */
  readonly machine: string;
  readonly value: Value;
  readonly digest: Digest;
  readonly timers: readonly Timer[];
}

/** Something that happened at a node. */
export type NodeFact =
  | ({ readonly type: 'actor.started'; readonly actor: ActorPath } & ActorState)
  | {
      readonly type: 'actor.stopped';
      readonly actor: ActorPath;
      readonly status: 'stopped' | 'done' | 'error';
    }
  /** One microstep: an event, and the edges that fired for it; none when it was ignored. */
  | {
      readonly type: 'step';
      readonly actor: ActorPath;
      readonly cause: Header;
      /** Ids as `edgeId` gives them (edges.ts). */
      readonly edges: readonly string[];
      /** The guards that were asked, by name, with their answers. */
      readonly guards: Readonly<Record<string, boolean>>;
      /** Absent when it is what was last told. */
      readonly value?: Value;
    }
  /** Timers that a step armed, and the ids of those that it cancelled. */
  | {
      readonly type: 'timers';
      readonly actor: ActorPath;
      readonly armed: readonly Timer[];
      readonly cancelled: readonly string[];
    }
  /** What the actor knows now; once per frame, and only when it changed. */
  | {
      readonly type: 'digest';
      readonly actor: ActorPath;
      readonly digest: Digest;
      /** Its state, when the step that changed it was counted instead of told. */
      readonly value?: Value;
    }
  /** The message left for its peer, or was heard. */
  | { readonly type: 'message.sent' | 'message.received'; readonly message: Header }
  /** Entries `firstIndex … lastIndex` are in the log of this server, not yet on its disk. */
  | {
      readonly type: 'log.appended';
      readonly firstIndex: LogIndex;
      readonly lastIndex: LogIndex;
      /** Their terms, oldest first. */
      readonly runs: readonly TermRun[];
    }
  /** Entries `firstIndex … lastIndex` were removed: another leader's replaced them (§5.3). */
  | {
      readonly type: 'log.truncated';
      readonly firstIndex: LogIndex;
      readonly lastIndex: LogIndex;
    }
  /** The log is on this server's disk, committed, or applied here, through `index`. */
  | {
      readonly type: 'log.persisted' | 'log.committed' | 'log.applied';
      readonly index: LogIndex;
    }
  /** Under load: routine of replication since the last frame that was counted instead of told. */
  | {
      readonly type: 'counted';
      readonly steps: Readonly<Record<ActorPath, number>>;
      /** By whom they were for, and from. */
      readonly sent: Readonly<Record<ServerId, number>>;
      readonly received: Readonly<Record<ServerId, number>>;
    }
  /** How late the event loop of its process was in the last second, p99 in milliseconds. */
  | { readonly type: 'process'; readonly loopDelayMs: number };

/** A fact with its place in the stream. */
export type NodeEvent = NodeFact & {
  /** One more than the event before it. */
  readonly seq: number;
  /** Unix time in milliseconds, by the node's clock. */
  readonly atMs: number;
};

/** The full state of a node after event `seq`. */
export interface NodeState {
  readonly seq: number;
  readonly appliedIndex: LogIndex;
  readonly actors: Readonly<Record<ActorPath, ActorState>>;
}

/** A chart's definition, as JSON; functions are objects with their name as `type`. */
export interface Definition {
  readonly id: string;
  /** Equal for equal definitions. */
  readonly hash: string;
  readonly json: string;
}

/** One WebSocket message, JSON text. The first is a `hello`; types that are not known are to be left alone. */
export type InspectFrame =
  | {
      readonly type: 'hello';
      readonly protocol: number;
      /** Drawn at each start of the node: sequence numbers belong to it. */
      readonly stream: string;
      readonly node: ServerId;
      readonly cluster: string;
      /** The node's clock now, for the deadlines of timers. */
      readonly nowMs: number;
    }
  /** Where clients and watchers reach the servers that the node has met, itself included, `host:port`. */
  | { readonly type: 'addresses'; readonly clients: Readonly<Record<ServerId, string>> }
  /** What came after `since` cannot be told any more; a full state follows. */
  | {
      readonly type: 'gap';
      readonly since: number;
      readonly reason: GapReason;
    }
  | {
      readonly type: 'state';
      readonly nowMs: number;
      readonly state: NodeState;
      /** The charts of all actors that run. */
      readonly definitions: readonly Definition[];
    }
  | { readonly type: 'events'; readonly events: readonly NodeEvent[] };

/**
 * `overwritten`: more happened than the node keeps. `unwatched`: nobody watched for a while, and
 * nothing was recorded. `restarted`: another stream; the node was started anew.
 */
export type GapReason = 'overwritten' | 'unwatched' | 'restarted';
