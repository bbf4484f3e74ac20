/**
 * What a replica needs from outside, so that production and simulation differ only here: a clock, a
 * source of chance, a disk and a way to send. One turn of the event loop is the batch boundary.
 */
import type { Message, ServerId } from '../machines/messages.ts';
import type { Checksum, Store } from '../storage/store.ts';
import type { StateMachine } from '../replicated/state-machine.ts';

/** The clock of XState's actors: `setTimeout` in milliseconds. */
export interface Clock {
  /** Calls back once, after `delayMs`; returns what `clearTimeout` takes. */
  setTimeout(callback: () => void, delayMs: number): unknown;
  /** It will not call back any more. */
  clearTimeout(id: unknown): void;
}

/** All durations in milliseconds. */
export interface Timing {
  /** Between two heartbeats of a leader. */
  readonly heartbeatMs: number;
  /** The least time without a leader before a follower campaigns; the random most is twice that. */
  readonly electionTimeoutMs: number;
  /** A sync that takes longer counts as a stall. */
  readonly stallTimeoutMs: number;
}

export const defaultTiming: Timing = {
  heartbeatMs: 50,
  electionTimeoutMs: 500,
  stallTimeoutMs: 5_000,
};

/** Named bounds; every queue has one. */
export interface Limits {
  /** Entry bytes in one AppendEntries frame. */
  readonly maxFrameBytes: number;
  /** Frames in flight to one peer. */
  readonly maxInflightFrames: number;
  /** Entry bytes in flight to one peer. */
  readonly maxInflightBytes: number;
  /** Client requests accepted and not yet answered by one server; past it ERR_OVERLOADED. */
  readonly maxPending: number;
  /**
   * Bytes of commands accepted by one server and not yet applied; past a client's fair share of it
   * ERR_OVERLOADED, before anything is appended.
   */
  readonly maxUncommittedBytes: number;
  /** Bytes of one encoded command; past it ERR_TOO_LARGE. */
  readonly maxCommandBytes: number;
  /** Entries applied in one turn of the event loop. */
  readonly maxApplyPerTurn: number;
  /** A snapshot of the state is due when so many entries were applied since the last one … */
  readonly snapshotEntries: number;
  /** … or when the log has grown by so many bytes since then. */
  readonly snapshotBytes: number;
  /**
   * … and in both cases not before the log has grown by this share of the last snapshot's size: a
   * large state is not written anew for a few entries. 1: a byte of snapshot for each byte of log.
   */
  readonly snapshotGrowth: number;
  /** Bytes of one chunk of a snapshot on its way to a peer. */
  readonly maxChunkBytes: number;
  /**
   * Entries before a snapshot that stay in the log at least: a peer that is no further behind is
   * sent entries, and no snapshot. Whole files go at a time, so that the disk keeps more.
   */
  readonly retainedEntries: number;
  /**
   * The reserve of the disk, in bytes: with less than this free, commands are refused with
   * ERR_STORAGE_FULL before anything is appended, and reads go on.
   */
  readonly minFreeBytes: number;
  /** Client sessions kept; the least recently used is evicted. It counts where the leader is. */
  readonly maxSessions: number;
  /**
   * A session without a command for so long expires, in milliseconds of replicated time. It counts
   * where the session is opened.
   */
  readonly sessionTtlMs: number;
}

/** Bytes of one command, encoded as JSON: what clients hold themselves to, and servers unless told. */
export const maxCommandBytes = 1 << 20;

export const defaultLimits: Limits = {
  maxFrameBytes: 1 << 20,
  maxInflightFrames: 64,
  maxInflightBytes: 4 << 20,
  maxPending: 65_536,
  maxUncommittedBytes: 64 << 20,
  minFreeBytes: 128 << 20,
  maxCommandBytes,
  maxApplyPerTurn: 1_024,
  // Often enough that a start replays seconds, seldom enough that a busy server hardly notices: it
  // writes 10,000 entries in a second, and a snapshot each second was a tenth of all it did.
  snapshotEntries: 100_000,
  snapshotBytes: 64 << 20,
  snapshotGrowth: 1,
  maxChunkBytes: 256 << 10,
  retainedEntries: 5_000,
  maxSessions: 4_096,
  sessionTtlMs: 3_600_000,
};

/** How much of the disk is free. */
export interface DiskSpacePort {
  /** Milliseconds between two looks. */
  readonly everyMs: number;
  /** Tells, now or later, how many bytes are free; null: nobody knows. */
  readonly readFreeBytes: (done: (bytes: number | null) => void) => void;
}

export interface ReplicaPorts {
  readonly store: Store;
  /** CRC-32, for the lines of the log. */
  readonly checksum: Checksum;
  /** Hands a message to the network; may lose it, never throws. */
  send(message: Message): void;
  readonly clock: Clock;
  /** Milliseconds since some moment of this process, never falling; the wall clock has no say. */
  monotonicMs(): number;
  /** The disk of the store; without it there is always room. */
  readonly space?: DiskSpacePort;
  /** Uniform in [0, 1). */
  random(): number;
  /** Runs `task` when the present turn of the event loop has read all it can (`setImmediate`). */
  defer(task: () => void): void;
}

export interface ReplicaOptions {
  readonly id: ServerId;
  /** Who votes until the log says otherwise (§6); empty for a server that joins later. */
  readonly voters: readonly ServerId[];
  /** Where the voters are reached, `host:port`; a simulation knows without. */
  readonly addresses?: Readonly<Record<ServerId, string>>;
  /** The state machines that the log drives, by name. */
  readonly machines: Readonly<Record<string, StateMachine>>;
  readonly timing: Timing;
  readonly limits: Limits;
  /** Followers promise, and leaders read by, leases (docs/adr/0012); equal on all servers. */
  readonly leases: boolean;
  /** Counts the starts of this server on its disk. */
  readonly boot: number;
  readonly ports: ReplicaPorts;
}
