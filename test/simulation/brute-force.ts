/**
 * A second opinion on short histories of one key: every order of every choice of unknown writes.
 *
 * Written apart from simulation/linearizability/, and slow. Revisions are judged at the end of an
 * order: all that is told of a write's revision agrees, and what is known grows along the order.
 */
import { endOf, type HistoryOperation } from '../../simulation/linearizability/history.ts';

/** Whether some order explains every answer. */
export function hasOrder(operations: readonly HistoryOperation[]): boolean {
  const answered = operations.filter(({ outcome }) => outcome === 'ok');
  const open = operations.filter(({ outcome, op }) => outcome === 'unknown' && op !== 'get');
  for (let chosen = 0; chosen < 1 << open.length; chosen += 1) {
    const took = open.filter((_, i) => (chosen & (1 << i)) !== 0);
    if (extend([], [...answered, ...took])) return true;
  }
  return false;
}

function extend(order: readonly HistoryOperation[], rest: readonly HistoryOperation[]): boolean {
  if (rest.length === 0) return explains(order);
  return rest.some((next) => {
    if (rest.some((other) => endOf(other) < next.invokedAtMs)) return false;
    return extend(
      [...order, next],
      rest.filter((one) => one !== next),
    );
  });
}

function explains(order: readonly HistoryOperation[]): boolean {
  /** What is told of the revision of each write, in order. */
  const told: Set<number>[] = [];
  let value: string | null = null;
  for (const { op, outcome, value: said, revision, previous } of order) {
    const isOk = outcome === 'ok';
    if (op === 'get') {
      if ((said === undefined ? null : JSON.stringify(said)) !== value) return false;
      if (revision !== undefined) told.at(-1)?.add(revision);
      continue;
    }
    if (isOk && previous !== undefined) {
      if ((previous === null) !== (value === null)) return false;
      if (previous !== null) told.at(-1)?.add(previous);
    }
    told.push(new Set(isOk && revision !== undefined ? [revision] : []));
    value = op === 'put' ? JSON.stringify(said) : null;
  }
  if (told.some(({ size }) => size > 1)) return false;
  const known = told.flatMap((one) => [...one]);
  return known.every((one, i) => i === 0 || one > (known[i - 1] ?? 0));
}
