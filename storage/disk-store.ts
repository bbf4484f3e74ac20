/**
 * The store of a real server: log, vote and lock in one directory (docs/formats.md).
 *
 * One write and one fsync at a time, each for all that was appended before. The newest lines stay in
 * memory, older ones are read back from their segments. The first failure is the last: nothing is
 * retried, because a second fsync may report success for pages that the first one dropped.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { LogIndex } from '../machines/messages.ts';
import type { DataDir } from './data-dir.ts';
import { DiskLog } from './disk-log.ts';
import { logCorrupt, toFault, type StorageError } from './fault.ts';
import { LineLog } from './line-log.ts';
import {
  checksumOfLine,
  clusterSeed,
  concatLines,
  lastIndexOf,
  termOfLine,
  timeOfLine,
} from './lines.ts';
import { ProofWriter } from './proof-writer.ts';
import { readLog } from './recovery.ts';
import { segmentName } from './segment.ts';
import type {
  SnapshotInfo,
  SnapshotReceiver,
  SnapshotSink,
  SnapshotSource,
} from './snapshot-store.ts';
import type { Lines, Position, Recovered, StorageFault, Store, VoteState } from './store.ts';
import { VoteFiles, readVote, voteLost } from './vote-file.ts';

export interface DiskStoreLimits {
  /** Past this size a segment takes no further batch. */
  readonly segmentBytes: number;
  /** Durable lines kept in memory for peers that are nearly up to date. */
  readonly cacheBytes: number;
  /** How long after a sync `synced.jsonl` repeats its proof, if no later sync does. */
  readonly proofDelayMs: number;
}

export const defaultDiskStoreLimits: DiskStoreLimits = {
  segmentBytes: 64 << 20,
  cacheBytes: 64 << 20,
  proofDelayMs: 20,
};

export class DiskStore implements Store {
  readonly #dataDir: DataDir;
  readonly #limits: DiskStoreLimits;
  readonly #seed: number;
  readonly #votes: VoteFiles;
  readonly #files: DiskLog;
  readonly #proofs: ProofWriter;
  /** The newest lines; everything below `cache.firstIndex` is on the disk. */
  #cache: LineLog;
  /** Appended since the last sync began. */
  #pending: LineLog | null = null;
  #durableIndex: LogIndex = 0;
  /** The lowest index that the log has been cut to since the sync in flight began. */
  #keptIndex: LogIndex = Infinity;
  #fault: StorageError | null = null;
  #work: Promise<void> | null = null;
  #closed: Promise<void> | null = null;

  /** Takes over `dataDir` and releases it in the end. */
  constructor(dataDir: DataDir, limits: DiskStoreLimits = defaultDiskStoreLimits) {
    this.#dataDir = dataDir;
    this.#limits = limits;
    this.#seed = clusterSeed(dataDir.cluster, crc32);
    this.#votes = new VoteFiles(dataDir.files, dataDir.path);
    this.#files = new DiskLog(dataDir, limits.segmentBytes);
    this.#proofs = new ProofWriter(dataDir, limits.proofDelayMs, (error) => this.#fail(error));
    this.#cache = new LineLog(1, this.#seed);
  }

  recover(done: (fault: StorageFault | null, recovered: Recovered | null) => void): void {
    this.#run(this.#recover(), done);
  }

  append(lines: Lines): void {
    if (lines.ends.length === 0) return;
    const before = lines.firstIndex - 1;
    if (before < this.#cache.firstIndex - 1) {
      this.#cache = new LineLog(lines.firstIndex, this.checksumAt(before));
    }
    this.#cache.append(lines);
    if (this.#pending === null || lines.firstIndex < this.#pending.firstIndex) {
      this.#pending = new LineLog(lines.firstIndex, lines.seed);
    }
    this.#pending.append(lines);
    this.#keptIndex = Math.min(this.#keptIndex, before);
    this.#durableIndex = Math.min(this.#durableIndex, before);
  }

