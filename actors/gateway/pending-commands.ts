/**
 * The gateway's commands, from a client's request to its answer: gathered for a turn, sent to the
 * chart as one batch, accepted at an index, applied.
 *
 * An entry is answered by its index only while its term is the one it was accepted in (§5.3: index
 * and term name an entry). A retry of a command that is in flight joins it: one entry, one answer
 * for each request. Validation is gateway.ts's.
 */
import type { Reply } from '../../machines/events.ts';
import type { LogIndex, Term } from '../../machines/messages.ts';
import type { LeaderHint } from '../../transport/client-protocol.ts';
import type { Applied } from '../applier.ts';
import type { Budget } from './budget.ts';
import {
  fail,
  leaderLost,
  notLeader,
  overwritten,
  sessionRefused,
  stopping,
  type Asker,
  type Failure,
} from '../failures.ts';
import { Lanes } from './lanes.ts';

type Accepted = Extract<Reply, { readonly kind: 'accepted' }>;

/** What an entry is told from others by, and what it holds of the budget of its session. */
export interface Claim {
  /** `session:seq`; null for the opening of a session, or a tick. */
  readonly key: string | null;
  readonly session: number;
  readonly bytes: number;
}

/** Of entries that no session asked for. */
export const unkeyed: Claim = { key: null, session: 0, bytes: 0 };

/** One entry to be, and everyone who asked for it. */
interface Pending extends Claim {
  readonly text: string;
  readonly askers: Asker[];
}

/** A run of entries in the log, the answered ones taken off its front. */
interface Run {
  nextIndex: LogIndex;
  readonly term: Term;
  readonly pending: Pending[];
  /** Number of `pending` already answered. */
  answered: number;
}

export class PendingCommands {
  /** By `session:seq`, from gathering to answer. */
  readonly #byKey = new Map<string, Pending>();
  /** Gathered for the next batch. */
  readonly #gathered = new Lanes<Pending>();
  readonly #budget: Budget;
  /** Sent to the chart, and not yet accepted, refused or held. */
  readonly #sent = new Map<number, Pending[]>();
  /** Leadership is being handed over: nothing is sent to the chart. */
  #holding = false;
  /** Accepted and not yet applied, by rising index. */
  #accepted: Run[] = [];

  /** What its commands hold of `budget` is given back when they are answered, however that ends. */
  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Joins a command in flight with the same key; false when there is none. */
  join(key: string, asker: Asker): boolean {
    const pending = this.#byKey.get(key);
    pending?.askers.push(asker);
    return pending !== undefined;
  }

  /** Whether a batch can be taken. */
  get ready(): boolean {
    return !this.#holding && !this.#gathered.isEmpty;
  }

  /** Gathers an entry, whose text is `text`, for the next batch; null: nobody is told. */
  add(claim: Claim, text: string, asker: Asker | null): void {
    const { key, session, bytes } = claim;
    const askers = asker === null ? [] : [asker];
    const pending: Pending = { key, session, bytes, text, askers };
    if (key !== null) this.#byKey.set(key, pending);
    this.#gathered.add(pending);
  }

  /** The texts of all that was gathered, now known as `batch`; empty when there is nothing. */
  take(batch: number): readonly string[] {
    const pending = this.#gathered.take();
    if (pending.length > 0) this.#sent.set(batch, pending);
    return pending.map(({ text }) => text);
  }

