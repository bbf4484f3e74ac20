/**
 * I27 – I31: who takes part, and how that changes (§6; thesis §4).
 *
 * The checker reads configurations from the lines that reach the stores, not from what charts say of
 * them. That majorities are those of each configuration is I10's, I17's and I18's.
 */
import { configurationAt, configurationOf, termAt, type Log } from '../../machines/log.ts';
import type {
  Configuration,
  LoggedConfiguration,
  LogIndex,
  Message,
  NextMembers,
  ServerId,
  Term,
} from '../../machines/messages.ts';
import type { History } from './history.ts';
import type { Report, ServerView } from './observation.ts';

/** How the entry of a configuration begins (docs/formats.md#configuration). */
const beginning = '{"kind":"configuration"';

interface Written extends LoggedConfiguration {
  readonly term: Term;
}

export class MembershipRules {
  readonly #report: Report;
  readonly #history: History;
  readonly #bootstrap: LoggedConfiguration;
  /** Every configuration that was ever in a log. */
  readonly #written: Written[] = [];

  constructor(report: Report, history: History, voters: readonly ServerId[]) {
    this.#report = report;
    this.#history = history;
    this.#bootstrap = { index: 0, voters, outgoing: [], learners: [] };
  }

  /** The newest committed configuration. */
  get committed(): LoggedConfiguration {
    return this.#committedAt(this.#history.committedIndex);
  }

  /** The committed ones, by rising index; the first is what the cluster began with. */
  get history(): readonly LoggedConfiguration[] {
    return [this.#bootstrap, ...this.#written.filter((one) => this.#isCommitted(one))];
  }

  /** Configurations that were committed, and no longer joint. */
  get changes(): number {
    return this.#written.filter((one) => one.outgoing.length === 0 && this.#isCommitted(one))
      .length;
  }

  /** Whether the newest committed configuration has it as a voter or as a learner. */
  isMember(server: ServerId): boolean {
    const { voters, outgoing, learners } = this.committed;
    return [voters, outgoing, learners].some((side) => side.includes(server));
  }

  /** An entry reaches a store for the first time. */
  written(index: LogIndex, term: Term, entry: string): void {
    if (!entry.startsWith(beginning)) return;
    const { voters, outgoing, learners, next } = JSON.parse(entry) as Record<string, object>;
    const ids = (side: object | undefined): ServerId[] => Object.keys(side ?? {});
    if (this.#written.some((one) => one.index === index && one.term === term)) return;
    const sides = { voters: ids(voters), outgoing: ids(outgoing), learners: ids(learners) };
    const change = next === undefined ? {} : { next: next as NextMembers };
    this.#written.push({ index, term, ...sides, ...change });
    this.#written.sort((a, b) => a.index - b.index);
  }

  /** After each chart step; `before` is the log before it in the same incarnation, null at a start. */
  stepped(view: ServerView, before: Log | null, ledTerm: Term | null): void {
    const { id, role, context } = view;
    const { log, currentTerm } = context;
    const leads = role === 'leader';
    if (before !== log) this.#latest(view);
    if (before !== null && before !== log && (leads || ledTerm === currentTerm)) {
      this.#appended(view, before);
    }
    const now = configurationOf(log);
    if (leads && ledTerm !== currentTerm && !mayCampaign(view)) {
      this.#report('I30', id, `leads term ${currentTerm}, a voter of nothing`);
    }
    const isOut = leads && now.index > 0 && !isVoter(now, id);
    if (isOut && now.index <= context.commitIndex) {
      this.#report(
        'I31',
        id,
        `leads on, though configuration ${now.index} without it is committed`,
      );
    }
  }

  /** I27: "a server always uses the latest configuration in its log" (§6), and knows them all. */
  #latest({ id, context: { log, commitIndex } }: ServerView): void {
    const held = this.#written.filter(
      ({ index, term }) => index > log.snapshotIndex && termAt(log, index) === term,
    );
    const own = log.configurations;
    const isSame = held.length === own.length && held.every((one, i) => isEqual(one, own[i]));
    if (!isSame) {
      const has = `${textOf(own)}, its entries ${textOf(held)}`;
      this.#report('I27', id, `the configurations of its log are ${has}`);
    }
    const { base, snapshotIndex } = log;
    const least = this.#committedAt(snapshotIndex);
    // Who joins is told by the log who takes part.
    const waits = base.index === 0 && base.voters.length === 0 && least.index === 0;
    // After a start the snapshot says it, which may be newer than where the log begins.
    const isKnown = base.index >= least.index && base.index <= Math.max(snapshotIndex, commitIndex);
    if (!waits && !(isKnown && isEqual(base, this.#committedAt(base.index)))) {
      const is = `${textOf([base])}, committed is ${textOf([least])}`;
      this.#report('I27', id, `the configuration before its log, at ${snapshotIndex}, is ${is}`);
    }
  }

  /** I28, I29, I31: what a leader appends. */
  #appended({ id, role, context }: ServerView, before: Log): void {
    const { log, commitIndex, currentTerm } = context;
    let previous = configurationOf(before);
    for (const next of log.configurations.filter(({ index }) => index > before.lastIndex)) {
      if (previous.index > commitIndex) {
        const [a, b] = [previous.index, next.index];
        this.#report('I28', id, `appended configuration ${b} while ${a} is not committed`);
      }
      // Ongaro 2015: or two leaders commit changes by majorities that do not meet.
      if (termAt(log, commitIndex) !== currentTerm) {
        const none = `no entry of its term ${currentTerm} is committed`;
        this.#report('I28', id, `appended configuration ${next.index} while ${none}`);
      }
      if (!quorumsMeet(previous, next)) {
        const both = textOf([previous, next]);
        this.#report('I29', id, `appended a configuration whose quorums need not meet: ${both}`);
      }
      const isOut = role !== 'leader' && !isVoter(next, id);
      if (isOut && next.index > commitIndex) {
        this.#report('I31', id, `stepped down before configuration ${next.index} is committed`);
      }
      previous = next;
    }
  }

