/**
 * The snapshots of a real server's directory (docs/formats.md#snapshots): which one is the newest,
 * saving, receiving and sending. At most two are kept, the older one only while it is read.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { callBack } from '../call-back.ts';
import { closeAll } from '../close-all.ts';
import type { DataDir } from '../data-dir.ts';
import { StorageError } from '../fault.ts';
import { snapshotName } from '../file-names.ts';
import type { Descriptor } from '../file-system.ts';
import { findSnapshots, readSnapshot, snapshotCorrupt } from './snapshot-files.ts';
import { SnapshotJob } from './snapshot-job.ts';
import { SnapshotWriter, giveItems, isSameSnapshot } from './snapshot-lines.ts';
import type {
  Done,
  SnapshotInfo,
  SnapshotMeta,
  SnapshotReceiver,
  SnapshotSink,
  SnapshotSource,
} from './snapshot-store.ts';
import { SnapshotTemp } from './snapshot-temp.ts';

/** Bytes of one read of a source. */
const MAX_READ_BYTES = 1 << 20;

export interface DiskSnapshotHost {
  /** Notes a failure for good, and returns the first one. */
  fail(error: unknown): StorageError;
  /** Whether it has. */
  failed(): boolean;
  /** A snapshot of the own log is on the disk, by its name. */
  saved(): void;
  /** Calls `publish`, and has the log go on from the snapshot. */
  install(info: SnapshotInfo, keepSuffix: boolean, publish: () => Promise<void>): Promise<void>;
}

export class DiskSnapshots {
  readonly #dataDir: DataDir;
  readonly #host: DiskSnapshotHost;
  newest: SnapshotInfo | null = null;
  /** Files that are there. */
  #names: string[] = [];
  /** How many sources of each file are open. */
  readonly #readers = new Map<string, number>();
  readonly #sources = new Set<SnapshotSource>();
  #job: SnapshotJob | null = null;
  #serial = 0;
  /** Reads and removals in flight. */
  readonly #work = new Set<Promise<void>>();
  #stopped = false;

  constructor(dataDir: DataDir, host: DiskSnapshotHost) {
    this.#dataDir = dataDir;
    this.#host = host;
  }

