/**
 * What the checker remembers of the whole run, across crashes: entries, leaders and commits.
 *
 * An entry is known by its index, its term and its chain checksum, which covers all entries before
 * it. So comparing one checksum compares two whole logs, and the checker never reads a command twice.
 */
import { termAt, type Log } from '../../machines/log.ts';
import type { Configuration, LogIndex, ServerId, Term } from '../../machines/messages.ts';

/** Entries of one run; the key below packs the index under the term. */
const maxEntries = 1_000_000;

const nobody: Configuration = { voters: [], outgoing: [], learners: [] };

export interface Committed {
  readonly term: Term;
  readonly checksum: number;
  /** currentTerm of the first server that was seen to have committed it. */
  readonly byTerm: Term;
  /** The configuration whose majorities decided it. */
  readonly deciders: Configuration;
}

export class History {
  /** The one leader of each term that had one. */
  readonly leaders = new Map<Term, ServerId>();
  /** The log of each term's leader as last seen; it only grows (I2). */
  readonly leaderLogs = new Map<Term, Log>();
  /** `committed[i]` is the entry at index i; index 0 is no entry. */
  readonly committed: Committed[] = [{ term: 0, checksum: 0, byTerm: 0, deciders: nobody }];
  readonly #checksums = new Map<number, number>();

  get committedIndex(): LogIndex {
    return this.committed.length - 1;
  }

  /** Notes an entry when it is first seen; false when another one is known by its index and term. */
  noteEntry(index: LogIndex, term: Term, checksum: number): boolean {
    const key = keyOf(index, term);
    const known = this.#checksums.get(key);
    if (known === undefined) this.#checksums.set(key, checksum);
    return known === undefined || known === checksum;
  }

  /** The checksum of the entry at `index` of `term`; undefined when nobody ever had it. */
  checksumOf(index: LogIndex, term: Term): number | undefined {
    return this.#checksums.get(keyOf(index, term));
  }

  noteLeader(term: Term, leader: ServerId, log: Log): void {
    if (!this.leaders.has(term)) this.leaders.set(term, leader);
    this.leaderLogs.set(term, log);
  }

  /** Term of the entry at `index` in the log of the leader of `term`; null when it has none. */
  leaderTermAt(term: Term, index: LogIndex): Term | null {
    const log = this.leaderLogs.get(term);
    if (log === undefined) return null;
    // What its snapshot replaces was committed.
    return index < log.snapshotIndex ? (this.committed[index]?.term ?? null) : termAt(log, index);
  }

  /** The last index that was committed in a term below `term` (what its leader must hold, I4). */
  committedBelow(term: Term): LogIndex {
    let index = this.committedIndex;
    while (index > 0 && (this.committed[index]?.byTerm ?? 0) >= term) index -= 1;
    return index;
  }
}

function keyOf(index: LogIndex, term: Term): number {
  if (index >= maxEntries) throw new Error('ERR_SIMULATION: too many entries for one run.');
  return term * maxEntries + index;
}
