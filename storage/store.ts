/**
 * What a server needs of its disk, as an interface: the log and the vote; snapshots are
 * snapshot-store.ts.
 *
 * Callbacks, not promises, so that a simulated step is one call. The lines are encoded once, by the
 * leader that proposed them; the same bytes go to every disk (docs/formats.md).
 */
import type { LogIndex, ServerId, Term, TermRun } from '../machines/messages.ts';
import type { SnapshotInfo, SnapshotStore } from './snapshots/snapshot-store.ts';

/** CRC-32 of `bytes`, continued from `seed`; `zlib.crc32` in Node. */
export type Checksum = (bytes: Uint8Array, seed: number) => number;

/**
 * Consecutive encoded log lines in one buffer, newline included. Immutable once made: whoever holds
 * it may keep it, nobody may write to it.
 */
export interface Lines {
  /** Index of the first line, or of the one that would follow when there are none. */
  readonly firstIndex: LogIndex;
  /** The chain checksum at `firstIndex - 1`, from which the first line's checksum continues. */
  readonly seed: number;
  readonly bytes: Uint8Array;
  /** End offset in `bytes` of each line, so `ends.length` is the number of lines. */
  readonly ends: readonly number[];
}

/** An entry after which something begins, with the chain checksum there. */
export interface Position {
  readonly index: LogIndex;
  readonly term: Term;
  /** Replicated time of that entry, in milliseconds. */
  readonly time: number;
  readonly checksum: number;
}

/** What Figure 2 calls persistent state beside the log. `trust` is docs/glossary.md#doubtful. */
export interface VoteState {
  readonly term: Term;
  readonly votedFor: ServerId | null;
  readonly trust: 'proven' | 'doubtful';
}

/** One entry that says who takes part from there on. */
export interface ConfigurationLine {
  readonly index: LogIndex;
  /** JSON text of the entry; what it means is not the disk's business. */
  readonly entry: string;
}

/** What a disk gives back after a start. */
export interface Recovered {
  readonly vote: VoteState;
  /** The newest snapshot; the log begins at or before the entry after it. */
  readonly snapshot: SnapshotInfo | null;
  /** The entry before the first one of the log: zeros unless it was compacted. */
  readonly base: { readonly index: LogIndex; readonly term: Term };
  /** Index of the last entry; `base.index` for an empty log. */
  readonly lastIndex: LogIndex;
  readonly runs: readonly TermRun[];
  /** The entries that hold a configuration (§6), by rising index. */
  readonly configurations: readonly ConfigurationLine[];
  /** Replicated time at `lastIndex`, in milliseconds; 0 before the first entry. */
  readonly lastTime: number;
  /** What was cut from the end of the log because it was never proved synced; 0 as a rule. */
  readonly tornBytes: number;
}

/** Any failure of the disk or damage of a file. The message says what to do. */
export interface StorageFault {
  /** `ERR_LOG_CORRUPT`, `ERR_VOTE_STATE_LOST`, `ERR_STORAGE_IO`, `ERR_STORAGE_FULL` … */
  readonly code: string;
  readonly message: string;
  readonly file?: string;
  /** Byte offset in `file`. */
  readonly offset?: number;
}

export interface Store extends SnapshotStore {
  /**
   * Reads everything back; called once, first. Cuts a torn last batch that was never proved synced,
   * refuses any other damage. When it calls back without a fault, all that it reports is durable:
   * what lay past the last proof of sync has been rewritten and fsynced.
   */
  recover(done: (fault: StorageFault | null, recovered: Recovered | null) => void): void;

  /**
   * Adds lines in memory, readable at once, durable after the next `sync`. `lines.firstIndex` at or
   * below the last index replaces everything from there on (§5.3); a gap is a programming error.
   */
  append(lines: Lines): void;

  /**
   * Makes durable, in this order: the vote, if one is given, then all lines appended before the
   * call. One at a time. After a fault every later call fails: an fsync that failed once is final.
   */
  sync(vote: VoteState | null, done: (fault: StorageFault | null) => void): void;

  /** Lines `from … to`, as many whole lines as fit in `maxBytes` but at least one. Synchronous. */
  read(from: LogIndex, to: LogIndex, maxBytes: number): Lines;

  /** The chain checksum at `index`: that of its line, or of what the log continues from. */
  checksumAt(index: LogIndex): number;

  /** Releases files and locks. Nothing is called back afterwards. */
  stop(): void;
}