  /** Finds and verifies the newest one. */
  async recover(): Promise<SnapshotInfo | null> {
    const { names, newest } = await findSnapshots(this.#dataDir);
    this.#names = [...names];
    this.newest = newest;
    return newest;
  }

  /** Removes those that a newer one has taken the place of, unless they are being read. */
  async sweep(): Promise<void> {
    const { files, path } = this.#dataDir;
    const kept = this.newest === null ? null : snapshotName(this.newest.index);
    const dead = this.#names.filter((name) => name !== kept && !this.#readers.has(name));
    this.#names = this.#names.filter((name) => !dead.includes(name));
    for (const name of dead) {
      await files.remove(join(path, name));
      await files.syncDirectory(path);
    }
  }

  load(onItems: (items: readonly string[]) => void, done: Done): void {
    const { newest } = this;
    if (newest === null) throw new Error('There is no snapshot.');
    const give = (items: readonly string[]): void => {
      // What nobody waits for any more need not be read to its end.
      if (this.#stopped) throw new Error('The store was stopped.');
      giveItems(items, onItems);
    };
    this.#track(
      readSnapshot(this.#dataDir, snapshotName(newest.index), give).then(() => null),
      done,
    );
  }

  save(meta: SnapshotMeta): SnapshotSink {
    const job = this.#begin(meta);
    const writer = new SnapshotWriter(meta, this.#dataDir.cluster, crc32);
    const begun = [writer.header()];
    return {
      write: (items, done) => {
        const buffers = [...begun.splice(0), writer.items(items)];
        job.run('write', (temp) => temp.append(buffers), done);
      },
      finish: (done) => {
        const { bytes, info } = writer.trailer();
        const work = async (temp: SnapshotTemp): Promise<SnapshotInfo> => {
          await temp.append([...begun.splice(0), bytes]);
          await temp.end();
          await temp.publish();
          this.#host.saved();
          await this.#published(info);
          return info;
        };
        job.run('finish', work, done);
      },
      abort: () => job.abort(),
    };
  }

  receive(info: SnapshotInfo): SnapshotReceiver {
    const job = this.#begin(info);
    let received = 0;
    const work = async (temp: SnapshotTemp, keepSuffix: boolean): Promise<void> => {
      await temp.end();
      await this.#verify(temp, info);
      await this.#host.install(info, keepSuffix, () => temp.publish());
      await this.#published(info);
    };
    return {
      info,
      get offset() {
        return received;
      },
      write: (offset, bytes, done) => {
        if (offset !== received) throw new RangeError(`The next chunk begins at ${received}.`);
        received += bytes.length;
        job.run('write', (temp) => temp.append([bytes]), done);
      },
      finish: (keepSuffix, done) => job.run('finish', (temp) => work(temp, keepSuffix), done),
      abort: () => job.abort(),
    };
  }

  open(): SnapshotSource | null {
    const info = this.newest;
    if (info === null) return null;
    const name = snapshotName(info.index);
    const path = join(this.#dataDir.path, name);
    const { files } = this.#dataDir;
    this.#readers.set(name, (this.#readers.get(name) ?? 0) + 1);
    let fd: Promise<Descriptor> | null = null;
    let last: Promise<unknown> = Promise.resolve();
    let hash = 0;
    let hashed = 0;
    let closed = false;
    const read = async (offset: number, maxBytes: number): Promise<Uint8Array> => {
      fd ??= files.open(path, 'read');
      const bytes = await files.read(await fd, offset, Math.min(maxBytes, MAX_READ_BYTES));
      if (offset !== hashed || bytes.length === 0) return bytes;
      // Rot must not reach a peer: the last bytes are only given if all of them are as they were.
      hashed += bytes.length;
      hash = crc32(bytes, hash);
      if (hashed < info.sizeBytes || hash === info.hash) return bytes;
      throw snapshotCorrupt('the file is not what was written', path, offset);
    };
    const source: SnapshotSource = {
      info,
      read: (offset, maxBytes, done) => {
        if (closed) throw new Error('The source is closed.');
        const work = last.then(() => read(offset, maxBytes));
        last = work.catch(() => undefined);
        this.#track(work, (fault, bytes) => {
          if (!closed) done(fault, bytes);
        });
      },
      close: () => {
        if (closed) return;
        closed = true;
        this.#sources.delete(source);
        const end = async (): Promise<void> => {
          await last;
          if (fd !== null) await files.close(await fd);
          this.#release(name);
          if (!this.#stopped) await this.sweep();
        };
        this.#track(end(), () => undefined);
      },
    };
    this.#sources.add(source);
    return source;
  }

  /** Resolves when nothing is in flight any more; nothing is called back from the call on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    // Whoever has failed, or has just been stopped, closes none.
    for (const source of this.#sources) source.close();
    const work = async (): Promise<void> => {
      await Promise.all(this.#work);
    };
    await closeAll([() => this.#job?.stop(), work]);
  }

  #begin({ index }: SnapshotMeta): SnapshotJob {
    if (this.#job !== null) throw new Error('A snapshot is being written; end or abort it first.');
    const newest = this.newest?.index ?? 0;
    if (index <= newest) throw new RangeError(`Snapshot ${newest} is no older than ${index}.`);
    const temp = new SnapshotTemp(this.#dataDir, snapshotName(index), ++this.#serial);
    const job = new SnapshotJob(temp, {
      fail: (error) => this.#host.fail(error),
      failed: () => this.#host.failed(),
      ended: (ended, work) => {
        if (this.#job === ended) this.#job = null;
        if (work !== null) this.#track(work, () => undefined);
      },
    });
    this.#job = job;
    return job;
  }

  async #published(info: SnapshotInfo): Promise<void> {
    this.newest = info;
    this.#names.push(snapshotName(info.index));
    await this.sweep();
  }

  /** What was received must be whole, and what was announced. */
  async #verify(temp: SnapshotTemp, info: SnapshotInfo): Promise<void> {
    let why = 'it is not the one that was announced';
    try {
      const found = await readSnapshot(this.#dataDir, temp.temporary, null);
      if (isSameSnapshot(found, info)) return;
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== 'ERR_SNAPSHOT_CORRUPT') throw error;
      why = error.message;
    }
    throw new StorageError(
      'ERR_SNAPSHOT_CORRUPT',
      `The snapshot of entry ${info.index} that was received is refused: ${why}. Ask for it again.`,
      { file: temp.temporary },
    );
  }

  #release(name: string): void {
    const count = (this.#readers.get(name) ?? 1) - 1;
    if (count === 0) this.#readers.delete(name);
    else this.#readers.set(name, count);
  }

  #track<T>(work: Promise<T>, done: (fault: StorageError | null, value: T | null) => void): void {
    const told = (fault: StorageError | null, value: T | null): void => {
      this.#work.delete(tracked);
      if (!this.#stopped) callBack(() => done(fault, value));
    };
    const tracked = work.then(
      (value) => told(null, value),
      (error: unknown) => told(this.#stopped ? null : this.#host.fail(error), null),
    );
    this.#work.add(tracked);
  }
}
