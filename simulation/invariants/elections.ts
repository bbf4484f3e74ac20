/**
 * I1 and I6 – I12: terms, votes and leaders (§5.1, §5.2, §5.4.1; thesis §9.6).
 *
 * Votes are judged when they leave the server, by what its disk holds at that moment: a promise that
 * a crash could still undo must not have been heard by anybody.
 */
import { configurationOf, lastTerm } from '../../machines/log.ts';
import type {
  Message,
  RequestVote,
  RequestVoteReply,
  ServerId,
  Term,
} from '../../machines/messages.ts';
import type { History } from './history.ts';
import { isQuorum, shareOf, type Report, type ServerView } from './observation.ts';

export class ElectionRules {
  readonly #report: Report;
  readonly #history: History;
  /** Per voter, the candidate that it was heard to vote for in each term. */
  readonly #votes = new Map<ServerId, Map<Term, ServerId>>();
  /** Per candidate, who was heard to vote for it in each term. */
  readonly #heard = new Map<ServerId, Map<Term, Set<ServerId>>>();
  readonly #durableTerms = new Map<ServerId, Term>();
  /** The newest RequestVote of each candidate. */
  readonly #requests = new Map<ServerId, RequestVote>();

  constructor(report: Report, history: History) {
    this.#report = report;
    this.#history = history;
  }

  /** After each chart step of `view`. `ledTerm`: the term that it led before the step, or null. */
  stepped(view: ServerView, ledTerm: Term | null): void {
    const { id, disk, context, role } = view;
    const term = context.currentTerm;
    const durable = this.#durableTerms.get(id) ?? 0;
    if (disk.term < durable) this.#report('I6', id, `durable term fell: ${durable} → ${disk.term}`);
    this.#durableTerms.set(id, disk.term);
    if (role !== 'leader' || ledTerm === term) return;

    const leader = this.#history.leaders.get(term);
    if (leader !== undefined && leader !== id) {
      this.#report('I1', id, `second leader of term ${term} beside ${leader}`);
    }
    // I10: each vote that it could have counted was sent in this term, once per voter, and heard.
    const ownVote = disk.term === term && disk.votedFor === id;
    const heard = this.#heard.get(id)?.get(term);
    const gave = (voter: ServerId): boolean =>
      voter === id
        ? ownVote
        : this.#votes.get(voter)?.get(term) === id && heard?.has(voter) === true;
    const configuration = configurationOf(context.log);
    if (!isQuorum(configuration, gave)) {
      const share = shareOf(configuration, gave);
      this.#report('I10', id, `leads term ${term} with the votes of ${share}`);
    }
  }

  /** When `message` arrives at the candidate. */
  heard({ from, to, term }: RequestVoteReply): void {
    const byTerm = this.#heard.get(to) ?? new Map<Term, Set<ServerId>>();
    this.#heard.set(to, byTerm);
    byTerm.set(term, (byTerm.get(term) ?? new Set()).add(from));
  }

  /** When `message` leaves `view`'s server. */
  sent(view: ServerView, message: Message): void {
    const { id, disk } = view;
    if (message.term > disk.term) {
      this.#report('I8', id, `${message.type} of term ${message.term}, durable is ${disk.term}`);
    }
    const wants = view.doubtful ? asksOrGrants(message) : isVote(message) && disk.doubtful;
    if (wants) {
      this.#report('I12', id, `doubtful, yet it sent ${message.type} in term ${message.term}`);
    }
    if (message.type === 'rpc.requestVote') {
      this.#requests.set(id, message);
      this.#cast(view, message.term, id);
    } else if (message.type === 'rpc.requestVoteReply' && message.voteGranted) {
      this.#cast(view, message.term, message.to);
      this.#upToDate(view, message.term, message.to);
    }
  }

  /** I7 and I8: one vote per term, and on disk before it is heard. */
  #cast(view: ServerView, term: Term, candidate: ServerId): void {
    const { id, disk } = view;
    const cast = this.#votes.get(id) ?? new Map<Term, ServerId>();
    this.#votes.set(id, cast);
    const earlier = cast.get(term);
    if (earlier !== undefined && earlier !== candidate) {
      this.#report('I7', id, `voted for ${earlier} and for ${candidate} in term ${term}`);
    }
    if (earlier === undefined && (disk.term !== term || disk.votedFor !== candidate)) {
      const durable = `term ${disk.term}, ${disk.votedFor ?? 'nobody'}`;
      this.#report('I8', id, `voted for ${candidate} in term ${term}, durable is ${durable}`);
    }
    cast.set(term, candidate);
  }

  /** I9: the candidate's log was not behind what the voter knew (§5.4.1). */
  #upToDate(view: ServerView, term: Term, candidate: ServerId): void {
    const request = this.#requests.get(candidate);
    if (request?.term !== term) return; // Answering an older request: it was judged in its time.
    const { disk } = view;
    const { log } = view.context;
    const asked = { term: request.lastLogTerm, index: request.lastLogIndex };
    // While an overwrite is on its way to the disk, the disk may hold the longer, dead log.
    const behindDisk = isBehind(asked, {
      term: disk.termAt(disk.lastIndex) ?? 0,
      index: disk.lastIndex,
    });
    const behindLog = isBehind(asked, { term: lastTerm(log), index: log.lastIndex });
    if (behindDisk && behindLog) {
      const own = `${log.lastIndex} of term ${lastTerm(log)}`;
      this.#report(
        'I9',
        view.id,
        `voted for ${candidate} (last ${asked.index} of term ${asked.term}), own last ${own}`,
      );
    }
  }

  /** I11: around the delivery of a pre-vote that the term rule has no business with. */
  preVoted(before: BeforePreVote, after: ServerView): void {
    const { context } = after;
    const changes = [
      context.currentTerm === before.currentTerm ? '' : 'currentTerm',
      context.votedFor === before.votedFor ? '' : 'votedFor',
      context.leader === before.leader ? '' : 'leader',
      after.stateCode === before.stateCode ? '' : 'state',
      after.timersArmed === before.timersArmed ? '' : 'timers',
    ].filter((change) => change !== '');
    if (changes.length > 0) {
      this.#report('I11', after.id, `a pre-vote changed ${changes.join(', ')}`);
    }
  }
}

export interface BeforePreVote {
  readonly currentTerm: Term;
  readonly votedFor: ServerId | null;
  readonly leader: ServerId | null;
  readonly stateCode: number;
  readonly timersArmed: number;
}

function asksOrGrants(message: Message): boolean {
  switch (message.type) {
    case 'rpc.requestVote':
    case 'rpc.preVote':
      return true;
    case 'rpc.requestVoteReply':
    case 'rpc.preVoteReply':
      return message.voteGranted;
    case 'rpc.appendEntries':
    case 'rpc.appendEntriesReply':
    case 'rpc.timeoutNow':
    case 'rpc.timeoutNowReply':
    case 'rpc.installSnapshot':
    case 'rpc.installSnapshotReply':
    case 'rpc.readIndex':
    case 'rpc.readIndexReply':
      return false;
  }
}

/** What counts in an election; it leaves after the disk has said whether this server may. */
function isVote(message: Message): boolean {
  return (
    message.type === 'rpc.requestVote' ||
    (message.type === 'rpc.requestVoteReply' && message.voteGranted)
  );
}

interface Last {
  readonly term: Term;
  readonly index: number;
}

function isBehind(candidate: Last, own: Last): boolean {
  return candidate.term < own.term || (candidate.term === own.term && candidate.index < own.index);
}
