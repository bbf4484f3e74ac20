/**
 * One snapshot on its way to the disk, saved or received: its calls come one after the other, and
 * it ends once, by `finish`, by `abort` or by a fault. A fault that concerns this snapshot alone
 * leaves nothing of it behind, and the store as it was; any other is the store's.
 */
import { callBack } from '../call-back.ts';
import { StorageError, toFault } from '../fault.ts';
import type { SnapshotTemp } from './snapshot-temp.ts';
import type { StorageFault } from '../store.ts';

export interface JobHost {
  /** The store has failed for good. */
  failed(): boolean;
  /** Notes a failure for good, and returns the first one. */
  fail(error: unknown): StorageError;
  /** It is over and another one may begin; `work` removes what is left of it, and may fail. */
  ended(job: SnapshotJob, work: Promise<void> | null): void;
}

export class SnapshotJob {
  readonly #temp: SnapshotTemp;
  readonly #host: JobHost;
  #work: Promise<void> | null = null;
  #state: 'open' | 'finishing' | 'over' = 'open';
  #stopped = false;

  constructor(temp: SnapshotTemp, host: JobHost) {
    this.#temp = temp;
    this.#host = host;
  }

  /** Does `work` and calls back, unless it was aborted or stopped meanwhile. */
  run<T>(
    kind: 'write' | 'finish',
    work: (temp: SnapshotTemp) => Promise<T>,
    done: (fault: StorageFault | null, value: T | null) => void,
  ): void {
    if (this.#work !== null || this.#state !== 'open') {
      throw new Error('The snapshot is over, or its last call is not yet done.');
    }
    if (kind === 'finish') this.#state = 'finishing';
    this.#work = this.#do(work).then(({ fault, value }) => {
      this.#work = null;
      if (this.#stopped || this.#state === 'over') return;
      if (fault !== null || kind === 'finish') {
        this.#state = 'over';
        this.#host.ended(this, null);
      }
      callBack(() => done(fault, value));
    });
  }

  /** Gives up; too late once `finish` was called, whose outcome has to be awaited. */
  abort(): void {
    if (this.#state !== 'open') return;
    this.#state = 'over';
    const discard = async (): Promise<void> => {
      await this.#work;
      await this.#temp.discard();
    };
    this.#host.ended(this, discard());
  }

  /** Nothing is called back any more; the file is left to the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#work;
    await this.#temp.close();
  }

  async #do<T>(
    work: (temp: SnapshotTemp) => Promise<T>,
  ): Promise<{ fault: StorageError | null; value: T | null }> {
    try {
      return { fault: null, value: await work(this.#temp) };
    } catch (error) {
      return { fault: await this.#judge(error), value: null };
    }
  }

  async #judge(error: unknown): Promise<StorageError> {
    const fault = toFault(error);
    const isFinal = !spares(fault) || this.#temp.published || this.#host.failed();
    if (isFinal) return asFinal(this.#host.fail(asFinal(fault)));
    try {
      await this.#temp.discard();
    } catch (failure) {
      return this.#host.fail(failure);
    }
    if (fault.code !== 'ERR_STORAGE_FULL') return fault;
    return new StorageError(
      fault.code,
      'The disk is full, so the snapshot was given up and its file removed; all else is as it was. ' +
        'Free space: the next one is tried by itself.',
      { file: this.#temp.temporary },
    );
  }
}

/** Who hears one of these goes on, and asks for the next snapshot. */
function spares({ code }: StorageFault): boolean {
  return code === 'ERR_STORAGE_FULL' || code === 'ERR_SNAPSHOT_CORRUPT';
}

/**
 * The store has failed, also when it began with a full disk: told by that code the server would live
 * on without a disk, as a follower that has nothing to sync, and never take a snapshot.
 */
function asFinal(fault: StorageError): StorageError {
  if (!spares(fault)) return fault;
  const place = fault.file === undefined ? {} : { file: fault.file };
  return new StorageError('ERR_STORAGE_IO', fault.message, place);
}