  sync(vote: VoteState | null, done: (fault: StorageFault | null) => void): void {
    if (this.#work !== null)
      throw new Error('A sync is in flight; begin the next when it is done.');
    this.#run(this.#sync(vote), done);
  }

  read(from: LogIndex, to: LogIndex, maxBytes: number): Lines {
    const cache = this.#cache;
    if (from >= cache.firstIndex) return cache.read(from, to, maxBytes);
    const old = this.#readFiles(from, Math.min(to, cache.firstIndex - 1), maxBytes);
    const next = lastIndexOf(old) + 1;
    if (next !== cache.firstIndex || next > to) return old;
    const rest = cache.read(next, to, maxBytes - old.bytes.length);
    return old.bytes.length + rest.bytes.length > maxBytes ? old : concatLines([old, rest]);
  }

  checksumAt(index: LogIndex): number {
    if (index === 0) return this.#seed;
    if (index >= this.#cache.firstIndex - 1) return this.#cache.checksumAt(index);
    return checksumOfLine(this.#readFiles(index, index, 0), 0);
  }

  snapshot(): SnapshotInfo | null {
    return null;
  }

  firstIndex(): LogIndex {
    return 1;
  }

  bytesSince(): number {
    return 0;
  }

  loadSnapshot(): void {
    throw new Error('Snapshots on disk come next.');
  }

  saveSnapshot(): SnapshotSink {
    throw new Error('Snapshots on disk come next.');
  }

  openSnapshot(): SnapshotSource | null {
    return null;
  }

  receiveSnapshot(): SnapshotReceiver {
    throw new Error('Snapshots on disk come next.');
  }

  compact(): void {
    throw new Error('Snapshots on disk come next.');
  }

  stop(): void {
    if (this.#closed !== null) return;
    this.#closed = this.#close();
    // Nothing is called back after a stop; who cares about a failure awaits `closed`.
    this.#closed.catch(() => undefined);
  }

  /** Resolves when a stopped store has let go of its files and its lock. */
  async closed(): Promise<void> {
    await this.#closed;
  }

  async #recover(): Promise<Recovered> {
    const { files, path } = this.#dataDir;
    const log = await readLog(this.#dataDir, this.#seed);
    const vote = await readVote(files, path, log.established);
    const { last, runs, configurations, tornBytes } = log;
    const { seq, term, votedFor, trust } = vote;
    if (last.term > term) {
      throw voteLost(
        `The log has entries of term ${last.term}, the newest vote is of ${term}`,
        path,
      );
    }
    if (!log.established && seq > 1) {
      throw logCorrupt('all segments are missing', join(path, segmentName(1)), 0);
    }
    await this.#votes.restore(vote);
    await this.#files.begin(log);
    const { index, checksum } = last;
    await this.#proofs.restore({ segment: this.#files.segment, index, checksum });
    this.#cache = new LineLog(index + 1, checksum);
    this.#durableIndex = index;
    const { time: lastTime } = last;
    const none = { snapshot: null, base: { index: 0, term: 0 } };
    return {
      vote: { term, votedFor, trust },
      ...none,
      lastIndex: index,
      runs,
      configurations,
      lastTime,
      tornBytes,
    };
  }

  /** Up to its first `await` this runs within the call of `sync`, and takes all that is pending. */
  async #sync(vote: VoteState | null): Promise<void> {
    if (this.#fault !== null) throw this.#fault;
    const pending = this.#pending;
    this.#pending = null;
    this.#keptIndex = Infinity;
    if (pending === null) {
      if (vote !== null) await this.#votes.write(vote);
      return;
    }
    const write = this.#files.prepare(pending.batches, this.#before(pending));
    const { segment } = this.#files;
    const index = pending.lastIndex;
    const checksum = pending.checksumAt(index);
    // No line of a term is written before the term is on the disk.
    if (vote !== null) await this.#votes.write(vote);
    await write();
    this.#durableIndex = Math.min(index, this.#keptIndex);
    this.#cache.trim(this.#limits.cacheBytes, this.#durableIndex);
    this.#proofs.note({ segment, index, checksum });
  }

  #before(pending: LineLog): Position {
    const index = pending.firstIndex - 1;
    if (index === 0) return { index, term: 0, time: 0, checksum: this.#seed };
    const line = this.read(index, index, 0);
    const [term, time] = [termOfLine(line, 0), timeOfLine(line, 0)];
    return { index, term, time, checksum: pending.checksumAt(index) };
  }

  #readFiles(from: LogIndex, to: LogIndex, maxBytes: number): Lines {
    try {
      return this.#files.read(from, to, maxBytes);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #run<T>(work: Promise<T>, done: (fault: StorageFault | null, value: T | null) => void): void {
    const finish = (fault: StorageFault | null, value: T | null): void => {
      this.#work = null;
      if (this.#closed === null) done(fault, value);
    };
    this.#work = work.then(
      (value) => finish(null, value),
      (error: unknown) => finish(this.#fail(error), null),
    );
  }

  /** The first failure is the one that is told from then on. */
  #fail(error: unknown): StorageError {
    this.#fault ??= toFault(error);
    return this.#fault;
  }

  async #close(): Promise<void> {
    try {
      await this.#work;
      await this.#proofs.close(this.#fault === null);
      await this.#files.close();
      await this.#votes.close();
    } finally {
      await this.#dataDir.release();
    }
  }
}
