/**
 * The checker: every invariant of docs/invariants.md that can be judged while a cluster runs.
 *
 * It is told of every chart step, message, write and answer, keeps its own history and trusts no
 * server's word. Checks are incremental: a step costs what it changed, never the length of the log;
 * `fullCheck` re-reads everything now and then. The rules are in invariants/, by family.
 */
import { termAt, type Log } from '../machines/log.ts';
import type { LogIndex, Message, ServerId, Term } from '../machines/messages.ts';
import { checksumOfLine, entryText, lastIndexOf, termOfLine } from '../storage/lines.ts';
import type { Lines } from '../storage/store.ts';
import { ClientRules } from './invariants/clients.ts';
import { CommitRules } from './invariants/commits.ts';
import { DurabilityRules } from './invariants/durability.ts';
import { ElectionRules } from './invariants/elections.ts';
import { History } from './invariants/history.ts';
import { LeaseRules } from './invariants/leases.ts';
import { LogRules } from './invariants/logs.ts';
import { MemberChangeRules } from './invariants/member-changes.ts';
import { MembershipRules } from './invariants/membership.ts';
import { RetentionRules } from './invariants/retention.ts';
import { SnapshotRules } from './invariants/snapshots.ts';
import type { DiskView, Report, ServerView, Violation } from './invariants/observation.ts';
import { WatchRules } from './invariants/watches.ts';
import { Reference } from './reference.ts';

/** A server as the checker saw it last. */
interface Seen {
  readonly incarnation: number;
  readonly context: ServerView['context'];
  readonly role: string;
  readonly lastApplied: LogIndex;
}

export class Invariants {
  readonly violations: Violation[] = [];
  readonly history = new History();
  readonly reference = new Reference();
  readonly clients: ClientRules;
  readonly watches: WatchRules;
  readonly membership: MembershipRules;
  readonly changes: MemberChangeRules;
  readonly snapshots: SnapshotRules;
  readonly #elections: ElectionRules;
  readonly #logs: LogRules;
  readonly #commits: CommitRules;
  readonly #durability: DurabilityRules;
  readonly #leases: LeaseRules;
  readonly #retention: RetentionRules;
  readonly #seen = new Map<ServerId, Seen>();
  #referenceIndex: LogIndex = 0;

  /** `disks`: every server's, for the whole run; `voters`: those that it begins with. */
  constructor(disks: ReadonlyMap<ServerId, DiskView>, voters: readonly ServerId[]) {
    this.#elections = new ElectionRules(this.report, this.history);
    this.#logs = new LogRules(this.report, this.history);
    this.#commits = new CommitRules(this.report, this.history, disks);
    this.#durability = new DurabilityRules(this.report, this.history);
    this.#leases = new LeaseRules(this.report);
    this.membership = new MembershipRules(this.report, this.history, voters);
    this.changes = new MemberChangeRules(this.report, this.history, this.membership);
    this.#retention = new RetentionRules(this.report);
    this.snapshots = new SnapshotRules(this.report, voters);
    this.clients = new ClientRules(this.report, this.reference);
    this.watches = new WatchRules(this.report, this.reference);
  }

  readonly report: Report = (invariant, server, message) => {
    this.violations.push({ invariant, kind: 'safety', server, message });
  };

  /** After each chart step of a server, and after each event that touched it. */
  stepped(view: ServerView): void {
    const { id, incarnation, context, role, lastApplied } = view;
    const last = this.#seen.get(id);
    const known = last?.incarnation === incarnation;
    if (known && last.context === context && last.lastApplied === lastApplied) {
      if (last.role === role) return;
    }
    this.#seen.set(id, { incarnation, context, role, lastApplied });
    if (role === 'recovering' || role === 'failed') return;

    const ledTerm = known && last.role === 'leader' ? last.context.currentTerm : null;
    // Recovery brings all of the log at once.
    const before = known && last.role !== 'recovering' ? last.context : null;
    this.#elections.stepped(view, ledTerm);
    this.#leases.stepped(view);
    if (before !== null && before.log !== context.log) {
      this.#logs.changed(view, before, ledTerm);
    }
    const progress = {
      commitIndex: before?.commitIndex ?? 0,
      lastApplied: known ? last.lastApplied : 0,
      log: before?.log ?? context.log,
    };
    this.#commits.stepped(view, progress, ledTerm);
    this.#durability.stepped(view, before?.durableIndex ?? 0);
    this.membership.stepped(view, before?.log ?? null, ledTerm);
    if (role === 'leader') {
      this.history.noteLeader(context.currentTerm, id, context.log);
      const led = ledTerm === context.currentTerm ? before : null;
      this.#durability.led(view, led?.peers ?? null);
      if (led !== null) this.#retention.led(view, led.log);
    }
    while (this.#referenceIndex < this.history.committedIndex) {
      this.#referenceIndex += 1;
      const index = this.#referenceIndex;
      const entry = view.entryAt(index);
      this.reference.commit(index, entry, view.timeAt(index));
      this.snapshots.committed(index, entry, this.reference.contents());
      this.changes.committed(index);
    }
  }

