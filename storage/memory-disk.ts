/**
 * The disk of the in-memory twin: what survives a crash of its server, and the faults that may be put
 * on it. A `MemoryStore` is one server's hold on it, from a start to the next crash.
 *
 * The crash model is what the files promise (docs/formats.md#crashes): the vote before any line, of
 * the lines of an unfinished sync any prefix, of what was never synced nothing.
 */
import type { LogIndex, Term } from '../machines/messages.ts';
import { LineLog } from './line-log.ts';
import { clusterSeed, runsOf, sliceLines } from './lines.ts';
import type { Checksum, Lines, Recovered, StorageFault, VoteState } from './store.ts';

/** What a sync in flight would add to the disk. */
interface Unfinished {
  readonly vote: VoteState | null;
  readonly batches: readonly Lines[];
}

/** The store that holds a disk at present. */
export interface DiskOwner {
  /** Calls back, if a sync is due. */
  finish(): void;
  stop(): void;
}

/** What survives a crash, and the faults that may be put on it. */
export class MemoryDisk {
  /** Chain checksum at index 0. */
  readonly seed: number;
  /** The next sync fails with ERR_STORAGE_IO, once. */
  failNextSync = false;
  /** Every sync fails with ERR_STORAGE_FULL while set. */
  full = false;
  /** Bits have flipped at or before the last proof of sync: while set, nothing can be read back. */
  rotten = false;
  #vote: VoteState = { term: 0, votedFor: null, trust: 'proven' };
  readonly #log: LineLog;
  #unfinished: Unfinished | null = null;
  #owner: DiskOwner | null = null;
  #stalled = false;
  #tornBytes = 0;

  constructor(cluster: string, checksum: Checksum) {
    this.seed = clusterSeed(cluster, checksum);
    this.#log = new LineLog(1, this.seed);
  }

  get durableVote(): VoteState {
    return this.#vote;
  }

  get durableLastIndex(): LogIndex {
    return this.#log.lastIndex;
  }

  /** Term of a durable entry; 0 at index 0. */
  durableTermAt(index: LogIndex): Term {
    return index === 0 ? 0 : this.#log.termAt(index);
  }

  durableChecksumAt(index: LogIndex): number {
    return this.#log.checksumAt(index);
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
    const unfinished = this.#unfinished;
    this.#owner?.stop();
    if (unfinished === null) return;
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

  /** Synced entries after `lastIndex` are lost, and recovery knew: the server is doubtful from now on. */
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
    const { batches } = this.#log;
    const tornBytes = this.#tornBytes;
    this.#tornBytes = 0;
    const runs: { firstIndex: LogIndex; term: Term }[] = [];
    for (const run of batches.flatMap(runsOf)) {
      if (runs.at(-1)?.term !== run.term) runs.push(run);
    }
    return { vote: this.#vote, lastIndex: this.#log.lastIndex, runs, tornBytes };
  }

  copyOfLog(): LineLog {
    const copy = new LineLog(this.#log.firstIndex, this.seed);
    for (const batch of this.#log.batches) copy.append(batch);
    return copy;
  }

  begin(vote: VoteState | null, batches: readonly Lines[]): void {
    this.#unfinished = { vote, batches };
  }

  /** Ends the sync in flight: all of it is durable, or the fault says why nothing is promised. */
  commit(): StorageFault | null {
    if (this.failNextSync) {
      this.failNextSync = false;
      return {
        code: 'ERR_STORAGE_IO',
        message: 'EIO: the disk failed to sync. Replace it, then start again.',
      };
    }
    if (this.full) {
      return {
        code: 'ERR_STORAGE_FULL',
        message: 'ENOSPC: the disk is full. Free space, then start again.',
      };
    }
    const unfinished = this.#unfinished;
    this.#unfinished = null;
    if (unfinished?.vote) this.#vote = unfinished.vote;
    for (const batch of unfinished?.batches ?? []) this.#log.append(batch);
    return null;
  }
}
