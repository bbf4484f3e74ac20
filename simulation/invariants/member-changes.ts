/**
 * I48: a change of members is one of the configuration that its asker saw, and brings no id back. I50:
 * what a configuration says is to follow, follows or is taken back, whoever leads. And I32, for changes:
 * one that is said to be committed is.
 *
 * An id stands for the votes that were given under it: a machine that left, lost them and came back
 * under the same id could vote twice in a term (docs/guides/membership.md). Like membership.ts, this
 * reads configurations from the lines that reach the stores.
 */
import type { LoggedConfiguration, LogIndex, ServerId } from '../../machines/messages.ts';
import type { History } from './history.ts';
import type { MembershipRules } from './membership.ts';
import type { Report } from './observation.ts';

export class MemberChangeRules {
  readonly #report: Report;
  readonly #history: History;
  readonly #membership: MembershipRules;

  constructor(report: Report, history: History, membership: MembershipRules) {
    this.#report = report;
    this.#history = history;
    this.#membership = membership;
  }

  /** `server` told the asker that `index` holds its change of the configuration at `expected`. */
  made(server: ServerId, index: LogIndex, expected: LogIndex): void {
    if (index > this.#history.committedIndex) {
      this.#report('I32', server, `said that configuration ${index} is committed, which it is not`);
    }
    if (this.#membership.history.some(({ index }) => index === expected)) return;
    this.#report('I48', server, `changed a configuration ${expected}, which never was`);
  }

  /** Once `index` is committed: nobody in it had left before, and it follows from the one before. */
  committed(index: LogIndex): void {
    const history = this.#membership.history.filter((one) => one.index <= index);
    const newest = history.at(-1);
    if (newest?.index !== index) return;
    const now = idsOf(newest);
    const before = history.at(-2);
    if (before !== undefined && !follows(newest, before)) {
      const promise = `configuration ${before.index} said that another one is to follow`;
      this.#report('I50', null, `configuration ${index} is committed, but ${promise}`);
    }
    const stayed = new Set(before === undefined ? [] : idsOf(before));
    const ever = new Set(history.slice(0, -1).flatMap(idsOf));
    const back = now.find((id) => ever.has(id) && !stayed.has(id));
    if (back === undefined) return;
    this.#report('I48', null, `configuration ${index} brings back ${back}, which had left`);
  }
}

/** Whether `newest` is C_old,new of what `before` says is to follow, or takes that back. */
function follows(newest: LoggedConfiguration, { voters, learners, next }: LoggedConfiguration) {
  if (next === undefined) return true;
  const isTakenBack = newest.outgoing.length === 0;
  const [nextVoters, outgoing] = isTakenBack ? [voters, []] : [next.voters, voters];
  return (
    newest.next === undefined &&
    isSame(newest.voters, nextVoters) &&
    isSame(newest.outgoing, outgoing) &&
    isSame(newest.learners, isTakenBack ? learners : next.learners)
  );
}

function isSame(left: readonly ServerId[], right: readonly ServerId[]): boolean {
  return left.length === right.length && left.every((id) => right.includes(id));
}

function idsOf({ voters, outgoing, learners }: LoggedConfiguration): readonly ServerId[] {
  return [...voters, ...outgoing, ...learners];
}
