/**
 * What users of the client see: its methods, what they take and what they give. Indices are of the
 * log; a revision of a key is the index of its last modification.
 */
import type { Json } from '../../replicated/state-machine.ts';
import type { CallOptions } from './call-options.ts';
import type { Lock, LockOptions } from './lock-api.ts';

/** Who takes part: peer addresses, `host:port`, by server id. */
export interface Members {
  /** Log index of the entry that says so; 0: the servers that the cluster was started with. */
  readonly index: number;
  /** That entry is committed; until then another may take its place. */
  readonly committed: boolean;
  /** The server that says so; null: it has just stopped leading, to leave. */
  readonly leader: string | null;
  /** A majority of them decides. */
  readonly voters: Readonly<Record<string, string>>;
  /** While members change: the voters before, of whom a majority must agree as well. */
  readonly outgoing: Readonly<Record<string, string>>;
  /** They are sent the log and do not vote. */
  readonly learners: Readonly<Record<string, string>>;
  /** Ids of servers that left; they are never used again. */
  readonly removed: readonly string[];
  /** What follows by itself once all new voters have caught up, as ids; absent: nothing. */
  readonly next?: Readonly<Record<'voters' | 'learners', readonly string[]>>;
}

/** What `memberAdd` takes. */
export interface MemberAddOptions extends CallOptions {
  /** It stays a learner; false if not given. */
  readonly learner?: boolean;
}

/** What a read may miss, and what every read takes. */
export interface ReadOptions extends CallOptions {
  /**
   * `linearizable` (if not given): everything that was acknowledged before the call. `lease`: the same
   * without a round, as long as clocks keep to their drift, where the cluster has leases. `local`: what
   * the server that answers has applied, however old.
   */
  readonly consistency?: 'linearizable' | 'lease' | 'local';
  /**
   * A log index that must have been seen, such as the revision of an own write. One that the cluster
   * never gave is ERR_FUTURE_REVISION; a `local` read cannot know, and waits: ERR_TIMEOUT.
   */
  readonly atLeast?: number;
}

/** What a state machine made of a command or a query. */
export interface Answered {
  /** Log index of the command, or of the state that was read. */
  readonly index: number;
  /** JSON, as the machine gave it. */
  readonly result: Json;
}

/** Log indices: that of this modification, and that of the one before it or null. */
export interface Modified {
  /** Of this modification. */
  readonly revision: number;
  /** Of the one before it; null: the key was not there. */
  readonly previous: number | null;
}

/** A value and how old it is. */
export interface Versioned {
  /** As it was written: a `Date` is a `Date` again. */
  readonly value: unknown;
  /** Log index of the last modification of the key. */
  readonly revision: number;
}

/** A page of a list. */
export interface Listed {
  /** In the order of their keys. */
  readonly entries: readonly (Versioned & { readonly key: string })[];
  /** Keys were left out, by `limit` or by the size of the answer. */
  readonly more: boolean;
  /** The first key that was left out: the `start` of the next page; null when there is none. */
  readonly next: string | null;
  /** Log index of the state that was read: a `watch` from the one after it misses nothing. */
  readonly revision: number;
}

/** Keys from `start` on (in) to `end` (out), in order of UTF-16 code units; no bound if not given. */
export interface KeyRange {
  /** The first key, itself included. */
  readonly start?: string;
  /** Keys before this one. */
  readonly end?: string;
}

/** What `list` and `range` take. */
export interface ListOptions extends ReadOptions {
  /** Entries at most; 1,000 if not given, and that is the most. */
  readonly limit?: number;
}

/** What calls that write a value take. */
export interface PutOptions extends CallOptions {
  /**
   * Milliseconds after which the key ends, 1 to ten years; without it the key stays. It counts from
   * when the leader takes the call, and is never shorter: while nobody leads it stands still.
   */
  readonly ttlMs?: number;
}

/** What a key must be: at this revision, or `'absent'`. */
export type Expected = { readonly revision: number } | 'absent';

/** One condition; `value` is equal whatever the order of its fields. */
export type TxnCompare = { readonly key: string } & (
  { readonly revision: number } | { readonly value: unknown } | { readonly exists: boolean }
);

