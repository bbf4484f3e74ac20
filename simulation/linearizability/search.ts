/**
 * Is there an order? The search of Wing & Gong (1993) with Lowe's memory (2017): depth first over
 * the orders that the times allow, and never twice from the same operations in the same state.
 *
 * One key at a time: a history is linearizable when each of its objects is (Herlihy & Wing 1990,
 * theorem 1). Unknown outcomes stay open to the end, so an order is complete without them. What may
 * come next is order.ts.
 */
import type { Budget } from './budget.ts';
import type { HistoryOperation } from './history.ts';
import type { Model } from './model.ts';
import { Order, type Move } from './order.ts';

/** Positions that are remembered for one key; past it the answer is `unknown`. */
const maxRemembered = 2_000_000;

export type Answer = 'yes' | 'no' | 'unknown';

interface Position<State, Step> {
  readonly reachedBy: Move<State, Step> | null;
  readonly moves: Iterator<Move<State, Step>, void>;
}

/** Whether operations on one key, in any order, are linearizable. */
export function isLinearizable<State, Step>(
  model: Model<State, Step>,
  operations: readonly HistoryOperation[],
  budget: Budget,
): Answer {
  const order = new Order(model, operations);
  const remembered = new Set<string>();
  const path: Position<State, Step>[] = [{ reachedBy: null, moves: order.moves(model.initial) }];
  while (!order.isComplete) {
    const here = path.at(-1);
    if (here === undefined) return 'no';
    if (!budget.spend() || remembered.size > maxRemembered) return 'unknown';
    const { value: move } = here.moves.next();
    if (move === undefined) {
      path.pop();
      if (here.reachedBy !== null) order.undo(here.reachedBy);
      continue;
    }
    order.make(move);
    const { size } = remembered;
    const isNew = !order.isLost(move) && remembered.add(order.key(move.state)).size > size;
    if (isNew) path.push({ reachedBy: move, moves: order.moves(move.state) });
    else order.undo(move);
  }
  return 'yes';
}
