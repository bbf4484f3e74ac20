/**
 * The disk of the in-memory twin: who holds it, what is being written, and the faults that may be
 * put on it. A `MemoryStore` is one server's hold on it, from a start to the next crash. What is
 * durable is memory-contents.ts; what a crash leaves of the rest, memory-crash.ts.
 */
import type { LogIndex, Term } from '../machines/messages.ts';
import type { LineLog } from './line-log.ts';
import { clusterSeed } from './lines.ts';
import { DiskContents, type SnapshotStep, type StoredSnapshot } from './memory-contents.ts';
import { crashStep, crashSync, type Unfinished } from './memory-crash.ts';
import type { Checksum, Lines, Recovered, StorageFault, VoteState } from './store.ts';

export type { SnapshotStep, StoredSnapshot } from './memory-contents.ts';

/** The store that holds a disk at present. */
export interface DiskOwner {
  /** Calls back, if a sync is due. */
  finish(): void;
  stop(): void;
}

/** What survives a crash, and the faults that may be put on it. */
export class MemoryDisk {
  readonly cluster: string;
  readonly checksum: Checksum;
  /** The next sync fails with ERR_STORAGE_IO, once. */
  failNextSync = false;
  /** Every sync fails with ERR_STORAGE_FULL while set. */
  full = false;
  /** Bits have flipped at or before the last proof of sync: while set, nothing can be read back. */
  rotten = false;
  readonly #contents: DiskContents;
  #unfinished: Unfinished | null = null;
  #steps: SnapshotStep[] = [];
  #owner: DiskOwner | null = null;
  #stalled = false;

  constructor(cluster: string, checksum: Checksum) {
    this.cluster = cluster;
    this.checksum = checksum;
    this.#contents = new DiskContents(clusterSeed(cluster, checksum));
  }

  /** Chain checksum at index 0. */
  get seed(): number {
    return this.#contents.seed;
  }

  get durableVote(): VoteState {
    return this.#contents.vote;
  }

  get durableLastIndex(): LogIndex {
    return this.#contents.lastIndex;
  }

  /** The first entry that the log still has, or would have. */
  get durableFirstIndex(): LogIndex {
    return this.#contents.firstIndex;
  }

  get durableSnapshot(): StoredSnapshot | null {
    return this.#contents.snapshot;
  }

  /** Term of a durable entry, or of the one before the first. */
  durableTermAt(index: LogIndex): Term {
    return this.#contents.termAt(index);
  }

  durableChecksumAt(index: LogIndex): number {
    return this.#contents.checksumAt(index);
  }

  /** The sync in flight would end its doubt. */
  get isProving(): boolean {
    return this.durableVote.trust === 'doubtful' && this.#unfinished?.vote?.trust === 'proven';
  }

  /** While stalled, syncs begin but none ends. */
  get stalled(): boolean {
    return this.#stalled;
  }

  stall(): void {
    this.#stalled = true;
  }

  /** Ends a stall, and with it the sync that waited. */
  unstall(): void {
    this.#stalled = false;
    this.#owner?.finish();
  }

  /**
   * Cuts the power: the present store is dead, and of an unfinished sync any prefix is on the disk.
   * `random` is uniform in [0, 1).
   */
  crash(random: () => number): void {
    const { steps, unfinished } = { steps: this.#steps, unfinished: this.#unfinished };
    this.#owner?.stop();
    for (const step of steps) crashStep(this.#contents, step, random);
    if (unfinished !== null) crashSync(this.#contents, unfinished, random);
  }

  /** Synced entries after `lastIndex` are lost, and recovery knew: the server is doubtful by now. */
  forget(lastIndex: LogIndex): void {
    this.#contents.truncateFrom(lastIndex + 1);
    this.#contents.vote = { ...this.durableVote, trust: 'doubtful' };
  }

  /** For the store only, as are all methods below. */
  attach(owner: DiskOwner): StorageFault | null {
    if (this.#owner !== null) {
      return {
        code: 'ERR_DATA_DIR_LOCKED',
        message: 'Another store holds this disk; stop it first.',
      };
    }
    this.#owner = owner;
    return null;
  }

  detach(owner: DiskOwner): void {
    if (this.#owner !== owner) return;
    this.#owner = null;
    this.#unfinished = null;
    this.#steps = [];
  }

  /** What reading everything back finds; null when it can be read. */
  verify(): StorageFault | null {
    if (!this.rotten) return null;
    return {
      code: 'ERR_LOG_CORRUPT',
      message: 'A line that was proved synced fails its checksum. Let this server be repaired.',
    };
  }

  load(): Recovered {
    return this.#contents.load();
  }

  copyOfLog(): LineLog {
    return this.#contents.copyOfLog();
  }

  begin(vote: VoteState | null, batches: readonly Lines[]): void {
    this.#unfinished = { vote, batches };
  }

  /** Begins what `commitStep` ends. */
  beginStep(step: SnapshotStep): void {
    this.#steps = [...this.#steps, step];
  }

  /** Ends a step; a fault says that nothing of it happened. */
  commitStep(step: SnapshotStep): StorageFault | null {
    const fault = this.faultNow();
    if (fault === null) this.#contents.take(step);
    this.#steps = this.#steps.filter((other) => other !== step);
    return fault;
  }

  /** Ends the sync in flight: all of it is durable, or the fault says why nothing is promised. */
  commit(): StorageFault | null {
    const fault = this.faultNow();
    if (fault !== null) return fault;
    const unfinished = this.#unfinished;
    this.#unfinished = null;
    if (unfinished?.vote) this.#contents.vote = unfinished.vote;
    for (const batch of unfinished?.batches ?? []) this.#contents.append(batch);
    return null;
  }

  /** What a write fails with at this moment. */
  faultNow(): StorageFault | null {
    if (this.failNextSync) {
      this.failNextSync = false;
      return {
        code: 'ERR_STORAGE_IO',
        message: 'EIO: the disk failed to sync. Replace it, then start again.',
      };
    }
    if (this.full) {
      const message = 'ENOSPC: the disk is full. Free space, then start again.';
      return { code: 'ERR_STORAGE_FULL', message };
    }
    return null;
  }
}