/** What a transaction does to a key. */
export type TxnOperation =
  | { readonly put: { readonly key: string; readonly value: unknown; readonly ttlMs?: number } }
  | { readonly delete: { readonly key: string } }
  | { readonly get: { readonly key: string } };

/** At most 128 of each, and a key once in a branch; what is not given is empty. */
export interface Txn {
  /** All must hold; none always do. */
  readonly if?: readonly TxnCompare[];
  /** When all of `if` hold. */
  readonly then?: readonly TxnOperation[];
  /** When one of them does not. */
  readonly else?: readonly TxnOperation[];
}

/** What an operation gave: of a `get` the value or null. */
export type TxnOutcome = Modified | Versioned | null;

/** What came of a transaction. */
export interface TxnResult {
  /** Whether all of `if` held: `then` was done, else `else`. */
  readonly ok: boolean;
  /** The log index of the transaction, and of all that it modified. */
  readonly revision: number;
  /** One for each operation of the branch, in its order. */
  readonly results: readonly TxnOutcome[];
}

/** The keys that a watch is about. */
export type WatchSelect =
  | { readonly key: string }
  | { readonly prefix: string }
  /** From `start` on (in) to `end` (out), or without end. */
  | { readonly start: string; readonly end?: string };

/** What `watch` takes. */
export interface WatchOptions {
  /** The first revision that matters; from now on if not given. */
  readonly from?: number;
  /**
   * Also gives changes without events every 2 s or so: all before and at their revision has been
   * seen. False if not given.
   */
  readonly progress?: boolean;
  /** Aborting ends the watch with ERR_ABORTED. */
  readonly signal?: AbortSignal;
}

/**
 * `previous`: the revision that was replaced; null when the key was not there. `reason`: somebody
 * deleted the key, or its time to live was over.
 */
export type WatchEvent =
  | {
      readonly type: 'put';
      readonly key: string;
      readonly value: unknown;
      readonly previous: number | null;
    }
  | {
      readonly type: 'delete';
      readonly key: string;
      readonly previous: number;
      readonly reason: 'deleted' | 'expired';
    };

/** All that happened to the selected keys at one index: a transaction's events come together. */
export interface Change {
  /** Log index; grows from change to change. */
  readonly revision: number;
  /** In the order in which they happened. */
  readonly events: readonly WatchEvent[];
}

/**
 * Every method rejects with a `StatecraftError`: ERR_TIMEOUT, ERR_ABORTED, ERR_STOPPED,
 * ERR_OVERLOADED, or what the servers answered, ERR_INVALID_COMMAND for example. Its `outcome` says
 * whether a command took effect: `applied`, `not-applied` or `unknown`.
 */
