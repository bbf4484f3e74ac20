/**
 * What is durable on the disk of the in-memory twin: vote, log, and the newest snapshot. Whatever is
 * done here is done whole; what a crash leaves of something unfinished is memory-crash.ts.
 */
import type { LogIndex, Term } from '../machines/messages.ts';
import { LineLog } from './line-log.ts';
import { configurationLines, lastIndexOf, runsOf, termOfLine, timeOfLine } from './lines.ts';
import type { SnapshotInfo } from './snapshots/snapshot-store.ts';
import type { Lines, Position, Recovered, VoteState } from './store.ts';

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

export class DiskContents {
  /** Chain checksum at index 0. */
  readonly seed: number;
  vote: VoteState = { term: 0, votedFor: null, trust: 'proven' };
  snapshot: StoredSnapshot | null = null;
  /** Bytes of a line that was cut short, which the next start drops. */
  tornBytes = 0;
  #log: LineLog;
  /** Term of the entry before the log's first. */
  #baseTerm: Term = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.#log = new LineLog(1, seed);
  }

  get firstIndex(): LogIndex {
    return this.#log.firstIndex;
  }

  get lastIndex(): LogIndex {
    return this.#log.lastIndex;
  }

  /** Term of an entry, or of the one before the first. */
  termAt(index: LogIndex): Term {
    return index === this.#log.firstIndex - 1 ? this.#baseTerm : this.#log.termAt(index);
  }

  checksumAt(index: LogIndex): number {
    return this.#log.checksumAt(index);
  }

  /** Adds lines, in place of those that they replace. */
  append(lines: Lines): void {
    this.#log.append(lines);
  }

  truncateFrom(index: LogIndex): void {
    this.#log.truncateFrom(index);
  }

  take(step: SnapshotStep): void {
    if (step.kind === 'compact') {
      const dropped = this.#log.batches.filter((batch) => lastIndexOf(batch) <= step.throughIndex);
      const last = dropped.at(-1);
      if (last !== undefined) this.#baseTerm = termOfLine(last, last.ends.length - 1);
      this.#log.dropThrough(step.throughIndex);
      return;
    }
    this.snapshot = step.snapshot;
    if (step.kind === 'install' && !step.keepSuffix) this.#restart(step.snapshot.info);
  }

  /** What a start reads; it ends what a crash kept an install from doing to the log. */
  load(): Recovered {
    const snapshot = this.snapshot?.info ?? null;
    if (snapshot !== null && !this.#reaches(snapshot)) this.#restart(snapshot);
    const { batches, firstIndex, lastIndex } = this.#log;
    const base = { index: firstIndex - 1, term: this.#baseTerm };
    const { tornBytes } = this;
    this.tornBytes = 0;
    const runs: { firstIndex: LogIndex; term: Term }[] = [];
    for (const run of batches.flatMap(runsOf)) {
      if (runs.at(-1)?.term !== run.term) runs.push(run);
    }
    const last = batches.at(-1);
    const lastTime =
      last === undefined ? (snapshot?.time ?? 0) : timeOfLine(last, last.ends.length - 1);
    const configurations = batches.flatMap(configurationLines);
    const log = { lastIndex, runs, configurations, lastTime };
    return { vote: this.vote, snapshot, base, ...log, tornBytes };
  }

  copyOfLog(): LineLog {
    const { firstIndex } = this.#log;
    const copy = new LineLog(firstIndex, this.#log.checksumAt(firstIndex - 1));
    for (const batch of this.#log.batches) copy.append(batch);
    return copy;
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
