/**
 * I4, I5, I14, I15 and I17 – I19: what is committed and applied (§5.3, §5.4).
 */
import { configurationOf, lastTerm, matches, termAt, type Log } from '../../machines/log.ts';
import type { AppendEntries, LogIndex, ServerId, Term } from '../../machines/messages.ts';
import type { History } from './history.ts';
import { isQuorum, shareOf, type DiskView, type Report, type ServerView } from './observation.ts';

export interface BeforeStep {
  readonly commitIndex: LogIndex;
  readonly lastApplied: LogIndex;
  /** §6: what is committed in a step was decided by the configuration in force before it. */
  readonly log: Log;
}

export class CommitRules {
  readonly #report: Report;
  readonly #history: History;
  readonly #disks: ReadonlyMap<ServerId, DiskView>;
  /** stateHash() after each index at which some server rested. */
  readonly #stateHashes = new Map<LogIndex, number | string>();

  constructor(report: Report, history: History, disks: ReadonlyMap<ServerId, DiskView>) {
    this.#report = report;
    this.#history = history;
    this.#disks = disks;
  }

  /** After each chart step. `before` is the state before it in the same incarnation. */
  stepped(view: ServerView, before: BeforeStep, ledTerm: Term | null): void {
    const { id, context, lastApplied, role } = view;
    const { commitIndex, log, currentTerm } = context;
    if (commitIndex < before.commitIndex || lastApplied < before.lastApplied) {
      const was = `${before.commitIndex}, ${before.lastApplied}`;
      this.#report('I15', id, `commit, applied fell: ${was} → ${commitIndex}, ${lastApplied}`);
    }
    if (lastApplied > commitIndex || commitIndex > log.lastIndex) {
      const seen = `${lastApplied}, ${commitIndex}, ${log.lastIndex}`;
      this.#report('I14', id, `applied ≤ commit ≤ last does not hold: ${seen}`);
    }
    if (role === 'leader' && ledTerm !== currentTerm) this.#complete(view);
    if (commitIndex > before.commitIndex)
      this.#committed(view, before.log, role === 'leader' || ledTerm === currentTerm);
    if (lastApplied > before.lastApplied) this.#applied(view);
  }

  /** I4: a new leader holds everything that was committed in earlier terms (§5.4.3). */
  #complete(view: ServerView): void {
    const { currentTerm } = view.context;
    const index = this.#history.committedBelow(currentTerm);
    // What a snapshot replaces was committed; that the state is the same is I5's.
    if (index < view.context.log.snapshotIndex) return;
    if (index > 0 && view.checksumAt(index) !== this.#history.committed[index]?.checksum) {
      this.#report('I4', view.id, `leads term ${currentTerm} without committed entry ${index}`);
    }
  }

  #committed(view: ServerView, before: Log, leads: boolean): void {
    const { id, context } = view;
    const { commitIndex, log, currentTerm } = context;
    const { committed } = this.#history;
    if (leads && termAt(log, commitIndex) !== currentTerm) {
      const term = String(termAt(log, commitIndex));
      this.#report('I17', id, `leader of term ${currentTerm} committed an entry of term ${term}`);
    }
    const known = committed[commitIndex];
    if (known !== undefined && known.checksum !== view.checksumAt(commitIndex)) {
      this.#report('I5', id, `committed another entry ${commitIndex} than an earlier server`);
    }
    if (known !== undefined) return;

    const invariant = leads ? 'I17' : 'I18';
    const left = leftJoint(before, log);
    for (let index = committed.length; index <= commitIndex; index += 1) {
      const term = termAt(log, index) ?? 0;
      const checksum = view.checksumAt(index) ?? -1;
      const deciders = configurationOf(left !== null && index > left ? log : before);
      committed.push({ term, checksum, byTerm: currentTerm, deciders });
      // Later entries may be on fewer disks, of C_new's majority alone.
      if (index === left) this.durable(invariant, id);
    }
    // I5, and I3 for what was known before: the chain covers it.
    if (this.#history.checksumOf(commitIndex, lastCommittedTerm(log, commitIndex)) === undefined) {
      this.#report('I5', id, `committed entry ${commitIndex}, which nobody wrote`);
    }
    this.durable(invariant, id);
  }

  /**
   * I17, I18: the newest committed entry is on the disks of a majority of each configuration that
   * decided it, the same on each, and learners and removed servers count for nothing (I30). A doubtful
   * server may have lost what it acknowledged; since it says so, it cannot help to elect another.
   */
  durable(invariant: 'I17' | 'I18', server: ServerId | null): void {
    const index = this.#history.committedIndex;
    const entry = this.#history.committed[index];
    if (index === 0 || entry === undefined) return;
    const holds = (id: ServerId): boolean => {
      const disk = this.#disks.get(id);
      if (disk === undefined) return false;
      return (
        disk.doubtful || (disk.lastIndex >= index && disk.checksumAt(index) === entry.checksum)
      );
    };
    if (!isQuorum(entry.deciders, holds)) {
      const share = shareOf(entry.deciders, holds);
      this.#report(invariant, server, `committed entry ${index} is on ${share} disks`);
    }
  }

  /** I5: equal entries (by the commit rules above) left equal states. */
  #applied(view: ServerView): void {
    const { lastApplied } = view;
    if (lastApplied > this.#history.committedIndex) {
      this.#report('I14', view.id, `applied ${lastApplied}, which nobody has committed`);
    }
    const hash = view.stateHash();
    const known = this.#stateHashes.get(lastApplied);
    if (known === undefined) this.#stateHashes.set(lastApplied, hash);
    else if (known !== hash) {
      this.#report('I5', view.id, `its state after entry ${lastApplied} differs from another's`);
    }
  }

  /** I19: around the delivery of an AppendEntries; `log` and `commitIndex` are from before. */
  appended(view: ServerView, message: AppendEntries, log: Log, commitIndex: LogIndex): void {
    const now = view.context.commitIndex;
    if (now === commitIndex || view.role === 'leader') return;
    // What a snapshot replaces is committed, so the message agrees with it.
    const agrees = message.prevLogIndex < log.snapshotIndex;
    const verified =
      agrees || matches(log, message.prevLogIndex, message.prevLogTerm)
        ? Math.min(message.lastIndex, message.leaderCommit)
        : 0;
    if (now > Math.max(commitIndex, verified)) {
      this.#report('I19', view.id, `commitIndex ${now} past the verified ${verified}`);
    }
  }
}

function lastCommittedTerm(log: Log, commitIndex: LogIndex): Term {
  return termAt(log, commitIndex) ?? lastTerm(log);
}

/**
 * The index of C_old,new when a step left it for C_new, else null. Up to there both majorities decided
 * (§6). The entries after it may be counted by C_new alone in the very step that appends C_new, before
 * that is committed: "a server always uses the latest configuration in its log". It is safe, since
 * whoever may be elected later has C_old,new, which is committed, so needs a majority of C_new as well,
 * and thus the vote of a server that has them. Were C_new alone asked for the whole step, a leader
 * could commit C_old,new without a majority of C_old, leave it at once, and nobody would see it:
 *   old {a, b, c}, new {c, d, e}: d and e have C_old,new, a and b do not; a is elected by a and b
 */
function leftJoint(before: Log, after: Log): LogIndex | null {
  const { outgoing, index } = configurationOf(before);
  const isLeft = outgoing.length > 0 && configurationOf(after).outgoing.length === 0;
  return isLeft && configurationOf(after).index > index ? index : null;
}
