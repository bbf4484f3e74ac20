/**
 * The disk of the in-memory twin: what survives a crash of its server, and the faults that may be
 * put on it. A `MemoryStore` is one server's hold on it, from a start to the next crash.
 *
 * The crash model is what the files promise (docs/formats.md#crashes): the vote before any line, of
 * the lines of an unfinished sync any prefix, of what was never synced nothing. Of a snapshot there
 * is all or nothing, and the log that it replaces goes after it, from its beginning.
 */
import type { LogIndex, Term } from '../machines/messages.ts';
import { LineLog } from './line-log.ts';
import {
  clusterSeed,
  configurationLines,
  lastIndexOf,
  runsOf,
  sliceLines,
  termOfLine,
  timeOfLine,
} from './lines.ts';
import type { SnapshotInfo } from './snapshots/snapshot-store.ts';
import type { Checksum, Lines, Position, Recovered, StorageFault, VoteState } from './store.ts';

/** What a sync in flight would add to the disk. */
interface Unfinished {
  readonly vote: VoteState | null;
  readonly batches: readonly Lines[];
}

/** A snapshot's file. */
export interface StoredSnapshot {
  readonly info: SnapshotInfo;
  readonly bytes: Uint8Array;
}

/** What is about to happen to the snapshot, or to the log because of it. */
export type SnapshotStep =
  | { readonly kind: 'save'; readonly snapshot: StoredSnapshot }
  | { readonly kind: 'install'; readonly snapshot: StoredSnapshot; readonly keepSuffix: boolean }
  | { readonly kind: 'compact'; readonly throughIndex: LogIndex };

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
  /** Chain checksum at index 0. */
  readonly seed: number;
  /** The next sync fails with ERR_STORAGE_IO, once. */
  failNextSync = false;
  /** Every sync fails with ERR_STORAGE_FULL while set. */
  full = false;
  /** Bits have flipped at or before the last proof of sync: while set, nothing can be read back. */
  rotten = false;
  #vote: VoteState = { term: 0, votedFor: null, trust: 'proven' };
  #log: LineLog;
  /** Term of the entry before the log's first. */
  #baseTerm: Term = 0;
  #snapshot: StoredSnapshot | null = null;
  #unfinished: Unfinished | null = null;
  #steps: SnapshotStep[] = [];
  #owner: DiskOwner | null = null;
  #stalled = false;
  #tornBytes = 0;

  constructor(cluster: string, checksum: Checksum) {
    this.cluster = cluster;
    this.checksum = checksum;
    this.seed = clusterSeed(cluster, checksum);
    this.#log = new LineLog(1, this.seed);
  }

  get durableVote(): VoteState {
    return this.#vote;
  }

  get durableLastIndex(): LogIndex {
    return this.#log.lastIndex;
  }

  /** The first entry that the log still has, or would have. */
  get durableFirstIndex(): LogIndex {
    return this.#log.firstIndex;
  }

  get durableSnapshot(): StoredSnapshot | null {
    return this.#snapshot;
  }

  /** Term of a durable entry, or of the one before the first. */
  durableTermAt(index: LogIndex): Term {
    return index === this.#log.firstIndex - 1 ? this.#baseTerm : this.#log.termAt(index);
  }

  durableChecksumAt(index: LogIndex): number {
    return this.#log.checksumAt(index);
  }

  /** The sync in flight would end its doubt. */
  get isProving(): boolean {
    return this.#vote.trust === 'doubtful' && this.#unfinished?.vote?.trust === 'proven';
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
    for (const step of steps) this.#crashStep(step, random);
    if (unfinished !== null) this.#crashSync(unfinished, random);
  }

  /** Old or new: a snapshot has a name only when it is whole; the log goes on from it after that. */
  #crashStep(step: SnapshotStep, random: () => number): void {
    if (step.kind === 'compact') {
      this.#take({ ...step, throughIndex: Math.floor(random() * (step.throughIndex + 1)) });
      return;
    }
    const reached = random();
    if (reached < 0.4) return;
    // The snapshot, but not yet what it does to the log: the next start does it.
    if (reached < 0.7) this.#snapshot = step.snapshot;
    else this.#take(step);
  }

  #crashSync(unfinished: Unfinished, random: () => number): void {
    if (unfinished.vote !== null) {
      if (random() < 0.5) return;
      this.#vote = unfinished.vote;
    }
    const count = unfinished.batches.reduce((sum, batch) => sum + batch.ends.length, 0);
    let left = Math.floor(random() * (count + 1));
    const [first] = unfinished.batches;
    // The new segment's header is on the disk before its lines are, and overrides by itself.
    if (first !== undefined && random() < 0.5) this.#log.truncateFrom(first.firstIndex);
    for (const batch of unfinished.batches) {
      const kept = Math.min(left, batch.ends.length);
      if (kept > 0) {
        this.#log.append(sliceLines(batch, batch.firstIndex, batch.firstIndex + kept - 1));
      }
      left -= kept;
      if (kept < batch.ends.length) {
        this.#tornBytes = Math.floor(random() * (batch.ends[kept] ?? 0));
        return;
      }
    }
  }

  /** Synced entries after `lastIndex` are lost, and recovery knew: the server is doubtful by now. */
  forget(lastIndex: LogIndex): void {
    this.#log.truncateFrom(lastIndex + 1);
    this.#vote = { ...this.#vote, trust: 'doubtful' };
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
    const snapshot = this.#snapshot?.info ?? null;
    if (snapshot !== null && !this.#reaches(snapshot)) this.#restart(snapshot);
    const { batches, firstIndex, lastIndex } = this.#log;
    const base = { index: firstIndex - 1, term: this.#baseTerm };
    const tornBytes = this.#tornBytes;
    this.#tornBytes = 0;
    const runs: { firstIndex: LogIndex; term: Term }[] = [];
    for (const run of batches.flatMap(runsOf)) {
      if (runs.at(-1)?.term !== run.term) runs.push(run);
    }
    const last = batches.at(-1);
    const lastTime =
      last === undefined ? (snapshot?.time ?? 0) : timeOfLine(last, last.ends.length - 1);
    const configurations = batches.flatMap(configurationLines);
    const log = { lastIndex, runs, configurations, lastTime };
    return { vote: this.#vote, snapshot, base, ...log, tornBytes };
  }

  copyOfLog(): LineLog {
    const { firstIndex } = this.#log;
    const copy = new LineLog(firstIndex, this.#log.checksumAt(firstIndex - 1));
    for (const batch of this.#log.batches) copy.append(batch);
    return copy;
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
    if (fault === null) this.#take(step);
    this.#steps = this.#steps.filter((other) => other !== step);
    return fault;
  }

  /** Ends the sync in flight: all of it is durable, or the fault says why nothing is promised. */
  commit(): StorageFault | null {
    const fault = this.faultNow();
    if (fault !== null) return fault;
    const unfinished = this.#unfinished;
    this.#unfinished = null;
    if (unfinished?.vote) this.#vote = unfinished.vote;
    for (const batch of unfinished?.batches ?? []) this.#log.append(batch);
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

  #take(step: SnapshotStep): void {
    if (step.kind === 'compact') {
      const dropped = this.#log.batches.filter((batch) => lastIndexOf(batch) <= step.throughIndex);
      const last = dropped.at(-1);
      if (last !== undefined) this.#baseTerm = termOfLine(last, last.ends.length - 1);
      this.#log.dropThrough(step.throughIndex);
      return;
    }
    this.#snapshot = step.snapshot;
    if (step.kind === 'install' && !step.keepSuffix) this.#restart(step.snapshot.info);
  }

  /** Whether the log has the entry that a snapshot ends with. */
  #reaches({ index, checksum }: Position): boolean {
    const { firstIndex, lastIndex } = this.#log;
    if (index < firstIndex - 1 || index > lastIndex) return false;
    return this.#log.checksumAt(index) === checksum;
  }

  /** An empty log that goes on from `position`. */
  #restart({ index, term, checksum }: Position): void {
    this.#log = new LineLog(index + 1, checksum);
    this.#baseTerm = term;
  }
}
