/**
 * The in-memory twin of the disk store, for the simulator and the page, on a `MemoryDisk`.
 * Nothing here is awaited or timed; the caller's `schedule` decides when a sync ends.
 */
import type { LogIndex } from '../machines/messages.ts';
import { LineLog } from './line-log.ts';
import type { MemoryDisk } from './memory-disk.ts';
import type { Lines, Recovered, StorageFault, Store, VoteState } from './store.ts';

/** One server's hold on a `MemoryDisk`, from a start to the next crash. */
export class MemoryStore implements Store {
  readonly #disk: MemoryDisk;
  readonly #schedule: (task: () => void) => void;
  #log: LineLog;
  /** Appended since the last sync began. */
  #pending: LineLog | null = null;
  #done: ((fault: StorageFault | null) => void) | null = null;
  #due = false;
  #fault: StorageFault | null = null;
  #stopped = false;

  /** `schedule` runs a task later, never at once: in simulation after the disk's latency. */
  constructor(disk: MemoryDisk, schedule: (task: () => void) => void) {
    this.#disk = disk;
    this.#schedule = schedule;
    this.#log = new LineLog(1, disk.seed);
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
      this.#log = this.#disk.copyOfLog();
      done(null, this.#disk.load());
    });
  }

  append(lines: Lines): void {
    if (lines.ends.length === 0) return;
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
    this.#due = false;
    if (this.#fault === null) this.#disk.begin(vote, this.#pending?.batches ?? []);
    this.#pending = null;
    this.#schedule(() => {
      this.#due = true;
      if (!this.#disk.stalled || this.#fault !== null) this.finish();
    });
  }

  /** For the disk only: calls back, if a sync is due. */
  finish(): void {
    const done = this.#done;
    if (this.#stopped || done === null || !this.#due) return;
    this.#done = null;
    this.#fault ??= this.#disk.commit();
    done(this.#fault);
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
