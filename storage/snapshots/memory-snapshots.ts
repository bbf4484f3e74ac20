/**
 * The snapshots of the in-memory twin: the same bytes as in a file, in slices that each cost the
 * disk's latency, and all or nothing on the `MemoryDisk`.
 */
import type { LogIndex } from '../../machines/messages.ts';
import type { MemoryDisk, SnapshotStep, StoredSnapshot } from '../memory-disk.ts';
import {
  SnapshotDefect,
  SnapshotReader,
  SnapshotWriter,
  giveItems,
  isSameSnapshot,
  maxSliceChars,
} from './snapshot-lines.ts';
import type {
  Done,
  SnapshotInfo,
  SnapshotMeta,
  SnapshotReceiver,
  SnapshotSink,
  SnapshotSource,
} from './snapshot-store.ts';
import type { Position, StorageFault } from '../store.ts';

/** What the store has that snapshots act upon. */
export interface SnapshotHost {
  /** Runs a task after the disk's latency, unless the store is stopped. */
  later(task: () => void): void;
  checksumAt(index: LogIndex): number;
  /** Whether the log has this very entry, or continues from it. */
  has(position: Position): boolean;
  /** Whether a sync is in flight. */
  syncing(): boolean;
  /** The log in memory is empty and goes on from `position`. */
  restart(position: Position): void;
  /** The log in memory lets go of what it can. */
  compact(throughIndex: LogIndex): void;
  /** The store has failed for good; what it failed with first. */
  fault(fault: StorageFault | null): StorageFault | null;
}

export class MemorySnapshots {
  readonly #disk: MemoryDisk;
  readonly #host: SnapshotHost;
  /** A sink or a receiver is open. */
  #busy = false;
  /** An install has begun that will drop the log. */
  replacing = false;

  constructor(disk: MemoryDisk, host: SnapshotHost) {
    this.#disk = disk;
    this.#host = host;
  }

  expectNotReplacing(): void {
    if (this.replacing) throw new Error('Nothing may be appended while the log is being replaced.');
  }

  load(onItems: (items: readonly string[]) => void, done: Done): void {
    const { bytes } = this.#newest();
    const reader = this.#reader();
    let offset = 0;
    const step = (): void => {
      const fault = faultOf(() => {
        const items = reader.push(bytes.subarray(offset, offset + maxSliceChars));
        offset += maxSliceChars;
        if (offset >= bytes.length) reader.end();
        if (items.length > 0) giveItems(items, onItems);
      });
      if (fault !== null || offset >= bytes.length) done(fault);
      else this.#host.later(step);
    };
    this.#host.later(step);
  }