  /** Nothing of what was gathered becomes an entry. */
  refuseGathered(failure: Failure): void {
    for (const each of this.#gathered.take()) this.#fail(each, failure);
  }

  accepted({ batch, firstIndex, term }: Accepted): void {
    const sent = this.#sent.get(batch);
    if (sent === undefined) return;
    this.#sent.delete(batch);
    this.#accepted.push({ nextIndex: firstIndex, term, pending: sent, answered: 0 });
  }

  /** The chart would not take the batch now: it waits for `resumed` or `abandoned`. */
  held(batch: number): void {
    const sent = this.#sent.get(batch);
    if (sent === undefined) return;
    this.#sent.delete(batch);
    this.#holding = true;
    this.#gathered.putBack(sent);
  }

  /** What was held may be taken again. */
  resumed(): void {
    this.#holding = false;
  }

  /** Whether the batch was one of commands. */
  refused(batch: number, leader: LeaderHint | null): boolean {
    const sent = this.#sent.get(batch);
    this.#sent.delete(batch);
    for (const each of sent ?? []) this.#fail(each, notLeader(leader));
    return sent !== undefined;
  }

  /**
   * Leadership ended. What is committed will be applied and is answered then; the rest of what was
   * accepted may yet be committed by another leader, or not. A batch on its way to the chart is
   * answered by the chart.
   */
  abandoned(leader: LeaderHint | null, commitIndex: LogIndex): void {
    for (const run of this.#accepted) {
      const committed = Math.max(0, commitIndex - run.nextIndex + 1);
      const lost = run.pending.splice(run.answered + committed);
      for (const each of lost) this.#fail(each, leaderLost(leader));
    }
    this.#failGathered(notLeader(leader));
  }

  /** Answers what was accepted at these indices; entries of others are passed over. */
  applied(results: readonly Applied[]): void {
    for (const { index, term, result } of results) {
      const run = this.#runAt(index);
      if (run === undefined) continue;
      const pending = run.pending[run.answered];
      run.answered += 1;
      run.nextIndex += 1;
      if (pending === undefined) continue;
      this.#end(pending);
      if (run.term !== term) this.#fail(pending, overwritten);
      else if (!result.ok) this.#fail(pending, sessionRefused(result.code, result.message));
      else if (pending.key === null) this.#opened(pending, Number(result.value));
      else {
        for (const asker of pending.askers) {
          asker.respond({ id: asker.id, ok: true, index: result.index, result: result.value });
        }
      }
    }
  }

  /**
   * A snapshot took the place of the log through `index`: what became of entries up to there is in
   * the state, but nobody saw it happen. A retry with the same session and seq is told.
   */
  skipped(index: LogIndex): void {
    for (const run of this.#accepted) {
      const count = Math.max(0, index - run.nextIndex + 1);
      const lost = run.pending.splice(run.answered, count);
      run.nextIndex += lost.length;
      for (const each of lost) this.#fail(each, leaderLost(null));
    }
  }

  /** Answers everything with ERR_STOPPED. */
  stop(): void {
    this.#failGathered(stopping('not-applied'));
    const runs = this.#accepted.map(({ pending, answered }) => pending.slice(answered));
    const passedOn = [...this.#sent.values(), ...runs].flat();
    this.#sent.clear();
    this.#accepted = [];
    for (const each of passedOn) this.#fail(each, stopping('unknown'));
  }

  /** The run that waits for `index`; runs that are answered in full are dropped on the way. */
  #runAt(index: LogIndex): Run | undefined {
    for (let run = this.#accepted[0]; run !== undefined; run = this.#accepted[0]) {
      if (run.answered < run.pending.length) return run.nextIndex === index ? run : undefined;
      this.#accepted.shift();
    }
    return undefined;
  }

  #opened(pending: Pending, session: number): void {
    for (const asker of pending.askers) asker.respond({ id: asker.id, ok: true, session });
  }

  #failGathered(failure: Failure): void {
    this.#holding = false;
    this.refuseGathered(failure);
  }

  #fail(pending: Pending, failure: Failure): void {
    this.#end(pending);
    for (const asker of pending.askers) fail(asker, failure);
  }

  /** It is answered now: nobody joins it any more, and it holds nothing. Ends no entry twice. */
  #end({ key, session, bytes }: Pending): void {
    if (key === null || !this.#byKey.delete(key)) return;
    this.#budget.giveBack(session, bytes);
  }
}
