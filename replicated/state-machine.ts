/**
 * What is replicated: a deterministic state machine behind a small interface (§2, §5.3 "apply").
 *
 * `apply` is total: whatever the command, it returns a result and never throws, because the same
 * command must have the same effect on every server, now and when the log is replayed.
 */

/** What JSON can hold; the only thing that crosses this interface. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A deterministic state machine, replicated. It is made anew for each node. */
export interface StateMachine {
  /**
   * Says at the border, before anything is appended, why `command` can never be applied;
   * null when it can. Pure.
   */
  refuse(command: Json): string | null;

  /**
   * Applies one committed command at its 1-based log index, made at replicated time `timeMs` (which
   * never falls, and is no time of day); returns the client's result.
   */
  apply(command: Json, index: number, timeMs: number): Json;

  /**
   * Replicated time has come to `timeMs`: called before each entry is applied, whomever it is for,
   * with the entry's index. What was planned for then happens now, as if it were part of the entry,
   * in bounded portions; what it did is returned, to be compared between servers; null for nothing.
   */
  tick?(timeMs: number, index: number): Json;

  /** When `tick` has something to do next: replicated time in milliseconds; null for never. */
  nextDeadlineMs?(): number | null;

  /** Answers a read; changes nothing. Errors are results, too. */
  query(query: Json): Json;

  /**
   * The whole state as a sequence of items, in an order that is equal on every server. The call must
   * be quick, and what it returns is read later, bit by bit, while commands are applied: it gives the
   * state as of the call (a copy, or a view that later changes do not touch).
   */
  snapshot(): Iterable<Json>;

  /** Replaces the whole state by what `snapshot` gave. */
  restore(items: Iterable<Json>): void;

  /**
   * For large states: the same as `restore`, but the items come one by one, with turns of the event
   * loop between, and `finish` replaces the state. Absent: all items are gathered first.
   */
  restoreInSteps?(): Restoring;

  /** What was changed lately, for those who watch; absent: nobody can. */
  readonly changes?: Changes;
}

/** A state being built beside the present one. */
export interface Restoring {
  /** Takes the next item; throws ERR_SNAPSHOT_CORRUPT when it is none. */
  add(item: Json): void;
  /** All items were given: the state that they make takes the present one's place, at once. */
  finish(): void;
}

/** All events of one index: they took effect together, and are told together. */
export interface Change {
  /** The log index. */
  readonly revision: number;
  /** In the order in which they happened. */
  readonly events: readonly Json[];
}

/** A bounded history of changes. It is no part of the replicated state: each server keeps its own. */
export interface Changes {
  /** From this index on, every change is still kept. */
  readonly oldest: number;
  /** A reader of what `select` selects; or, as a string, why it selects nothing. Pure. */
  select(select: Json): ChangeReader | string;
}

/**
 * The kept changes from index `from` on, in order, selected, without those that have no event left:
 * at least one, then up to about `maxChars` of JSON. `next`: where to go on; null: these are all.
 */
export type ChangeReader = (
  from: number,
  maxChars: number,
) => { readonly changes: readonly Change[]; readonly next: number | null };
