/**
 * When may a received snapshot take the place of the log? Once its term is on the disk, as for a line;
 * and only if the log has not its last entry, or else all that follows that entry stays. In between
 * nothing is written that the new log would drop. How a snapshot comes to be complete is
 * snapshots/disk-snapshots.ts.
 */
import type { Term } from '../machines/messages.ts';
import { StorageError } from './fault.ts';
import type { SnapshotInfo } from './snapshots/snapshot-store.ts';
import type { Position } from './store.ts';

export interface LogReplacementPorts {
  /** Whether the log has exactly this entry. */
  has(position: Position): boolean;
  /** Begins a new log after `info`; nothing else changes the log's files meanwhile. */
  restart(info: SnapshotInfo): Promise<void>;
  /** What changes the log's files goes one after the other. */
  exclusive(work: () => Promise<void>): Promise<void>;
}

export class LogReplacement {
  readonly #ports: LogReplacementPorts;
  #durableTerm: Term = 0;
  /** Wait for a term to be on the disk. */
  #waiting: (() => void)[] = [];
  #isUnderWay = false;
  #stopped = false;

  constructor(ports: LogReplacementPorts) {
    this.#ports = ports;
  }

  /** A snapshot is about to take the place of the log: what is pending will not be written. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** The newest vote on the disk is of `term`. */
  termIsDurable(term: Term): void {
    this.#durableTerm = term;
    this.#wake();
  }

  /**
   * `publish` gives the snapshot its name; then, unless the log has its last entry (`keepSuffix`), a
   * new log begins after it. Throws ERR_DIVERGED when the log is not as the caller says.
   */
  async install(
    info: SnapshotInfo,
    keepSuffix: boolean,
    publish: () => Promise<void>,
  ): Promise<void> {
    if (this.#ports.has(info) !== keepSuffix) {
      // A suffix that is dropped may have been promised; one that does not fit never was agreed on.
      throw new StorageError(
        'ERR_DIVERGED',
        keepSuffix
          ? `Entry ${info.index} is not the one that the received snapshot ends with, though of its term.`
          : `The log has entry ${info.index}, which the received snapshot ends with: none may be dropped.`,
      );
    }
    // No more than a line may a snapshot be on the disk before its term is.
    while (this.#durableTerm < info.term && !this.#stopped) {
      await new Promise<void>((resume) => this.#waiting.push(resume));
    }
    this.#isUnderWay = !keepSuffix;
    try {
      await this.#ports.exclusive(async () => {
        if (this.#stopped) throw new Error('The store was stopped.');
        await publish();
        if (!keepSuffix) await this.#ports.restart(info);
      });
    } finally {
      this.#isUnderWay = false;
    }
  }

  /** No install begins any more. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
