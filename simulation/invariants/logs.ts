/**
 * I2, I3, I13, I16 and I20: the shape of a log and how it may change (§5.3).
 *
 * Entries are judged by checksum when they reach a store or a wire, terms by the chart's own log.
 */
import { termAt, type Log } from '../../machines/log.ts';
import type { AppendEntries, LogIndex, ServerId, Term } from '../../machines/messages.ts';
import type { History } from './history.ts';
import type { Report, ServerView } from './observation.ts';

export class LogRules {
  readonly #report: Report;
  readonly #history: History;

  constructor(report: Report, history: History) {
    this.#report = report;
    this.#history = history;
  }

  /** I3: `server` wrote or sent this entry; its checksum stands for everything up to it. */
  entry(server: ServerId, index: LogIndex, term: Term, checksum: number): void {
    if (!this.#history.noteEntry(index, term, checksum)) {
      this.#report('I3', server, `two histories end in entry ${index} of term ${term}`);
    }
  }

  /** After a chart step that replaced the log of `was` in the same incarnation. */
  changed({ id, context }: ServerView, was: ServerView['context'], ledTerm: Term | null): void {
    const { log: before, commitIndex: commitBefore } = was;
    const { log, currentTerm } = context;
    if (currentTerm < was.currentTerm) {
      this.#report('I25', id, `its term fell with its log: ${was.currentTerm} → ${currentTerm}`);
    }
    this.#shape(id, log, currentTerm);
    if (log.snapshotIndex !== before.snapshotIndex) {
      this.#compacted(id, before, log);
      return;
    }
    const kept = lastShared(before, log);
    if (kept === before.lastIndex) return;

    // Something was removed: everything from kept + 1 on.
    const first = kept + 1;
    if (ledTerm === currentTerm) {
      this.#report('I2', id, `as leader of term ${currentTerm} it removed entry ${first}`);
    }
    if (first <= commitBefore) {
      this.#report('I16', id, `removed entry ${first}, committed through ${commitBefore}`);
    }
    if (first > log.lastIndex) {
      const range = `${first} … ${before.lastIndex}`;
      this.#report('I16', id, `removed ${range} although no entry of another term replaces them`);
    }
  }

  /** I25: a snapshot took the place of entries. What follows them stays iff it does follow them. */
  #compacted(id: ServerId, before: Log, log: Log): void {
    const { snapshotIndex, snapshotTerm, lastIndex } = log;
    if (snapshotIndex < before.snapshotIndex) {
      this.#report('I25', id, `its snapshot fell: ${before.snapshotIndex} → ${snapshotIndex}`);
    }
    const committed = this.#history.committed[snapshotIndex];
    if (committed?.term !== snapshotTerm) {
      const is = `${snapshotIndex} of term ${snapshotTerm}`;
      this.#report('I24', id, `its log begins after entry ${is}, which is not committed`);
    }
    const follows = termAt(before, snapshotIndex) === snapshotTerm;
    if (follows && lastIndex !== before.lastIndex) {
      const range = `${lastIndex + 1} … ${before.lastIndex}`;
      this.#report('I25', id, `snapshot ${snapshotIndex} removed ${range}, which follow it`);
    }
    if (!follows && (lastIndex !== snapshotIndex || log.runs.length > 0)) {
      this.#report('I25', id, `snapshot ${snapshotIndex} kept entries that do not follow it`);
    }
  }

  /** I13. The newest two runs are all that a step can have touched besides removing. */
  #shape(id: ServerId, log: Log, currentTerm: Term): void {
    const last = log.runs.at(-1);
    const before = log.runs.at(-2);
    if (last === undefined) return;
    const rising =
      before === undefined || (before.term < last.term && before.firstIndex < last.firstIndex);
    if (!rising || last.firstIndex > log.lastIndex) {
      this.#report('I13', id, `terms do not rise with the index: ${JSON.stringify(log.runs)}`);
    }
    if (last.term > currentTerm) {
      this.#report('I13', id, `an entry of term ${last.term} in term ${currentTerm}`);
    }
  }

  /**
   * I20: what a leader sends is its log. `seed` is the checksum at prevLogIndex, `last` the one of
   * the last line; null for a heartbeat.
   */
  appendSent(message: AppendEntries, seed: number | null, last: number | null): void {
    const { from, term, prevLogIndex, prevLogTerm, lastIndex } = message;
    const leader = this.#history.leaders.get(term);
    if (leader !== from) {
      this.#report('I20', from, `AppendEntries of term ${term}, whose leader is ${String(leader)}`);
    }
    if (prevLogIndex > 0 && prevLogTerm === 0) {
      this.#report('I20', from, `prevLogTerm 0 at prevLogIndex ${prevLogIndex}`);
    }
    if (seed !== null) this.#content(from, prevLogIndex, prevLogTerm, seed);
    if (last !== null) {
      this.#content(from, lastIndex, message.runs.at(-1)?.term ?? prevLogTerm, last);
    }
  }

  #content(from: ServerId, index: LogIndex, term: Term, checksum: number): void {
    if (index > 0 && this.#history.checksumOf(index, term) !== checksum) {
      this.#report('I20', from, `sent another history than its log's up to ${index} of ${term}`);
    }
  }
}

/** The last index through which two logs have the same terms, so (I3) the same entries. */
function lastShared(a: Log, b: Log): LogIndex {
  let index = Math.min(a.lastIndex, b.lastIndex);
  while (index > a.snapshotIndex && termAt(a, index) !== termAt(b, index)) index -= 1;
  return index;
}