  /** Lines reach a server's store, not yet its disk. */
  written(server: ServerId, lines: Lines): void {
    const last = lines.ends.length - 1;
    if (last < 0) return;
    // The last checksum covers the rest: when it is known, all lines before it are, too.
    const known = this.history.checksumOf(lastIndexOf(lines), termOfLine(lines, last));
    for (let i = known === undefined ? 0 : last; i <= last; i += 1) {
      const index = lines.firstIndex + i;
      const term = termOfLine(lines, i);
      this.#logs.entry(server, index, term, checksumOfLine(lines, i));
      this.membership.written(index, term, entryText(lines, i));
    }
  }

  /** A message leaves a server. */
  sent(view: ServerView, message: Message): void {
    // A new leader's replicators speak before anybody else hears that it leads.
    this.stepped(view);
    this.#elections.sent(view, message);
    this.membership.sent(view, message);
    if (message.type === 'rpc.appendEntriesReply') this.#durability.acknowledged(view, message);
    if (message.type === 'rpc.installSnapshotReply') this.snapshots.answered(view, message);
    if (message.type === 'rpc.installSnapshot') this.snapshots.chunkSent(message.chunkBytes);
    if (message.type !== 'rpc.appendEntries') return;
    if (message.lastIndex === message.prevLogIndex) {
      this.#logs.appendSent(message, null, null);
      return;
    }
    const lines = message.payload as Lines;
    const last = checksumOfLine(lines, lines.ends.length - 1);
    this.#logs.appendSent(message, lines.seed, last);
  }

  /**
   * Lets a message arrive by `receive` and judges what it did to `view`'s server, unless that died of
   * it.
   */
  delivered(
    view: ServerView,
    message: Message,
    receive: () => void,
    survived: () => boolean = () => true,
  ): void {
    const { stateCode, timersArmed, context } = view;
    const { log, commitIndex }: { log: Log; commitIndex: LogIndex } = context;
    const { currentTerm, votedFor, leader } = context;
    if (message.type === 'rpc.requestVoteReply' && message.voteGranted) {
      this.#elections.heard(message);
    }
    receive();
    if (!survived()) return;
    if (message.type === 'rpc.appendEntries') {
      this.#commits.appended(view, message, log, commitIndex);
    } else if (message.type === 'rpc.preVote' && message.term <= currentTerm) {
      const before = { currentTerm, votedFor, leader, stateCode, timersArmed };
      this.#elections.preVoted(before, view);
    }
  }

  /** Every entry of every running server, and the disks behind what is committed. */
  fullCheck(views: Iterable<ServerView>): void {
    this.#commits.durable('I18', null);
    for (const view of views) {
      const { log, commitIndex, currentTerm } = view.context;
      if (view.role === 'recovering' || view.role === 'failed') continue;
      let earlier: Term = log.snapshotTerm;
      for (let index = log.snapshotIndex + 1; index <= log.lastIndex; index += 1) {
        const term = termAt(log, index) ?? -1;
        const checksum = view.checksumAt(index);
        if (term < earlier || term > currentTerm) {
          this.report('I13', view.id, `entry ${index} of term ${term} after one of ${earlier}`);
        }
        earlier = term;
        if (checksum === null || checksum !== this.history.checksumOf(index, term)) {
          this.report('I3', view.id, `entry ${index} of term ${term} is not the one known`);
        }
        if (index <= commitIndex && checksum !== this.history.committed[index]?.checksum) {
          this.report('I5', view.id, `entry ${index} is not the one that was committed`);
        }
      }
    }
  }

  /** When the run is over and the cluster has converged. */
  ended(views: readonly ServerView[]): void {
    this.fullCheck(views);
    this.clients.ended();
    const index = this.history.committedIndex;
    const checksum = this.history.committed[index]?.checksum;
    for (const view of views) {
      if (!this.membership.isMember(view.id)) continue; // Who was removed is sent nothing any more.
      if (index > 0 && view.checksumAt(index) !== checksum) {
        this.report('I32', view.id, `ended without committed entry ${index}`);
      }
    }
  }
}
