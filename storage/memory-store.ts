/**
 * The in-memory twin of the disk store, for the simulator and the page, on a `MemoryDisk`.
 * Nothing here is awaited or timed; the caller's `schedule` decides when a sync ends.
 */
import type { LogIndex } from '../machines/messages.ts';
import { LineLog } from './line-log.ts';
import type { MemoryDisk } from './memory-disk.ts';
import { MemorySnapshots } from './snapshots/memory-snapshots.ts';
import type {
  Done,
  SnapshotInfo,
  SnapshotMeta,
  SnapshotReceiver,
  SnapshotSink,
  SnapshotSource,
} from './snapshots/snapshot-store.ts';
import type { Lines, Position, Recovered, StorageFault, Store, VoteState } from './store.ts';

/** One server's hold on a `MemoryDisk`, from a start to the next crash. */
export class MemoryStore implements Store {
  readonly #disk: MemoryDisk;
  readonly #schedule: (task: () => void) => void;
  #log: LineLog;
  /** Appended since the last sync began. */
  #pending: LineLog | null = null;
  #done: Done | null = null;
  readonly #snapshots: MemorySnapshots;
  /** Due, but the disk is stalled. */
  #stalled: (() => void)[] = [];
  #fault: StorageFault | null = null;
  #stopped = false;

  /** `schedule` runs a task later, never at once: in simulation after the disk's latency. */
  constructor(disk: MemoryDisk, schedule: (task: () => void) => void) {
    this.#disk = disk;
    this.#schedule = schedule;
    this.#log = new LineLog(1, disk.seed);
    this.#snapshots = new MemorySnapshots(disk, {
      later: (task) => this.#later(task),
      checksumAt: (index) => this.#log.checksumAt(index),
      has: ({ index, checksum }) => {
        const { firstIndex, lastIndex } = this.#log;
        if (index < firstIndex - 1 || index > lastIndex) return false;
        return this.#log.checksumAt(index) === checksum;
      },
      syncing: () => this.#done !== null,
      restart: (position) => this.#restart(position),
      compact: (throughIndex) => this.#log.dropThrough(throughIndex),
      fault: (fault) => (this.#fault ??= fault),
    });
  }

  recover(done: (fault: StorageFault | null, recovered: Recovered | null) => void): void {
    this.#fault = this.#disk.attach(this);
    this.#schedule(() => {
      if (this.#stopped) return;
      this.#fault ??= this.#disk.verify();
      if (this.#fault !== null) {
        done(this.#fault, null);
        return;
      }
      // First: it may let the log go on from a snapshot, which a crash kept from happening.
      const recovered = this.#disk.load();
      this.#log = this.#disk.copyOfLog();
      done(null, recovered);
    });
  }

  append(lines: Lines): void {
    if (lines.ends.length === 0) return;
    this.#snapshots.expectNotReplacing();
    this.#log.append(lines);
    if (this.#pending === null || lines.firstIndex < this.#pending.firstIndex) {
      this.#pending = new LineLog(lines.firstIndex, lines.seed);
    }
    this.#pending.append(lines);
  }

  sync(vote: VoteState | null, done: (fault: StorageFault | null) => void): void {
    if (this.#done !== null)
      throw new Error('A sync is in flight; begin the next when it is done.');
    this.#done = done;
    // What an install is about to drop is not written any more.
    const batches = this.#snapshots.replacing ? [] : (this.#pending?.batches ?? []);
    if (this.#fault === null) this.#disk.begin(vote, batches);
    if (!this.#snapshots.replacing) this.#pending = null;
    this.#later(() => {
      this.#done = null;
      this.#fault ??= this.#disk.commit();
      done(this.#fault);
    });
  }

  /** For the disk only: its stall is over. */
  finish(): void {
    for (const task of this.#stalled.splice(0)) if (!this.#stopped) task();
  }

  /** Runs `task` after the disk's latency, and any stall of it, unless the store is stopped. */
  #later(task: () => void): void {
    this.#schedule(() => {
      if (this.#stopped) return;
      if (this.#disk.stalled && this.#fault === null) this.#stalled.push(task);
      else task();
    });
  }

  #restart({ index, checksum }: Position): void {
    this.#log = new LineLog(index + 1, checksum);
    this.#pending = null;
  }

  snapshot(): SnapshotInfo | null {
    return this.#disk.durableSnapshot?.info ?? null;
  }

  firstIndex(): LogIndex {
    return this.#log.firstIndex;
  }

  bytesSince(index: LogIndex): number {
    return this.#log.bytesSince(index);
  }

  loadSnapshot(onItems: (items: readonly string[]) => void, done: Done): void {
    this.#snapshots.load(onItems, done);
  }

  saveSnapshot(meta: SnapshotMeta): SnapshotSink {
    return this.#snapshots.save(meta);
  }

  openSnapshot(): SnapshotSource | null {
    return this.#snapshots.open();
  }

  receiveSnapshot(info: SnapshotInfo): SnapshotReceiver {
    return this.#snapshots.receive(info);
  }

  compact(throughIndex: LogIndex, done: Done): void {
    this.#snapshots.compact(throughIndex, done);
  }

  read(from: LogIndex, to: LogIndex, maxBytes: number): Lines {
    return this.#log.read(from, to, maxBytes);
  }

  checksumAt(index: LogIndex): number {
    return this.#log.checksumAt(index);
  }

  stop(): void {
    this.#stopped = true;
    this.#disk.detach(this);
  }
}
