/**
 * What a model says of one object: its states, and which answers are possible in which of them.
 *
 * The search (search.ts) knows nothing else of an object, so whoever replicates something other
 * than keys and values writes one of these and checks histories of it. `kv-model.ts` is an example.
 */
import type { HistoryOperation } from './history.ts';

/** `Step` is an operation as the model reads it, once, before the search. States are immutable. */
export interface Model<State, Step> {
  /** The state of a key before the first operation. */
  readonly initial: State;

  /** Why an operation means nothing to this model, as the end of a sentence; null when it does. */
  refuse(operation: HistoryOperation): string | null;

  /**
   * Reads an operation. One whose outcome is unknown is read for its effect alone, whatever result
   * it carries; null when it has none, as a read, so that it can be left out.
   */
  prepare(operation: HistoryOperation): Step | null;

  /** The state after `step`; null when its answer is impossible in `state`. Pure. */
  apply(state: State, step: Step): State | null;

  /** True when `step` changes nothing, in any state, beyond what is known of the state. */
  isRead(step: Step): boolean;

  /** Equal for equal states. */
  keyOf(state: State): string;

  /** Equal for operations that have the same effect in every state. */
  effectOf(step: Step): string;

  /** Only when each effect hides all before it, as a write to a register does (to a counter, not). */
  readonly hiding?: Hiding<State, Step>;

  /** Operations that have a rank took effect in order of rank, as by revision; Infinity: none. */
  rank(step: Step): number;

  /** An operation with its answer, on one line without its key. */
  describe(operation: HistoryOperation): string;

  /** `operation` with answers that it might have had instead, given the `others` on its key. */
  alternatives(
    operation: HistoryOperation,
    others: readonly HistoryOperation[],
  ): readonly HistoryOperation[];
}

/**
 * What saves most of the search where effects hide each other: an unknown operation matters to the
 * very next answer or to none, and what is hidden before everybody has read it is hidden too early.
 * Effects are named as `effectOf` names them.
 */
export interface Hiding<State, Step> {
  /** The effect that is not hidden in `state`; of the initial state, too. */
  shown(state: State): string;

  /** The effect that this read has seen; null for what is no read. */
  awaited(step: Step): string | null;

  /** Equal for effects between which only reads can tell: when nobody read them, one is enough. */
  unreadEffectOf(step: Step): string;

  /** Whether `answer` may have been given because `effect` came right before it. */
  sees(answer: Step, effect: Step): boolean;
}