  save(meta: SnapshotMeta): SnapshotSink {
    const { index, checksum } = meta;
    const newest = this.#disk.durableSnapshot?.info.index ?? 0;
    if (index <= newest || index > this.#disk.durableLastIndex) {
      throw new RangeError(`Entry ${index} is not durable here, or not after snapshot ${newest}.`);
    }
    if (checksum !== this.#host.checksumAt(index)) {
      throw new Error(`Entry ${index} is not the one that the snapshot would end with.`);
    }
    const work = this.#begin();
    const writer = new SnapshotWriter(meta, this.#disk.cluster, this.#disk.checksum);
    const parts = [writer.header()];
    return {
      write: (items, done) =>
        work.later(() => {
          parts.push(writer.items(items));
          done(work.end(this.#disk.faultNow(), false));
        }),
      finish: (done) =>
        work.last(() => {
          const { bytes, info } = writer.trailer();
          const snapshot = { info, bytes: concat([...parts, bytes]) };
          this.#step({ kind: 'save', snapshot }, (failed) => {
            const fault = work.end(failed, true);
            done(fault, fault === null ? info : null);
          });
        }),
      abort: () => work.abort(),
    };
  }

  open(): SnapshotSource | null {
    const snapshot = this.#disk.durableSnapshot;
    if (snapshot === null) return null;
    let closed = false;
    return {
      info: snapshot.info,
      read: (offset, maxBytes, done) =>
        this.#host.later(() => {
          if (!closed) done(null, snapshot.bytes.slice(offset, offset + maxBytes));
        }),
      close: () => {
        closed = true;
      },
    };
  }

  receive(info: SnapshotInfo): SnapshotReceiver {
    const newest = this.#disk.durableSnapshot?.info.index ?? 0;
    if (info.index <= newest) throw new RangeError(`Snapshot ${newest} is no older than this one.`);
    const work = this.#begin();
    const parts: Uint8Array[] = [];
    let sizeBytes = 0;
    /**
     * Once the snapshot's term is on the disk, and no sync is in flight: none must end in the log
     * that takes this one's place.
     */
    const install = (snapshot: StoredSnapshot, keepSuffix: boolean, done: Done): void => {
      const { term } = this.#disk.durableVote;
      if (this.#host.syncing() || term < info.term) {
        work.later(() => install(snapshot, keepSuffix, done));
        return;
      }
      if (this.#host.has(info) !== keepSuffix) {
        const wrong = keepSuffix ? 'The entries kept are of another history' : 'Entries were lost';
        done(work.end({ code: 'ERR_DIVERGED', message: `${wrong} than the snapshot.` }, true));
        return;
      }
      this.replacing = !keepSuffix;
      this.#step({ kind: 'install', snapshot, keepSuffix }, (failed) => {
        this.replacing = false;
        const fault = work.end(failed, true);
        if (fault === null && !keepSuffix) this.#host.restart(info);
        done(fault);
      });
    };
    return {
      info,
      get offset() {
        return sizeBytes;
      },
      write: (offset, bytes, done) => {
        if (offset !== sizeBytes) throw new RangeError(`The next chunk begins at ${sizeBytes}.`);
        sizeBytes += bytes.length;
        work.later(() => {
          parts.push(bytes);
          done(work.end(this.#disk.faultNow(), false));
        });
      },
      finish: (keepSuffix, done) =>
        work.last(() => {
          const bytes = concat(parts);
          const reader = this.#reader();
          const fault = faultOf(() => {
            reader.push(bytes);
            if (isSameSnapshot(reader.end(), info)) return;
            throw new SnapshotDefect('it is not the snapshot that was announced', 0);
          });
          if (fault === null) install({ info, bytes }, keepSuffix, done);
          else done(work.end(fault, true));
        }),
      abort: () => work.abort(),
    };
  }

  compact(throughIndex: LogIndex, done: Done): void {
    const newest = this.#disk.durableSnapshot?.info.index ?? 0;
    if (throughIndex > newest) throw new RangeError(`Snapshot ${newest} is below ${throughIndex}.`);
    this.#step({ kind: 'compact', throughIndex }, (failed) => {
      const fault = this.#host.fault(failed);
      if (fault === null) this.#host.compact(throughIndex);
      done(fault);
    });
  }

  #step(step: SnapshotStep, done: Done): void {
    this.#disk.beginStep(step);
    this.#host.later(() => done(this.#disk.commitStep(step)));
  }

  #newest(): StoredSnapshot {
    const snapshot = this.#disk.durableSnapshot;
    if (snapshot === null) throw new Error('There is no snapshot.');
    return snapshot;
  }

  #reader(): SnapshotReader {
    return new SnapshotReader(this.#disk.cluster, this.#disk.checksum);
  }

  /** One sink or receiver: what it does later is not done once it is over. */
  #begin(): Work {
    if (this.#busy) throw new Error('A snapshot is being written; end or abort it first.');
    this.#busy = true;
    let over = false;
    let finishing = false;
    const close = (): void => {
      if (!over) this.#busy = false;
      over = true;
    };
    const later = (task: () => void): void =>
      this.#host.later(() => {
        if (!over) task();
      });
    return {
      later,
      last(task) {
        finishing = true;
        later(task);
      },
      end: (fault, isLast) => {
        const told = fault === null || spares(fault) ? fault : this.#host.fault(fault);
        if (told !== null || isLast) close();
        return told;
      },
      abort() {
        if (!finishing) close();
      },
    };
  }
}

interface Work {
  later(task: () => void): void;
  /** It can no longer be aborted. */
  last(task: () => void): void;
  /** A call ends with `fault`, what is told; the last one, or a failed one, ends it all. */
  end(fault: StorageFault | null, isLast: boolean): StorageFault | null;
  abort(): void;
}

/** Faults of one snapshot that the store outlives. */
function spares({ code }: StorageFault): boolean {
  return code === 'ERR_STORAGE_FULL' || code === 'ERR_SNAPSHOT_CORRUPT';
}

function faultOf(read: () => void): StorageFault | null {
  try {
    read();
    return null;
  } catch (error) {
    if (!(error instanceof SnapshotDefect)) throw error;
    const { message, offset } = error;
    return { code: 'ERR_SNAPSHOT_CORRUPT', message: `byte ${offset}: ${message}`, offset };
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