export interface Client {
  /** Also ERR_INVALID_VALUE, ERR_TOO_LARGE, ERR_SESSION_EXPIRED. */
  put(key: string, value: unknown, options?: PutOptions): Promise<Modified>;
  /** Deletes; `previous` is null when there was nothing. */
  delete(key: string, options?: CallOptions): Promise<Modified>;
  /** Sets a key that is still what is expected; else ERR_CAS_FAILED, with its `revision`. */
  cas(key: string, expected: Expected, value: unknown, options?: PutOptions): Promise<Modified>;
  /**
   * Lets a key that still has `revision` live for `ttlMs` milliseconds from now on; its revision and
   * value stay, watchers are told nothing. Else ERR_CAS_FAILED, with its `revision`.
   */
  touch(key: string, revision: number, ttlMs: number, options?: CallOptions): Promise<void>;
  /** Compares, then does one of two branches, all at one revision. A failed compare is no error. */
  txn(txn: Txn, options?: CallOptions): Promise<TxnResult>;
  /** null when there is no such key. Linearizable, unless less is asked for. */
  get(key: string, options?: ReadOptions): Promise<Versioned | null>;
  /** Keys that begin with `prefix`, from `start` on if given. Linearizable, each page for itself. */
  list(prefix: string, options?: ListOptions & { readonly start?: string }): Promise<Listed>;
  /** Keys of a range. Linearizable, each page for itself. */
  range(range: KeyRange, options?: ListOptions): Promise<Listed>;
  /**
   * Follows keys from a revision on: each change once, in order, none left out, over lost connections
   * and fallen servers. Told by any server from what that has applied, so it may lag behind a `get`.
   * Begins at once; ends by leaving the loop, `return()`, the signal or `stop()`. A reader that is
   * slow pauses it. Throws ERR_COMPACTED, with the oldest `revision` that a watch can begin from,
   * when what it needs is forgotten: read, then watch from after that. Also ERR_INVALID_WATCH,
   * ERR_INVALID_ARGUMENT, ERR_INVALID_VALUE, ERR_STOPPED, ERR_OVERLOADED.
   */
  watch(select: WatchSelect, options?: WatchOptions): AsyncIterableIterator<Change, undefined>;
  /**
   * Proposes a command to the replicated state machine of that name; resolves when it was applied.
   * The errors that the machine itself makes reject, with `outcome: 'applied'`. Also
   * ERR_INVALID_COMMAND, ERR_INVALID_VALUE, ERR_TOO_LARGE, ERR_SESSION_EXPIRED.
   */
  command(machine: string, command: Json, options?: CallOptions): Promise<Answered>;
  /** Asks the replicated state machine of that name; linearizable. Also ERR_UNKNOWN_MACHINE. */
  query(machine: string, query: Json, options?: ReadOptions): Promise<Answered>;
  /**
   * Waits until nobody else holds the lock `name`, and holds it: until `release()`, until the end of
   * an `await using`, or until the lease can no longer be vouched for, which aborts its `signal`. Send
   * its `token` along to whatever the lock guards. Waits as long as it takes, over lost connections
   * and fallen servers, but for `timeoutMs` (ERR_TIMEOUT) and `signal` (ERR_ABORTED). With the outcome
   * `unknown` the key may be there; the client goes on for up to 15 s to delete it, until `stop()`.
   */
  lock(name: string, options?: LockOptions): Promise<Lock>;
  /** The same for the election `name`: `value` says who won, at the key `election/NAME`. */
  elect(name: string, value: unknown, options?: LockOptions): Promise<Lock>;
  /** What the server at `endpoint` says of itself, leader or not. */
  status(endpoint: string, options?: CallOptions): Promise<Json>;
  /** Who takes part, as the leader knows it. */
  members(options?: CallOptions): Promise<Members>;
  /**
   * Adds a server that listens for peers at `peer`, `host:port`: a learner first, a voter once it has
   * caught up. Resolves when that is committed. Also ERR_NOT_CAUGHT_UP (it stays a learner),
   * ERR_ID_REUSED, ERR_MEMBER_EXISTS, ERR_TOO_MANY_MEMBERS. `timeoutMs` of a change of members is for
   * all of it: the questions, the wait for changes of others, and the change decided anew after them.
   * When it is over, `outcome` says whether the leader may have begun it.
   */
  memberAdd(id: string, peer: string, options?: MemberAddOptions): Promise<Members>;
  /** Makes a learner a voter once it has caught up. Also ERR_UNKNOWN_MEMBER. */
  memberPromote(id: string, options?: CallOptions): Promise<Members>;
  /** Removes a server, the leader too; its id is never used again. Also ERR_NO_VOTER_LEFT. */
  memberRemove(id: string, options?: CallOptions): Promise<Members>;
  /** Adds `id` and removes `old` in one step, so that the cluster is never smaller. */
  memberReplace(old: string, id: string, peer: string, options?: CallOptions): Promise<Members>;
  /**
   * Hands leadership over to the server with this id, or to whoever is closest behind the leader.
   * Resolves with the id of the new leader once it has been told to lead; no write fails meanwhile.
   * Also ERR_TRANSFER_FAILED: the leader leads on; and ERR_LEADER_LOST when no target was named and the
   * connection was lost meanwhile, since to ask again might hand it over twice.
   */
  moveLeader(target?: string | null, options?: CallOptions): Promise<string>;
  /**
   * Rejects all that is outstanding with ERR_STOPPED, and closes the connection. Locks that are held are
   * lost to their holders at once, and end with their `ttlMs`. Idempotent.
   */
  stop(): void;
  /** `stop()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
