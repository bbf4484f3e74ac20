/**
 * What a server needs of its disk for snapshots (§7, thesis §5), as interfaces: saving one, reading
 * it back, sending it in chunks, receiving one in their place, and letting go of the log before it.
 *
 * Callbacks, as in store.ts. An item is the JSON text of one object; what it means is the state's
 * affair. A fault `ERR_STORAGE_FULL` or `ERR_SNAPSHOT_CORRUPT` of a sink or a receiver gives up
 * that snapshot alone, leaves nothing of it behind, and the store lives on; any other is final, as
 * for `sync`: also a disk that is full too late to undo, which is `ERR_STORAGE_IO`. When to save,
 * send and compact is decided in machines/.
 */
import type { LogIndex } from '../../machines/messages.ts';
import type { Position, StorageFault } from '../store.ts';

/** What a snapshot stands for: the state as of entry `index`. */
export interface SnapshotMeta extends Position {
  /** JSON for those who make snapshots: configuration with addresses … */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** A snapshot that is whole. Equal hashes at an index mean equal bytes on every server. */
export interface SnapshotInfo extends SnapshotMeta {
  /** Of the whole file. */
  readonly sizeBytes: number;
  /** CRC-32 of the whole file. */
  readonly hash: number;
}

export type Done = (fault: StorageFault | null) => void;

/** A snapshot on its way to the disk. One call at a time. After a fault it is over. */
export interface SnapshotSink {
  /** Adds items, at most about `maxSliceChars` together. */
  write(items: readonly string[], done: Done): void;
  /** Makes the snapshot durable and the newest one; the one before it goes when nobody reads it. */
  finish(done: (fault: StorageFault | null, info: SnapshotInfo | null) => void): void;
  /**
   * Gives up and removes what was written; nothing is called back, and another one may begin. After
   * `finish` was called it does nothing: the outcome comes.
   */
  abort(): void;
}

/** A snapshot being read, which stays readable while a newer one takes its place. */
export interface SnapshotSource {
  readonly info: SnapshotInfo;
  /** Bytes `offset …`, at most `maxBytes` (a megabyte at the most); fewer only at the end. */
  read(
    offset: number,
    maxBytes: number,
    done: (fault: StorageFault | null, bytes: Uint8Array | null) => void,
  ): void;
  close(): void;
}

/** Another server's snapshot on its way to this disk. One call at a time. */
export interface SnapshotReceiver {
  readonly info: SnapshotInfo;
  /** Bytes received so far: where the next chunk must begin. */
  readonly offset: number;
  /** Adds the chunk that begins at `offset`; another one is a programming error. */
  write(offset: number, bytes: Uint8Array, done: Done): void;
  /**
   * Verifies all of it (`ERR_SNAPSHOT_CORRUPT`: begin anew), makes it durable and the newest one.
   * Then the log goes on from it: `keepSuffix` keeps the entries after it, and must be true if and
   * only if the log has its last entry (else `ERR_DIVERGED`, final); otherwise all entries go,
   * those not yet synced too, and the next one is `index + 1`. From the call to its end nothing may
   * be appended unless the suffix is kept; votes may be synced. A crash at any point leaves the old
   * state or the new one.
   */
  finish(keepSuffix: boolean, done: Done): void;
  /** As for a sink. */
  abort(): void;
}

/**
 * The part of a `Store` that is about snapshots. At most one sink or receiver is open at a time.
 */
export interface SnapshotStore {
  /** The newest durable snapshot. */
  snapshot(): SnapshotInfo | null;
  /** The lowest index that `read` can give; `checksumAt` answers from the one before it on. */
  firstIndex(): LogIndex;
  /** About how many bytes the log has after entry `index` (within 64 KiB). */
  bytesSince(index: LogIndex): number;
  /**
   * Gives the items of the newest snapshot in slices, each in a turn of the event loop of its own,
   * verified as they are read. `ERR_SNAPSHOT_CORRUPT` means that what was given must not be used;
   * it is also what comes of an `onItems` that throws.
   */
  loadSnapshot(onItems: (items: readonly string[]) => void, done: Done): void;
  /** Begins a snapshot of what is durable here: `meta` must name an entry of this log. */
  saveSnapshot(meta: SnapshotMeta): SnapshotSink;
  /** The newest snapshot, for sending it; null when there is none. */
  openSnapshot(): SnapshotSource | null;
  /** Begins to receive a snapshot newer than the one held. */
  receiveSnapshot(info: SnapshotInfo): SnapshotReceiver;
  /**
   * Lets go of whole segments without an entry above `throughIndex`, oldest first; so more may
   * stay. Above the newest durable snapshot is a programming error. One at a time; any fault is
   * final.
   */
  compact(throughIndex: LogIndex, done: Done): void;
}
