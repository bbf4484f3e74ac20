/**
 * The checker of linearizability: a history in, a verdict out, with the reason when it is bad (I36).
 *
 * Keys are checked one by one, small ones first, since they convict in the fewest words. A check
 * that runs out of its limits says `unknown`: an answer that was not found is not a good one.
 */
import { Budget, type CheckLimits } from './budget.ts';
import { findCounterExample, type CounterExample } from './counter-example.ts';
import type { HistoryOperation } from './history.ts';
import type { Model } from './model.ts';
import { findRevisionConflict } from './revisions.ts';
import { isLinearizable } from './search.ts';
import { drawCounterExample } from './timeline.ts';

/** How much was looked at. */
export interface Checked {
  readonly operations: number;
  readonly keys: number;
  /** Orders of operations that were looked at. */
  readonly steps: number;
}

/** Whether an order explains a history. */
export type HistoryVerdict =
  | (Checked & { readonly kind: 'linearizable' })
  | (Checked & {
      readonly kind: 'violation';
      readonly counterExample: CounterExample;
      /** The counter-example as a drawing in words, several lines. */
      readonly text: string;
    })
  | (Checked & {
      readonly kind: 'unknown';
      /** Keys that were not decided within the limits; all others are linearizable. */
      readonly undecided: readonly string[];
    });

/** A key that its share of the limits was too small for gets what the others left over. */
const passes = 2;
/** Steps and milliseconds for making a counter-example small; it is true without them. */
const explanation = { maxSteps: 5_000_000, timeLimitMs: 10_000 };

/** Checks `operations`, in any order, of one store of `model`s by key. */
export function checkHistory<State, Step>(
  operations: readonly HistoryOperation[],
  model: Model<State, Step>,
  limits: CheckLimits = {},
): HistoryVerdict {
  const keys = [...byKey(operations)];
  const budget = new Budget(limits);
  const checked = (): Checked => ({
    operations: operations.length,
    keys: keys.length,
    steps: budget.steps,
  });
  const violation = (counterExample: CounterExample): HistoryVerdict => {
    const text = drawCounterExample(counterExample, (one) => model.describe(one));
    return { kind: 'violation', ...checked(), counterExample, text };
  };
  const conflict = findRevisionConflict(operations);
  if (conflict !== null) return violation(ofRevisions(conflict, operations));

  keys.sort(([, a], [, b]) => a.length - b.length);
  let undecided = keys;
  for (let pass = 0; pass < passes; pass += 1) {
    const open = undecided;
    undecided = [];
    for (const [done, one] of open.entries()) {
      const share = budget.share(open.length - done);
      const answer = isLinearizable(model, one[1], share);
      budget.settle(share);
      if (answer === 'unknown') undecided.push(one);
      if (answer !== 'no') continue;
      const forIt = new Budget({ ...limits, ...explanation });
      return violation(findCounterExample(model, one[1], forIt));
    }
  }
  if (undecided.length > 0) {
    return { kind: 'unknown', ...checked(), undecided: undecided.map(([key]) => key) };
  }
  return { kind: 'linearizable', ...checked() };
}

function byKey(operations: readonly HistoryOperation[]): Map<string, HistoryOperation[]> {
  const keys = new Map<string, HistoryOperation[]>();
  for (const operation of operations) {
    const ofKey = keys.get(operation.key);
    if (ofKey === undefined) keys.set(operation.key, [operation]);
    else ofKey.push(operation);
  }
  return keys;
}

function ofRevisions(
  [earlier, later]: readonly [HistoryOperation, HistoryOperation],
  operations: readonly HistoryOperation[],
): CounterExample {
  return {
    key: later.key,
    culprit: later,
    operations: [earlier, later],
    total: operations.filter(({ key }) => key === later.key).length,
    allowed: [`a revision above @${earlier.revision ?? 0}`],
  };
}
