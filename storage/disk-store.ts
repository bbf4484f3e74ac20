/**
 * The store of a real server: log, vote and lock in one directory (docs/formats.md).
 *
 * One write and one fsync at a time, each for all that was appended before. The newest lines stay
 * in memory, older ones are read back from their segments. The first failure is the last: nothing
 * is retried, because a second fsync may report success for pages that the first one dropped.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { LogIndex } from '../machines/messages.ts';
import { callBack } from './call-back.ts';
import { CachedLog } from './cached-log.ts';
import { closeAll } from './close-all.ts';
import type { DataDir } from './data-dir.ts';
import { DiskSnapshots } from './snapshots/disk-snapshots.ts';
import { logCorrupt, toFault, type StorageError } from './fault.ts';
import { segmentName } from './file-names.ts';
import { clusterSeed } from './lines.ts';
import { LogReplacement } from './log-replacement.ts';
import { ProofWriter } from './proof-writer.ts';
import { readLog } from './recovery.ts';
import type {
  Done,
  SnapshotInfo,
  SnapshotMeta,
  SnapshotReceiver,
  SnapshotSink,
  SnapshotSource,
} from './snapshots/snapshot-store.ts';
import type { Lines, Recovered, StorageFault, Store, VoteState } from './store.ts';
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
  // What a pipeline to a peer has in flight at most: who lags further behind reads from the page cache.
  cacheBytes: 16 << 20,
  proofDelayMs: 20,
};

export class DiskStore implements Store {
  readonly #dataDir: DataDir;
  readonly #seed: number;
  readonly #votes: VoteFiles;
  readonly #log: CachedLog;
  readonly #proofs: ProofWriter;
  readonly #snapshots: DiskSnapshots;
  readonly #replacement: LogReplacement;
  #fault: StorageError | null = null;
  #work: Promise<void> | null = null;
  #compaction: Promise<void> | null = null;
  /** What changes the log's files goes one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | null = null;

  /** Takes over `dataDir` and releases it in the end. */
  constructor(dataDir: DataDir, limits: DiskStoreLimits = defaultDiskStoreLimits) {
    this.#dataDir = dataDir;
    this.#seed = clusterSeed(dataDir.cluster, crc32);
    this.#votes = new VoteFiles(dataDir.files, dataDir.path);
    const fail = (error: unknown): StorageError => this.#fail(error);
    this.#log = new CachedLog(dataDir, { ...limits, seed: this.#seed, fail });
    this.#proofs = new ProofWriter(dataDir, limits.proofDelayMs, fail);
    this.#replacement = new LogReplacement({
      has: (position) => this.#log.has(position),
      exclusive: (work) => this.#exclusive(work),
      restart: async ({ index, term, time, checksum }) => {
        await this.#log.restart({ index, term, time, checksum });
        this.#proofs.note(this.#log.proof);
      },
    });
    this.#snapshots = new DiskSnapshots(dataDir, {
      fail,
      failed: () => this.#fault !== null,
      saved: () => this.#log.roll(),
      install: (info, keepSuffix, publish) => this.#replacement.install(info, keepSuffix, publish),
    });
  }

  recover(done: (fault: StorageFault | null, recovered: Recovered | null) => void): void {
    this.#run(this.#recover(), done);
  }

  append(lines: Lines): void {
    if (lines.ends.length === 0) return;
    if (this.#replacement.isUnderWay) {
      throw new Error('Nothing may be appended while the log is replaced.');
    }
    this.#log.append(lines);
  }

  sync(vote: VoteState | null, done: (fault: StorageFault | null) => void): void {
    if (this.#work !== null)
      throw new Error('A sync is in flight; begin the next when it is done.');
    this.#run(this.#sync(vote), done);
  }

  read(from: LogIndex, to: LogIndex, maxBytes: number): Lines {
    return this.#log.read(from, to, maxBytes);
  }

  checksumAt(index: LogIndex): number {
    return this.#log.checksumAt(index);
  }

  snapshot(): SnapshotInfo | null {
    return this.#snapshots.newest;
  }

  firstIndex(): LogIndex {
    return this.#log.base.index + 1;
  }

  bytesSince(index: LogIndex): number {
    return this.#log.bytesSince(index);
  }

  loadSnapshot(onItems: (items: readonly string[]) => void, done: Done): void {
    this.#snapshots.load(onItems, done);
  }

  saveSnapshot(meta: SnapshotMeta): SnapshotSink {
    if (meta.index > this.#log.durableIndex) {
      throw new RangeError(`Entry ${meta.index} is not durable here.`);
    }
    if (meta.checksum !== this.checksumAt(meta.index)) {
      throw new Error(`Entry ${meta.index} is not the one that the snapshot would end with.`);
    }
    return this.#snapshots.save(meta);
  }

  openSnapshot(): SnapshotSource | null {
    return this.#snapshots.open();
  }

  receiveSnapshot(info: SnapshotInfo): SnapshotReceiver {
    return this.#snapshots.receive(info);
  }

  compact(throughIndex: LogIndex, done: Done): void {
    const newest = this.#snapshots.newest?.index ?? 0;
    if (throughIndex > newest) throw new RangeError(`Snapshot ${newest} is below ${throughIndex}.`);
    const work = async (): Promise<void> => {
      const one = () => this.#exclusive(() => this.#log.compactOne(throughIndex));
      while (this.#closed === null && (await one()));
    };
    this.#compaction = work().then(
      () => this.#tell(() => done(null)),
      (error: unknown) => {
        const fault = this.#fail(error);
        this.#tell(() => done(fault));
      },
    );
  }

  stop(): void {
    if (this.#closed !== null) return;
    this.#closed = this.#close();
    // Nothing is called back after a stop; who cares about a failure awaits `closed`.
    this.#closed.catch(() => undefined);
  }

  /** Resolves when a stopped store has let go of its files and its lock; rejects with a fault. */
  async closed(): Promise<void> {
    await this.#closed;
  }

  async #recover(): Promise<Recovered> {
    const { files, path } = this.#dataDir;
    const snapshot = await this.#snapshots.recover();
    const log = await readLog(this.#dataDir, this.#seed, snapshot);
    const vote = await readVote(files, path, log.established);
    const { last, runs, configurations, tornBytes } = log;
    const { seq, term, votedFor, trust } = vote;
    if (last.term > term) {
      throw voteLost(
        `The log has entries of term ${last.term}, the newest vote is of ${term}`,
        path,
      );
    }
    if (!log.established && (seq > 1 || snapshot !== null)) {
      throw logCorrupt('all segments are missing', join(path, segmentName(1)), 0);
    }
    await this.#votes.restore(vote);
    await this.#log.begin(log);
    await this.#proofs.restore(this.#log.proof);
    await this.#snapshots.sweep();
    this.#replacement.termIsDurable(term);
    const base = { index: log.base.index, term: log.base.term };
    return {
      vote: { term, votedFor, trust },
      snapshot,
      base,
      lastIndex: last.index,
      runs,
      configurations,
      lastTime: last.time,
      tornBytes,
    };
  }

  /** Up to its first `await` this runs within the call of `sync`, and takes all that is pending. */
  async #sync(vote: VoteState | null): Promise<void> {
    if (this.#fault !== null) throw this.#fault;
    const prepared = this.#replacement.isUnderWay ? null : this.#log.prepare();
    await this.#exclusive(async () => {
      // No line of a term is written before the term is on the disk.
      await this.#writeVote(vote);
      await prepared?.write();
    });
    if (prepared !== null) this.#proofs.note(prepared.proof);
  }

  async #writeVote(vote: VoteState | null): Promise<void> {
    if (vote === null) return;
    await this.#votes.write(vote);
    this.#replacement.termIsDurable(vote.term);
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(() => {
      if (this.#fault !== null) throw this.#fault;
      return work();
    });
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #run<T>(work: Promise<T>, done: (fault: StorageFault | null, value: T | null) => void): void {
    const finish = (fault: StorageFault | null, value: T | null): void => {
      this.#work = null;
      this.#tell(() => done(fault, value));
    };
    this.#work = work.then(
      (value) => finish(null, value),
      (error: unknown) => finish(this.#fail(error), null),
    );
  }

  #tell(call: () => void): void {
    if (this.#closed === null) callBack(call);
  }

  /** The first failure is the one that is told from then on. */
  #fail(error: unknown): StorageError {
    this.#fault ??= toFault(error);
    return this.#fault;
  }

  async #close(): Promise<void> {
    this.#replacement.stop();
    await this.#work;
    await this.#compaction;
    const files = [
      () => this.#snapshots.stop(),
      () => this.#proofs.close(this.#fault === null),
      () => this.#log.close(),
      () => this.#votes.close(),
      () => this.#dataDir.release(),
    ];
    await closeAll(files).catch((error: unknown) => {
      throw toFault(error);
    });
  }
}
