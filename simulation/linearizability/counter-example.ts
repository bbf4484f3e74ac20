/**
 * Why a history is not linearizable, as few operations as show it.
 *
 * First the shortest prefix that fails: its last answer is the culprit, since all before it can
 * still be explained. Then whatever can be forgotten without explaining it. A smaller set convicts
 * the whole history, because forgetting an answer only ever allows more orders.
 */
import type { Budget } from './budget.ts';
import { endOf, type HistoryOperation } from './history.ts';
import type { Model } from './model.ts';
import { isLinearizable } from './search.ts';

/** What no order explains, as small as it was found. */
export interface CounterExample {
  readonly key: string;
  /** The answer that no order explains. */
  readonly culprit: HistoryOperation;
  /** What it contradicts, the culprit included, in no order. */
  readonly operations: readonly HistoryOperation[];
  /** Operations on the key in all. */
  readonly total: number;
  /** What the culprit might have been told instead, in words. */
  readonly allowed: readonly string[];
}

/** The share of what is left of the budget, 1/n, that one try may cost. */
const prefixParts = 4;
const shrinkParts = 32;
/** Answers to try in place of the culprit's, the last ones of those that the model names. */
const maxAlternatives = 64;

/**
 * For `operations` on one key that are known not to be linearizable. When `budget` runs out the
 * result is larger than it need be, but still true.
 */
export function findCounterExample<State, Step>(
  model: Model<State, Step>,
  operations: readonly HistoryOperation[],
  budget: Budget,
): CounterExample {
  const failsWithin = (parts: number) => (some: readonly HistoryOperation[]) => {
    const share = budget.share(parts);
    const answer = isLinearizable(model, some, share);
    budget.settle(share);
    return answer === 'no';
  };
  const { prefix, culprit } = shortestFailingPrefix(operations, failsWithin(prefixParts));
  const needed = shrink(model, prefix, culprit, failsWithin(shrinkParts));
  const others = prefix.filter((one) => one !== culprit);
  const allowed = model
    .alternatives(culprit, others)
    .slice(-maxAlternatives)
    .filter((other) => isLinearizable(model, [...others, other], budget) === 'yes');
  return {
    key: culprit.key,
    culprit,
    operations: [...needed, ...failedTwins(operations, culprit)],
    total: operations.length,
    allowed: allowed.map((one) => model.describe(one)),
  };
}

/** Up to one return: what is not answered by then is open. The culprit is what returned last. */
function shortestFailingPrefix(
  operations: readonly HistoryOperation[],
  fails: (some: readonly HistoryOperation[]) => boolean,
): { prefix: readonly HistoryOperation[]; culprit: HistoryOperation } {
  const answered = operations.filter(({ outcome }) => outcome === 'ok');
  answered.sort((a, b) => endOf(a) - endOf(b));
  const lastOf = (count: number): HistoryOperation => {
    const last = answered[count - 1];
    if (last === undefined) throw new RangeError('ERR_SIMULATION: a history without answers.');
    return last;
  };
  const prefixOf = (count: number): HistoryOperation[] => {
    const untilMs = endOf(lastOf(count));
    const over = new Set(answered.slice(0, count));
    return operations
      .filter(({ invokedAtMs, outcome }) => invokedAtMs <= untilMs && outcome !== 'failed')
      .map((one) => (over.has(one) ? one : opened(one)));
  };
  let least = 0;
  let most = answered.length;
  while (most - least > 1) {
    const middle = (least + most) >>> 1;
    if (fails(prefixOf(middle))) most = middle;
    else least = middle;
  }
  return { prefix: prefixOf(most), culprit: lastOf(most) };
}

/** Forgets answers, in ever smaller runs, as long as what is left still fails. */
function shrink<State, Step>(
  model: Model<State, Step>,
  prefix: readonly HistoryOperation[],
  culprit: HistoryOperation,
  fails: (some: readonly HistoryOperation[]) => boolean,
): readonly HistoryOperation[] {
  let weakened = [...prefix];
  const weaken = (from: number, to: number, by: typeof opened): void => {
    const some = weakened.map((one, i) => {
      const mayChange = i >= from && i < to && one.outcome === 'ok' && prefix[i] !== culprit;
      return mayChange ? by(one) : one;
    });
    if (some.some((one, i) => one !== weakened[i]) && fails(some)) weakened = some;
  };
  weaken(0, prefix.length, withoutPrevious);
  for (let run = prefix.length; run >= 1; run = run === 1 ? 0 : Math.ceil(run / 2)) {
    for (let from = 0; from < prefix.length; from += run) weaken(from, from + run, opened);
  }
  for (let i = 0; i < prefix.length; i += 1) weaken(i, i + 1, withoutPrevious);

  const answers = weakened.flatMap((one) =>
    one.outcome === 'ok' ? (model.prepare(one) ?? []) : [],
  );
  return prefix.filter((_, i) => {
    const one = weakened[i];
    if (one === undefined) return false;
    if (one.outcome === 'ok') return true;
    const effect = model.prepare(one);
    if (effect === null) return false;
    const { hiding } = model;
    return hiding === undefined || answers.some((answer) => hiding.sees(answer, effect));
  });
}

/** As if the client had not been told. */
function opened(operation: HistoryOperation): HistoryOperation {
  return operation.outcome === 'unknown' ? operation : { ...operation, outcome: 'unknown' };
}

function withoutPrevious(operation: HistoryOperation): HistoryOperation {
  const { previous, ...rest } = operation;
  return previous === undefined ? operation : rest;
}

/** Writes that were refused and whose value was seen all the same: no answer needs them, people do. */
function failedTwins(
  operations: readonly HistoryOperation[],
  culprit: HistoryOperation,
): HistoryOperation[] {
  const value = JSON.stringify(culprit.value);
  return operations.filter(
    (one) =>
      one.outcome === 'failed' && one.op !== culprit.op && JSON.stringify(one.value) === value,
  );
}