  /**
   * I30: who is no voter neither asks for votes nor is asked, nor told to campaign; but whom an
   * uncommitted configuration leaves out may be needed yet, and asks (thesis §4.2.2).
   */
  sent(view: ServerView, message: Message): void {
    const { id } = view;
    const now = configurationOf(view.context.log);
    const { type, to } = message;
    if (type === 'rpc.requestVote' || type === 'rpc.preVote') {
      if (!mayCampaign(view)) this.#report('I30', id, `${type} to ${to}, and is no voter`);
      if (!isVoter(now, to)) this.#report('I30', id, `${type} to ${to}, which is no voter`);
    } else if (type === 'rpc.timeoutNow' && !isVoter(now, to)) {
      this.#report('I30', id, `told ${to} to campaign, which is no voter`);
    }
  }

  #isCommitted({ index, term }: Written): boolean {
    return this.#history.committed[index]?.term === term;
  }

  #committedAt(index: LogIndex): LoggedConfiguration {
    const newest = this.#written.findLast((one) => one.index <= index && this.#isCommitted(one));
    return newest ?? this.#bootstrap;
  }
}

function isVoter({ voters, outgoing }: Configuration, server: ServerId): boolean {
  return voters.includes(server) || outgoing.includes(server);
}

/**
 * I29: a majority of one side of `a` and one of a side of `b` have a server in common; so it is when
 * the two sides are the same but for one server.
 */
function quorumsMeet(a: Configuration, b: Configuration): boolean {
  const sides = ({ voters, outgoing }: Configuration) =>
    outgoing.length === 0 ? [voters] : [voters, outgoing];
  return sides(a).some((one) => sides(b).some((other) => differences(one, other) <= 1));
}

function differences(a: readonly ServerId[], b: readonly ServerId[]): number {
  return a.filter((id) => !b.includes(id)).length + b.filter((id) => !a.includes(id)).length;
}

function isEqual(a: LoggedConfiguration, b: LoggedConfiguration | undefined): boolean {
  if (a.index !== b?.index || !isSameNext(a.next, b.next)) return false;
  return (['voters', 'outgoing', 'learners'] as const).every(
    (side) => differences(a[side], b[side]) === 0,
  );
}

function isSameNext(a: NextMembers | undefined, b: NextMembers | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return differences(a.voters, b.voters) + differences(a.learners, b.learners) === 0;
}

function textOf(configurations: readonly LoggedConfiguration[]): string {
  const texts = configurations.map(({ index, voters, outgoing, learners, next }) => {
    const old = outgoing.length === 0 ? '' : `, beside ${outgoing.join()}`;
    const others = learners.length === 0 ? '' : ` + ${learners.join()}`;
    return `${index}: ${voters.join()}${old}${others}${next ? `, next ${next.voters.join()}` : ''}`;
  });
  return texts.length === 0 ? 'none' : texts.join('; ');
}

function mayCampaign({ id, context: { log, commitIndex } }: ServerView): boolean {
  return isVoter(configurationOf(log), id) || isVoter(configurationAt(log, commitIndex), id);
}
