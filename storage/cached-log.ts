/**
 * The log of a real server, read as one: the newest lines in memory, durable or not yet, and the older
 * ones in their segments (`disk-log.ts`). It knows what is durable; when to write is `disk-store.ts`.
 */
import type { LogIndex } from '../machines/messages.ts';
import type { DataDir } from './data-dir.ts';
import { DiskLog } from './disk-log.ts';
import { LineLog } from './line-log.ts';
import { checksumOfLine, concatLines, lastIndexOf, termOfLine, timeOfLine } from './lines.ts';
import type { RecoveredLog } from './recovery.ts';
import type { Lines, Position } from './store.ts';
import type { Proof } from './synced.ts';

/** All that was pending, to be written by one call. */
export interface PreparedWrite {
  /** Writes and syncs. */
  write(): Promise<void>;
  /** What is proved once it has. */
  readonly proof: Proof;
}

export interface CachedLogOptions {
  readonly segmentBytes: number;
  readonly cacheBytes: number;
  /** Chain checksum at index 0. */
  readonly seed: number;
  /** Notes that lines could not be read back, and returns what to throw. */
  fail(error: unknown): Error;
}

export class CachedLog {
  readonly #options: CachedLogOptions;
  readonly #files: DiskLog;
  /** The newest lines; everything below `cache.firstIndex` is on the disk. */
  #cache: LineLog;
  /** Appended since the last write was prepared. */
  #pending: LineLog | null = null;
  #durableIndex: LogIndex = 0;
  /** The lowest index that the log has been cut to since the write in flight was prepared. */
  #keptIndex: LogIndex = Infinity;

  constructor(dataDir: DataDir, options: CachedLogOptions) {
    this.#options = options;
    this.#files = new DiskLog(dataDir, options.segmentBytes);
    this.#cache = new LineLog(1, options.seed);
  }

  get durableIndex(): LogIndex {
    return this.#durableIndex;
  }

  /** What the first entry continues. */
  get base(): Position {
    return this.#files.base;
  }

  /** What the files prove when nothing is pending. */
  get proof(): Proof {
    const index = this.#durableIndex;
    return { segment: this.#files.segment, index, checksum: this.checksumAt(index) };
  }

  async begin(recovered: RecoveredLog): Promise<void> {
    await this.#files.begin(recovered);
    this.#forget(recovered.last);
  }

  append(lines: Lines): void {
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

  /** Takes all that is pending; null when nothing is. One write at a time. */
  prepare(): PreparedWrite | null {
    const pending = this.#pending;
    if (pending === null) return null;
    this.#pending = null;
    this.#keptIndex = Infinity;
    const write = this.#files.prepare(pending.batches, this.#before(pending));
    const index = pending.lastIndex;
    return {
      write: async () => {
        await write();
        this.#durableIndex = Math.min(index, this.#keptIndex);
        this.#cache.trim(this.#options.cacheBytes, this.#durableIndex);
      },
      proof: { segment: this.#files.segment, index, checksum: pending.checksumAt(index) },
    };
  }

  /** See `Store.read`. */
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
    if (index === 0) return this.#options.seed;
    if (index === this.base.index) return this.base.checksum;
    if (index >= this.#cache.firstIndex - 1) return this.#cache.checksumAt(index);
    return checksumOfLine(this.#readFiles(index, index, 0), 0);
  }

  /** Whether it has this very entry, or continues from it. */
  has({ index, checksum }: Position): boolean {
    if (index < this.base.index || index > this.#cache.lastIndex) return false;
    return this.checksumAt(index) === checksum;
  }

  bytesSince(index: LogIndex): number {
    return this.#files.bytesSince(index);
  }

  /** Goes on from `position` with nothing before it; what is pending is dropped. */
  restart(position: Position): Promise<void> {
    return this.#files.restart(position, () => {
      this.#pending = null;
      this.#forget(position);
    });
  }

  /** See `DiskLog.roll`. */
  roll(): void {
    this.#files.roll();
  }

  /** See `DiskLog.compactOne`. */
  compactOne(throughIndex: LogIndex): Promise<boolean> {
    return this.#files.compactOne(throughIndex);
  }

  close(): Promise<void> {
    return this.#files.close();
  }

  /** All that there is, is on the disk, and nothing of it in memory. */
  #forget({ index, checksum }: Position): void {
    this.#cache = new LineLog(index + 1, checksum);
    this.#durableIndex = index;
  }

  #before(pending: LineLog): Position {
    const index = pending.firstIndex - 1;
    if (index === this.base.index) return this.base;
    const line = this.read(index, index, 0);
    const [term, time] = [termOfLine(line, 0), timeOfLine(line, 0)];
    return { index, term, time, checksum: pending.checksumAt(index) };
  }

  #readFiles(from: LogIndex, to: LogIndex, maxBytes: number): Lines {
    try {
      return this.#files.read(from, to, maxBytes);
    } catch (error) {
      // Asking for what is not there is the caller's mistake, and no damage.
      throw error instanceof RangeError ? error : this.#options.fail(error);
    }
  }
}
