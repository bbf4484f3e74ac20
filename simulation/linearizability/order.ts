/**
 * The beginning of an order, and what may come next: an answered operation that no other one must
 * precede, or an unknown one that was invoked by then.
 */
import { Awaited } from './awaited.ts';
import { byInvocation, endOf, type HistoryOperation } from './history.ts';
import type { Model } from './model.ts';
import { OpenEffects, type OpenEffect } from './open-effects.ts';
import { Remaining } from './remaining.ts';

/** Places an unknown effect, an answered operation, or the one right before the other. */
export interface Move<State, Step> {
  readonly effect: OpenEffect<Step> | null;
  /** Its number in order of invocation. */
  readonly operation: number | null;
  readonly before: State;
  readonly state: State;
}

export class Order<State, Step> {
  readonly #model: Model<State, Step>;
  readonly #steps: Step[] = [];
  readonly #remaining: Remaining;
  readonly #open: OpenEffects<Step>;
  readonly #awaited = new Awaited();

  /** An empty one. `operations` are those on one key. */
  constructor(model: Model<State, Step>, operations: readonly HistoryOperation[]) {
    this.#model = model;
    const intervals = [];
    const open = [];
    for (const operation of [...operations].sort(byInvocation)) {
      const step = operation.outcome === 'failed' ? null : model.prepare(operation);
      if (step === null) continue;
      const { invokedAtMs, outcome } = operation;
      this.#await(step, 1);
      if (outcome === 'unknown') open.push({ step, invokedAtMs });
      else {
        this.#steps.push(step);
        intervals.push({ invokedAtMs, returnedAtMs: endOf(operation) });
      }
    }
    this.#remaining = new Remaining(intervals);
    this.#open = new OpenEffects(open.map((one) => ({ ...one, effect: this.#effectOf(one.step) })));
  }

  /** Every answer has its place; unknown operations need none. */
  get isComplete(): boolean {
    return this.#remaining.size === 0;
  }

  *moves(before: State): Generator<Move<State, Step>, void> {
    const model = this.#model;
    const { candidates, untilMs } = this.#remaining.window();
    const tried = candidates.map((operation) => this.#try(operation, before));
    const least = Math.min(...tried.map(({ rank }) => rank));
    const next = tried.filter(({ rank }) => rank === least || rank === Infinity);
    // A read that fits, and tells nothing new, may as well be now: no other order does better.
    const read = next.find(({ step, state }) => state === before && model.isRead(step));
    if (read !== undefined) {
      yield { effect: null, operation: read.operation, before, state: before };
      return;
    }
    for (const { operation, state } of next) {
      if (state !== null) yield { effect: null, operation, before, state };
    }
    for (const effect of this.#open.available(untilMs)) {
      const between = model.apply(before, effect.step);
      if (between === null) continue;
      if (model.hiding === undefined) {
        yield { effect, operation: null, before, state: between };
        continue;
      }
      // Only to an answer that is impossible without it does an unknown effect matter here.
      for (const { operation, step, state } of next) {
        if (state !== null || !model.hiding.sees(step, effect.step)) continue;
        const explained = model.apply(between, step);
        if (explained !== null) yield { effect, operation, before, state: explained };
      }
    }
  }

  make({ effect, operation }: Move<State, Step>): void {
    if (effect !== null) {
      this.#open.take(effect);
      this.#await(effect.step, -1);
    }
    if (operation !== null) {
      this.#remaining.place(operation);
      this.#await(this.#step(operation), -1);
    }
  }

  /** Undoes the last move that is not undone yet. */
  undo({ effect, operation }: Move<State, Step>): void {
    if (operation !== null) {
      this.#remaining.putBack(operation);
      this.#await(this.#step(operation), 1);
    }
    if (effect !== null) {
      this.#open.giveBack(effect);
      this.#await(effect.step, 1);
    }
  }

  /** Whether `move`, just made, hides for good what has still to be read. */
  isLost({ before, effect, state }: Move<State, Step>): boolean {
    const { hiding } = this.#model;
    if (hiding === undefined) return false;
    const shown = hiding.shown(state);
    const isHidden = (one: string): boolean => one !== shown && this.#awaited.needs(one);
    return isHidden(hiding.shown(before)) || (effect !== null && isHidden(effect.effect));
  }

  /** Equal when the same operations are placed, and the state is the same. */
  key(state: State): string {
    return `${this.#remaining.key()};${this.#open.key()};${this.#model.keyOf(state)}`;
  }

  #try(operation: number, before: State) {
    const step = this.#step(operation);
    const rank = this.#model.rank(step);
    return { operation, step, rank, state: this.#model.apply(before, step) };
  }

  #step(operation: number): Step {
    const step = this.#steps[operation];
    if (step === undefined) throw new RangeError(`ERR_SIMULATION: no operation ${operation}.`);
    return step;
  }

  /** By what an unknown operation is kept. */
  #effectOf(step: Step): string {
    const { hiding } = this.#model;
    const effect = this.#model.effectOf(step);
    return hiding !== undefined && this.#awaited.isUnread(effect)
      ? `unread ${hiding.unreadEffectOf(step)}`
      : effect;
  }

  /** Notes that a step has no place yet (1), or has one (-1). */
  #await(step: Step, by: 1 | -1): void {
    const { hiding } = this.#model;
    if (hiding === undefined) return;
    const read = hiding.awaited(step);
    if (read === null) this.#awaited.addWrites(this.#model.effectOf(step), by);
    else this.#awaited.addReads(read, by);
  }
}
