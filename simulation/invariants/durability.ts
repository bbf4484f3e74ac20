/**
 * I21 – I23 and I47: nobody claims what is not on the disk (thesis §3.8;
 * docs/architecture.md#order-of-durability), and who has forgotten something doubts itself until it is back.
 */
import type { AppendEntriesReply, LogIndex, ServerId, Term } from '../../machines/messages.ts';
import type { Progress } from '../../machines/server.context.ts';
import type { History } from './history.ts';
import type { Report, ServerView } from './observation.ts';

export class DurabilityRules {
  readonly #report: Report;
  readonly #history: History;
  /** Per term and follower, the largest matchIndex that it acknowledged. */
  readonly #acknowledged = new Map<Term, Map<ServerId, LogIndex>>();

  /** Per server, the last committed entry that its disk was seen to hold. */
  readonly #held = new Map<ServerId, LogIndex>();

  constructor(report: Report, history: History) {
    this.#report = report;
    this.#history = history;
  }

  /** I21 (DurableBeforeAck): when an acknowledgement leaves. */
  acknowledged(view: ServerView, message: AppendEntriesReply): void {
    if (!message.success || message.matchIndex === 0) return;
    const { id, disk } = view;
    const { term, matchIndex } = message;
    // What a snapshot on the disk stands for is durable.
    const isReplaced = matchIndex <= disk.lastIndex && disk.termAt(matchIndex) === null;
    const durable = disk.termAt(matchIndex);
    const leaders = this.#history.leaderTermAt(term, matchIndex);
    const known = durable === null ? undefined : this.#history.checksumOf(matchIndex, durable);
    if (isReplaced) {
      if (this.#history.committed[matchIndex]?.term !== leaders) {
        this.#report(
          'I21',
          id,
          `acknowledged ${matchIndex}, which its snapshot does not stand for`,
        );
      }
    } else if (durable === null) {
      this.#report('I21', id, `acknowledged ${matchIndex}, durable is ${disk.lastIndex}`);
    } else if (durable !== leaders || known !== disk.checksumAt(matchIndex)) {
      const own = `its own has term ${durable}, the leader's ${String(leaders)}`;
      this.#report('I21', id, `acknowledged ${matchIndex} of term ${term}, but ${own}`);
    }
    const term_ = this.#acknowledged.get(term) ?? new Map<ServerId, LogIndex>();
    this.#acknowledged.set(term, term_);
    term_.set(id, Math.max(matchIndex, term_.get(id) ?? 0));
  }

  /** After a chart step of a leader. `before` is null when it began to lead in this step. */
  led(view: ServerView, before: Readonly<Record<ServerId, Progress>> | null): void {
    const { id, context } = view;
    const { peers, currentTerm, log } = context;
    if (peers === before) return;
    for (const peer of Object.keys(peers)) {
      const matchIndex = peers[peer]?.matchIndex ?? 0;
      const was = before?.[peer]?.matchIndex ?? 0;
      if (matchIndex === was || peer === id) continue;
      const acknowledged = this.#acknowledged.get(currentTerm)?.get(peer) ?? 0;
      if (matchIndex < was) {
        this.#report('I22', id, `matchIndex of ${peer} fell: ${was} → ${matchIndex}`);
      }
      if (matchIndex > log.lastIndex || matchIndex > acknowledged) {
        const claim = `${matchIndex}, acknowledged ${acknowledged}, own last ${log.lastIndex}`;
        this.#report('I22', id, `matchIndex of ${peer} is ${claim}`);
      }
    }
  }

  /** I23: what a server counts as its own durable log is. After each chart step. */
  stepped(view: ServerView, durableBefore: LogIndex): void {
    this.#keeps(view);
    const { durableIndex } = view.context;
    if (durableIndex <= durableBefore || durableIndex === 0) return;
    const { disk, id } = view;
    if (disk.lastIndex < durableIndex) {
      this.#report('I23', id, `counts ${durableIndex} as durable, the disk has ${disk.lastIndex}`);
    } else if (disk.checksumAt(durableIndex) !== view.checksumAt(durableIndex)) {
      this.#report('I23', id, `counts entry ${durableIndex} as durable, the disk has another one`);
    }
  }

  /** I47: a disk has all committed entries that it ever had, unless it says that it may have forgotten. */
  #keeps({ id, disk }: ServerView): void {
    const held = this.#held.get(id) ?? 0;
    const { lastIndex, doubtful } = disk;
    if (lastIndex < held && !doubtful) {
      this.#report('I47', id, `had committed entry ${held}, has ${lastIndex}, and does not doubt`);
    }
    const { committed, committedIndex } = this.#history;
    const index = Math.min(lastIndex, committedIndex);
    if (index <= held) return;
    if (disk.checksumAt(index) === committed[index]?.checksum) this.#held.set(id, index);
  }
}
